import { BoundedLog } from './bounded-log.js';

describe(BoundedLog.name, () => {
  it('writes the first lines of each second, and how many more there were', () => {
    const lines: unknown[] = [];
    const seconds: (() => void)[] = [];
    const log = new BoundedLog<string>(
      2,
      (line) => lines.push(line),
      (count) => lines.push(count),
      (_ms, run) => seconds.push(run),
    );
    for (const line of ['a', 'b', 'c', 'd', 'e']) log.note(line);
    expect(lines).toEqual(['a', 'b']);
    seconds.shift()?.();
    for (const line of ['f', 'g']) log.note(line);
    seconds.shift()?.();
    expect(lines).toEqual(['a', 'b', 3, 'f', 'g']);
    expect(seconds).toEqual([]);
  });
});
