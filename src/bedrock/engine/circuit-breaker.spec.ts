import { CircuitBreaker, type FailureKind } from './circuit-breaker.js';

function setUp(failuresMax = 3) {
  const clock = { ms: 0 };
  const breaker = new CircuitBreaker(failuresMax, () => clock.ms);
  const fail = (times: number, kind: FailureKind = 'fault') => {
    for (let time = 0; time < times; time += 1) {
      breaker.enter()?.failed(kind);
    }
  };
  return { clock, breaker, fail };
}

describe(CircuitBreaker.name, () => {
  it('opens after so many faults in a row, for a second', () => {
    const { clock, breaker, fail } = setUp();
    fail(2);
    breaker.enter()?.answered();
    fail(2);
    expect(breaker.pauseLeftMs).toBe(0);
    fail(1);
    expect(breaker.pauseLeftMs).toBe(1_000);
    expect(breaker.enter()).toBeNull();
    clock.ms = 999;
    expect(breaker.enter()).toBeNull();
    clock.ms = 1_000;
    expect(breaker.enter()).not.toBeNull();
  });

  it('takes five times as much throttling', () => {
    const { breaker, fail } = setUp();
    fail(14, 'throttled');
    expect(breaker.pauseLeftMs).toBe(0);
    fail(1, 'throttled');
    expect(breaker.pauseLeftMs).toBe(1_000);
    expect(breaker.lastFailure).toBe('throttled');
  });

  it('never opens at 0', () => {
    const { breaker, fail } = setUp(0);
    fail(1_000);
    expect(breaker.enter()).not.toBeNull();
  });

  it('lets exactly one probe through, and closes when it is answered', () => {
    const { clock, breaker, fail } = setUp();
    fail(3);
    clock.ms = 1_000;
    const probe = breaker.enter();
    expect(Array.from({ length: 50 }, () => breaker.enter())).toEqual(Array(50).fill(null));
    probe?.answered();
    expect(breaker.enter()).not.toBeNull();
    fail(2);
    expect(breaker.pauseLeftMs).toBe(0);
  });

  it('doubles the pause after each probe that fails, up to 4 s', () => {
    const { clock, breaker, fail } = setUp();
    fail(3);
    const pauses = [1, 2, 3, 4].map(() => {
      clock.ms += breaker.pauseLeftMs;
      breaker.enter()?.failed('fault');
      return breaker.pauseLeftMs;
    });
    expect(pauses).toEqual([2_000, 4_000, 4_000, 4_000]);
  });

  it('lets another probe through 4 s after one that hangs, and at once after one that was given up', () => {
    const { clock, breaker, fail } = setUp();
    fail(3);
    clock.ms = 1_000;
    breaker.enter();
    clock.ms = 4_999;
    expect(breaker.enter()).toBeNull();
    clock.ms = 5_000;
    const second = breaker.enter();
    expect(second).not.toBeNull();
    second?.abandoned();
    expect(breaker.enter()).not.toBeNull();
  });

  it('is not held open by calls that began before', () => {
    const { clock, breaker, fail } = setUp();
    const late = breaker.enter();
    fail(3);
    clock.ms = 900;
    late?.failed('fault');
    expect(breaker.pauseLeftMs).toBe(100);
  });

  it('is not opened again by the failure of a probe that hung until another was answered', () => {
    const { clock, breaker, fail } = setUp();
    fail(3);
    clock.ms = 1_000;
    const hanging = breaker.enter();
    clock.ms = 5_000;
    breaker.enter()?.answered();
    clock.ms = 61_000;
    hanging?.failed('fault');
    expect(breaker.pauseLeftMs).toBe(0);
    fail(2);
    expect(breaker.pauseLeftMs).toBe(1_000);
  });

  it('lets no second probe through because one was given up that another has followed', () => {
    const { clock, breaker, fail } = setUp();
    fail(3);
    clock.ms = 1_000;
    const hanging = breaker.enter();
    clock.ms = 5_000;
    breaker.enter();
    hanging?.abandoned();
    expect(breaker.enter()).toBeNull();
  });
});
