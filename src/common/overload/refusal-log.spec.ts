import { RefusalLog } from './refusal-log.js';

describe(RefusalLog.name, () => {
  it('writes one line a second, with how many were refused in it and why', () => {
    const lines: object[] = [];
    const seconds: (() => void)[] = [];
    const log = new RefusalLog(
      (line) => lines.push(line),
      (_ms, run) => seconds.push(run),
    );
    for (let index = 0; index < 100; index += 1) log.note('late');
    log.note('in_flight');
    expect(lines).toEqual([]);
    seconds.shift()?.();
    log.note('late');
    seconds.shift()?.();
    expect(lines).toEqual([{ late: 100, in_flight: 1 }, { late: 1 }]);
    expect(seconds).toEqual([]);
  });
});
