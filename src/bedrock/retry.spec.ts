import { retryDelayMs, withRetries, type RetryPolicy } from './retry.js';

const policy: RetryPolicy = { attemptsMax: 3, baseDelayMs: 0, delayMsMax: 0, random: () => 0 };

function failing(times: number): (number: number) => Promise<number> {
  return (number) => (number <= times ? Promise.reject(new Error(`attempt ${number}`)) : Promise.resolve(number));
}

describe(withRetries.name, () => {
  it.each([
    ['the first attempt', 0, 1],
    ['the last attempt', 2, 3],
  ])('answers with %s that succeeds', async (_name, failures, expected) => {
    await expect(withRetries(failing(failures), () => true, policy)).resolves.toBe(expected);
  });

  it('throws the last failure when the attempts are used up', async () => {
    await expect(withRetries(failing(3), () => true, policy)).rejects.toThrow('attempt 3');
  });

  it('throws what cannot succeed at once', async () => {
    await expect(withRetries(failing(1), () => false, policy)).rejects.toThrow('attempt 1');
  });
});

describe(retryDelayMs.name, () => {
  it.each([
    [1, 0.5, 100],
    [2, 0.5, 200],
    [9, 0.5, 1000],
    [3, 0, 0],
  ])('waits for attempt %i with random %d: %i ms', (attempt, random, expected) => {
    expect(retryDelayMs(attempt, { attemptsMax: 9, baseDelayMs: 200, delayMsMax: 2000, random: () => random })).toBe(
      expected,
    );
  });
});
