import { RetryBudget } from './retry-budget.js';

function setUp(ratio = 0.1) {
  const clock = { ms: 0 };
  const budget = new RetryBudget(ratio, () => clock.ms);
  const takeAll = () => {
    let taken = 0;
    while (budget.take()) taken += 1;
    return taken;
  };
  return { clock, budget, takeAll };
}

describe(RetryBudget.name, () => {
  it.each([
    [1, 2],
    [50, 5],
    [60, 6],
    [500, 50],
    [5_000, 500],
  ])('of %i requests that all want to be retried, grants %i', (requests, retries) => {
    const { budget } = setUp();
    let taken = 0;
    for (let request = 0; request < requests; request += 1) {
      budget.earn();
      for (let want = 0; want < 2; want += 1) taken += budget.take() ? 1 : 0;
    }
    // Sums of tenths fall a hair short of whole numbers.
    expect(Math.abs(taken - retries)).toBeLessThanOrEqual(1);
    expect(taken).toBeLessThanOrEqual(Math.max(5, requests * 0.1));
  });

  it('grants one more every 10 s, up to five, so that a lone request is retried', () => {
    const { clock, takeAll } = setUp();
    expect(takeAll()).toBe(5);
    clock.ms = 9_999;
    expect(takeAll()).toBe(0);
    clock.ms = 10_000;
    expect(takeAll()).toBe(1);
    clock.ms = 1_000_000;
    expect(takeAll()).toBe(5);
  });

  it.each([
    [1_000, 1_000, 105],
    [100, 10_000, 1_000],
  ])(
    'grants a tenth of requests that come every %i ms, and not what a quiet process earns',
    (everyMs, requests, most) => {
      const { clock, budget } = setUp();
      let taken = 0;
      for (let request = 0; request < requests; request += 1) {
        clock.ms = request * everyMs;
        budget.earn();
        taken += budget.take() ? 1 : 0;
      }
      expect(taken).toBeLessThanOrEqual(most);
      expect(taken).toBeGreaterThan(0.9 * most);
    },
  );

  it('has a retry again that was taken and not made', () => {
    const { budget, takeAll } = setUp();
    takeAll();
    budget.giveBack();
    expect(takeAll()).toBe(1);
  });

  it('saves up at most a hundred', () => {
    const { budget, takeAll } = setUp();
    for (let request = 0; request < 10_000; request += 1) budget.earn();
    expect(takeAll()).toBe(100);
  });
});
