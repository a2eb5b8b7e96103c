import { isTimeZone } from './time-zone.js';

describe(isTimeZone.name, () => {
  it.each([
    ['UTC', true],
    ['GMT', true],
    ['Europe/Berlin', true],
    ['Asia/Kolkata', true],
    ['Etc/GMT+5', true],
    ['EST5EDT', true],
    ['EST', true],
    ['mst', true],
    ['PRC', true],
    ['JST', true],
    ['+02:00', false],
    ['Mars/Base', false],
    ['CET', false],
    ['met', false],
    ['IST', false],
    ['AET', false],
    ['', false],
  ])('takes %j: %s', (name, expected) => {
    expect(isTimeZone(name)).toBe(expected);
  });
});
