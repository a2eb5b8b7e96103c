import { isBehind } from './is-behind.js';

describe(isBehind.name, () => {
  it.each([
    ['nothing waits', { waiting: 0, lagMs: 0, shortestMs: 0 }, false],
    ['many wait for a quick write', { waiting: 500, lagMs: 24, shortestMs: 2 }, false],
    ['few wait for a slow write', { waiting: 64, lagMs: 900, shortestMs: 2 }, false],
    ['many wait for a slow write', { waiting: 65, lagMs: 26, shortestMs: 2 }, true],
    ['many wait for a database that is always slow', { waiting: 500, lagMs: 100, shortestMs: 50 }, false],
    ['many wait for several writes of it', { waiting: 500, lagMs: 151, shortestMs: 50 }, true],
  ])('tells when %s', (_, queue, expected) => {
    expect(isBehind(queue)).toBe(expected);
  });
});
