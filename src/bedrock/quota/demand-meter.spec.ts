import { DemandMeter } from './demand-meter.js';

const one = { id: 'one', weight: 1 };
const two = { id: 'two', weight: 3 };

function setUp() {
  const clock = { ms: 0 };
  return { clock, meter: new DemandMeter(() => clock.ms) };
}

describe(DemandMeter.name, () => {
  it('comes to what is asked for in a minute, however often it is read, and forgets it again', () => {
    const { clock, meter } = setUp();
    let read = { demand: 0 };
    for (let second = 0; second < 60; second += 1) {
      meter.note(0.01, one);
      clock.ms += 1_000;
      if (second % 3 !== 0) read = meter.read(0);
    }
    expect(read.demand).toBeCloseTo(0.6, 1);
    clock.ms += 300_000;
    expect(meter.read(0)).toEqual({ demand: 0, weight: 0 });
  });

  it('adds what is waited for, and the weights of the tenants that asked lately', () => {
    const { clock, meter } = setUp();
    meter.note(0, one);
    meter.note(0, one);
    meter.note(0, two);
    clock.ms = 1_000;
    expect(meter.read(0.5)).toEqual({ demand: 0.5, weight: 4 });
    clock.ms = 29_000;
    meter.note(0, one);
    clock.ms = 31_000;
    expect(meter.read(0.5)).toEqual({ demand: 0.5, weight: 1 });
  });
});
