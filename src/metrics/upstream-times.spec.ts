import { UpstreamTimes } from './upstream-times.js';

const { jest } = import.meta;

let times: UpstreamTimes;

beforeEach(() => {
  jest.useFakeTimers();
  times = new UpstreamTimes();
  times.watch('req_1');
});
afterEach(() => jest.useRealTimers());

function attempt(ms: number): void {
  times.began('req_1');
  jest.advanceTimersByTime(ms);
  times.ended('req_1');
}

describe(UpstreamTimes.name, () => {
  it('knows none of a request that asked nothing of Bedrock', () => {
    expect(times.take('req_1')).toBeNull();
  });

  it('are from the first attempt to the end of the last', () => {
    attempt(30);
    jest.advanceTimersByTime(10);
    attempt(20);
    jest.advanceTimersByTime(5);
    expect(times.take('req_1')).toBe(60);
  });

  it('are until now while an attempt runs, also after one that has ended', () => {
    attempt(30);
    times.began('req_1');
    jest.advanceTimersByTime(200);
    expect(times.take('req_1')).toBe(230);
  });

  it('are not told twice', () => {
    attempt(30);
    times.take('req_1');
    times.ended('req_1');
    expect(times.take('req_1')).toBeNull();
  });
});
