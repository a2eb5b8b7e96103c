import { SharedCheck } from './shared-check.js';

const { jest } = import.meta;

/** The checks that were begun, for the test to end. */
let begun: ((outcome: string) => void)[];
let shared: SharedCheck<string>;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick'] });
  begun = [];
  shared = new SharedCheck(
    () => new Promise((resolve) => begun.push(resolve)),
    () => 'late',
  );
});
afterEach(() => jest.useRealTimers());

/** Asks once more; whether that has begun another check. */
function isAskedAnew(): boolean {
  const before = begun.length;
  void shared.ask();
  return begun.length > before;
}

describe(SharedCheck.name, () => {
  it('runs once for all who ask meanwhile and in the second after its end', async () => {
    const outcomes = [shared.ask(), shared.ask()];
    jest.advanceTimersByTime(1_900);
    begun[0]?.('up');
    expect(await Promise.all([...outcomes, shared.ask()])).toEqual(['up', 'up', 'up']);
    jest.advanceTimersByTime(999);
    expect(isAskedAnew()).toBe(false);
    jest.advanceTimersByTime(1);
    expect(isAskedAnew()).toBe(true);
  });

  it('is late after two seconds, for all who ask until the check ends, and begins no other meanwhile', async () => {
    const outcome = shared.ask();
    jest.advanceTimersByTime(2_000);
    expect(await outcome).toBe('late');
    jest.advanceTimersByTime(8_000);
    expect(await shared.ask()).toBe('late');
    expect(begun).toHaveLength(1);
    begun[0]?.('up');
    await Promise.resolve();
    jest.advanceTimersByTime(1_000);
    expect(isAskedAnew()).toBe(true);
  });

  it('gives up a check that does not end, whose own end then changes nothing', async () => {
    void shared.ask();
    jest.advanceTimersByTime(14_999);
    expect(isAskedAnew()).toBe(false);
    jest.advanceTimersByTime(1);
    const outcome = shared.ask();
    begun[0]?.('up, long ago');
    begun[1]?.('down');
    expect(await outcome).toBe('down');
  });
});
