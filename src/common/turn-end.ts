/** More together would cost no less, and what they all have made would be held in memory at once. */
const TOGETHER_MAX = 32;

let given: (() => void)[] = [];

/**
 * Runs at the end of this turn of the event loop, together with what else is given in it, or as soon as there is much of that.
 * Where many requests have come to the same step, it is done for one after the other, while its code is at hand, which
 * costs much less than each by itself between all that others do (measured:
 * `docs/decisions/2026-11-27-steps-in-common.md`).
 * @param run throws nothing: what is given after it would be lost
 */
export function atTurnEnd(run: () => void): void {
  if (given.length === 0) setImmediate(runGiven);
  given.push(run);
  if (given.length === TOGETHER_MAX) queueMicrotask(runGiven);
}

function runGiven(): void {
  const runs = given;
  given = [];
  for (const run of runs) run();
}
