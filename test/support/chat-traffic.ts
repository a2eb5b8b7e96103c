import { Agent, request } from 'node:http';

/** Where a request goes, and as whom. */
export interface ChatTarget {
  url: string;
  key: string;
}

/** How one request ended for its client. */
export interface ChatEnd {
  /** Null when there was no answer. */
  status: number | null;
  /** The answer was read to its proper end. */
  whole: boolean;
  /** Nobody listened there. */
  unheard: boolean;
  retryAfter: string | undefined;
}

/** What is asked. */
export interface ChatAsk {
  model: string;
  content: string;
  stream: boolean;
  maxTokens: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

/** Sends one chat request. Never rejects. */
export function sendChat({ url, key }: ChatTarget, { model, content, stream, maxTokens }: ChatAsk): Promise<ChatEnd> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const sent = request(`${url}/v1/chat/completions`, { method: 'POST', headers, agent });
    sent.once('error', (error: NodeJS.ErrnoException) => {
      resolve({ status: null, whole: false, unheard: error.code === 'ECONNREFUSED', retryAfter: undefined });
    });
    sent.once('response', (response) => {
      const status = response.statusCode ?? null;
      const end = { status, unheard: false, retryAfter: response.headers['retry-after'] };
      let tail = '';
      response.on('data', (chunk: Buffer) => {
        tail = (tail + chunk.toString('latin1')).slice(-32);
      });
      response.once('error', () => resolve({ ...end, whole: false }));
      response.once('close', () => {
        const isEnded = !stream || end.status !== 200 || tail.includes('[DONE]');
        resolve({ ...end, whole: response.complete && isEnded });
      });
    });
    sent.end(JSON.stringify({ model, stream, max_tokens: maxTokens, messages: [{ role: 'user', content }] }));
  });
}

/** Does `work` for 0 to `count` - 1, so many at the same time. */
export async function inParallel(count: number, atOnce: number, work: (n: number) => Promise<void>): Promise<void> {
  let begun = 0;
  await Promise.all(
    Array.from({ length: Math.min(atOnce, count) }, async () => {
      while (begun < count) await work(begun++);
    }),
  );
}

/** Ends the connections that are kept for further requests. */
export function closeTraffic(): void {
  agent.destroy();
}
