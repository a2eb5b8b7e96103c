/** What was asked for did not come in time. It may still be done. */
export class Late extends Error {}

/**
 * Waits for an answer for so long. A process that was busy meanwhile looks at what has arrived first: its own delay must not
 * pass for the other side's.
 * @throws Late, and what the answer rejects with
 */
export async function inTime<T>(answer: Promise<T>, ms: number, whose: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new Late(`${whose} did not answer in time.`));
    timer = setTimeout(() => setImmediate(() => setImmediate(giveUp)), ms);
  });
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}
