import { Turns, type TurnClock, type TurnsOptions } from './turns.js';

const ANYONE = { id: 'anyone', weight: 1 };

/** An event loop whose turns the test makes, each as long as it says. */
class TestLoop implements TurnClock {
  private nowMs = 0;
  private ending: (() => void)[] = [];
  private timers: { atMs: number; run: () => void }[] = [];

  now(): number {
    return this.nowMs;
  }

  atTurnEnd(run: () => void): void {
    this.ending.push(run);
  }

  after(ms: number, run: () => void): void {
    this.timers.push({ atMs: this.nowMs + ms, run });
  }

  turn(ms = 1): void {
    this.nowMs += ms;
    const due = this.timers.filter(({ atMs }) => atMs <= this.nowMs);
    this.timers = this.timers.filter((timer) => !due.includes(timer));
    for (const { run } of [...due, ...this.ending.splice(0).map((each) => ({ run: each }))]) run();
  }
}

function setUp(options: Partial<TurnsOptions> = {}) {
  const loop = new TestLoop();
  const turns = new Turns({ waitingMax: 1_000, waitMaxMs: 250, costPerTurn: 1, ...options, clock: loop });
  const started: string[] = [];
  const refused: string[] = [];
  /** What has just begun is more patient. */
  const warmUp = () => {
    for (let index = 0; index < 2_000; index += 1) {
      ask('first');
      loop.turn();
    }
    started.length = 0;
  };
  const ask = (name: string, owner = ANYONE, cost = 1) =>
    turns.take(
      owner,
      cost,
      () => started.push(name),
      () => refused.push(name),
    );
  return { loop, turns, ask, warmUp, started, refused };
}

describe(Turns.name, () => {
  it('starts a burst one per turn, in order', () => {
    const { loop, ask, started } = setUp();
    for (const name of ['a', 'b', 'c']) ask(name);
    expect(started).toEqual([]);
    loop.turn();
    expect(started).toEqual(['a']);
    loop.turn();
    expect(started).toEqual(['a', 'b']);
    loop.turn();
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('starts as much per turn as it may, by cost', () => {
    const { loop, ask, started } = setUp({ costPerTurn: 3 });
    for (const name of ['a', 'b', 'c', 'd']) ask(name);
    ask('long', ANYONE, 10);
    ask('e');
    loop.turn();
    expect(started).toEqual(['a', 'b', 'c']);
    loop.turn();
    expect(started.slice(3)).toEqual(['d', 'long']);
    loop.turn();
    expect(started.slice(5)).toEqual(['e']);
  });

  it('starts no more than there is room for, and refuses who waits too long for others to end', () => {
    let room = 2;
    const { loop, ask, started, refused } = setUp({ costPerTurn: 8, room: () => room });
    for (const name of ['a', 'b', 'c', 'd']) ask(name);
    loop.turn();
    expect(started).toEqual(['a', 'b']);
    room = 0;
    for (let turn = 0; turn < 120; turn += 1) loop.turn(2);
    expect(refused).toEqual([]);
    room = 1;
    loop.turn(2);
    expect(started).toEqual(['a', 'b', 'c']);
    room = 0;
    for (let turn = 0; turn < 10; turn += 1) loop.turn(2);
    expect(refused).toEqual(['d']);
    ask('e');
    room = 1;
    for (let turn = 0; turn < 3; turn += 1) loop.turn(2);
    expect(started).toEqual(['a', 'b', 'c', 'e']);
  });

  it('serves the newest of a crowd first once some have waited too long for room', () => {
    let room = 1;
    const { loop, ask, warmUp, started, refused } = setUp({ costPerTurn: 8, room: () => room });
    warmUp();
    room = 0;
    ask('late');
    for (let turn = 0; turn < 100; turn += 1) loop.turn(2);
    for (let index = 0; index < 40; index += 1) ask(`waiting ${index}`);
    for (let turn = 0; turn < 30; turn += 1) loop.turn(2);
    expect(refused).toEqual(['late']);
    ask('newest');
    room = 1;
    loop.turn(2);
    expect(started).toEqual(['newest']);
  });

  it('shares the room by weight among owners that ask for more', () => {
    let room = 0;
    const { loop, ask, started, refused } = setUp({ costPerTurn: 8, room: () => room });
    for (let turn = 0; turn < 200; turn += 1) {
      for (let greedy = 0; greedy < 6; greedy += 1) ask('greedy', { id: 'greedy', weight: 1 });
      for (let important = 0; important < 3; important += 1) ask('important', { id: 'important', weight: 3 });
      room = 1;
      loop.turn(2);
      room = 0;
      loop.turn(2);
    }
    const share = started.filter((name) => name === 'important').length / started.length;
    expect(share).toBeCloseTo(0.75, 1);
    expect(refused.length).toBeGreaterThan(0);
  });

  it('hears new connections before it starts anything, a number of them', () => {
    const { loop, turns, ask, started } = setUp();
    turns.connected();
    ask('a');
    loop.turn();
    turns.connected();
    loop.turn();
    expect(started).toEqual([]);
    loop.turn();
    expect(started).toEqual(['a']);
    loop.turn();
    ask('b');
    ask('c');
    for (let turn = 0; turn < 66; turn += 1) {
      turns.connected();
      loop.turn();
    }
    expect(started).toEqual(['a', 'b']);
    loop.turn();
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('does not keep a request waiting whose connection came before it', () => {
    const { loop, turns, ask, started } = setUp();
    turns.connected();
    loop.turn();
    ask('a');
    loop.turn();
    expect(started).toEqual(['a']);
  });

  it('starts a lone request at the end of its turn, again and again', () => {
    const { loop, ask, started } = setUp();
    ask('a');
    loop.turn();
    expect(started).toEqual(['a']);
    ask('b');
    loop.turn();
    expect(started).toEqual(['a', 'b']);
  });

  it('lets nobody overtake those who wait', () => {
    const { loop, turns, ask, started } = setUp();
    ask('a');
    turns.take(
      ANYONE,
      1,
      () => {
        started.push('b');
        ask('d');
      },
      () => undefined,
    );
    ask('c');
    for (let turn = 0; turn < 4; turn += 1) loop.turn();
    expect(started).toEqual(['a', 'b', 'c', 'd']);
  });

  it('refuses nobody of a burst, however long its turns take', () => {
    const { loop, ask, started, refused } = setUp();
    for (let index = 0; index < 900; index += 1) ask(`${index}`);
    for (let turn = 0; turn < 900; turn += 1) loop.turn(10);
    expect([started.length, refused]).toEqual([900, []]);
  });

  it.each([
    ['a few clients', 32, 20],
    ['many that need not wait for long', 100, 1],
  ])('refuses none of %s that ask again at once, and answers each in its turn', (_, count, turnMs) => {
    const { loop, ask, started, refused } = setUp();
    const clients = Array.from({ length: count }, (_none, index) => `${index}`);
    for (const name of clients) ask(name);
    loop.turn(turnMs);
    for (let turn = 0; turn < 100 * count; turn += 1) {
      ask(started.at(-1) ?? '');
      loop.turn(turnMs);
    }
    expect(refused).toEqual([]);
    expect(started.slice(-count).toSorted()).toEqual(clients.toSorted());
  });

  it('refuses the oldest of the busiest when too many wait', () => {
    const { ask, refused } = setUp({ waitingMax: 2 });
    ask('first');
    ask('a', { id: 'modest', weight: 1 });
    ask('b', { id: 'greedy', weight: 1 });
    ask('c', { id: 'greedy', weight: 1 });
    expect(refused).toEqual(['b']);
  });

  it('answers the newest and refuses the late, when more comes than it can do for long', () => {
    const { loop, ask, warmUp, started, refused } = setUp();
    warmUp();
    const waitedMs: number[] = [];
    for (let turn = 0; turn < 6_000; turn += 1) {
      for (let index = 0; index < 3; index += 1) ask(`${loop.now()}`);
      const before = started.length;
      loop.turn();
      for (const name of started.slice(before)) waitedMs.push(loop.now() - Number(name));
    }
    // As many as there are turns: that others are refused takes nothing from them.
    expect(started.length).toBeGreaterThanOrEqual(6_000);
    expect(Math.max(...waitedMs)).toBeLessThanOrEqual(101);
    expect(Math.max(...waitedMs.slice(200))).toBeLessThanOrEqual(2);
    expect(refused.length).toBeGreaterThan(11_000);
    expect(loop.now() - Number(refused.at(-1))).toBeLessThanOrEqual(252);
  });

  it('answers the newest also where nobody may wait for long', () => {
    const { loop, ask, warmUp, started } = setUp({ waitMaxMs: 80 });
    warmUp();
    const waitedMs: number[] = [];
    for (let turn = 0; turn < 6_000; turn += 1) {
      for (let index = 0; index < 2; index += 1) ask(`${loop.now()}`);
      const before = started.length;
      loop.turn();
      for (const name of started.slice(before)) waitedMs.push(loop.now() - Number(name));
    }
    expect(Math.max(...waitedMs.slice(4_000))).toBeLessThanOrEqual(2);
  });

  it('shares by weight, and leaves whoever asks for less than its share alone', () => {
    const { loop, ask, started, refused } = setUp();
    const greedy = { id: 'greedy', weight: 1 };
    const important = { id: 'important', weight: 3 };
    const modest = { id: 'modest', weight: 1 };
    for (let turn = 0; turn < 5_000; turn += 1) {
      for (let index = 0; index < 5; index += 1) ask('greedy', greedy);
      for (let index = 0; index < 2; index += 1) ask('important', important);
      if (turn % 10 === 0) ask('modest', modest);
      loop.turn();
    }
    const part = (name: string) => started.filter((each) => each === name).length / started.length;
    expect(part('modest')).toBeCloseTo(0.1, 2);
    expect(part('important')).toBeCloseTo(0.9 * 0.75, 2);
    expect(part('greedy')).toBeCloseTo(0.9 * 0.25, 2);
    expect(refused).not.toContain('modest');
  });

  it('starts nothing while something cannot keep up, and goes on after it', () => {
    const { loop, turns, ask, started, refused } = setUp();
    let isBehind = true;
    turns.holdWhile(() => isBehind);
    ask('a');
    for (let turn = 0; turn < 10; turn += 1) loop.turn();
    expect(started).toEqual([]);
    isBehind = false;
    for (let turn = 0; turn < 3; turn += 1) loop.turn();
    expect([started, refused]).toEqual([['a'], []]);
  });

  it('serves all in order, and refuses none as late, as long as it has just begun', () => {
    const { loop, ask, started, refused } = setUp({ waitingMax: 10_000 });
    for (let turn = 0; turn < 1_999; turn += 1) {
      for (let index = 0; index < 2; index += 1) ask(`${loop.now()}`);
      loop.turn(4);
    }
    expect(refused).toEqual([]);
    expect(started).toEqual(started.toSorted((a, b) => Number(a) - Number(b)));
  });

  it('serves the oldest again where a crowd lasts and yet becomes smaller', () => {
    const { loop, ask, warmUp, started, refused } = setUp();
    warmUp();
    for (let index = 0; index < 900; index += 1) ask(`${loop.now()}`);
    const waitedMs: number[] = [];
    for (let turn = 0; turn < 1_700; turn += 1) {
      if (turn % 2 === 0) ask(`${loop.now()}`);
      const before = started.length;
      loop.turn(4);
      for (const name of started.slice(before)) waitedMs.push(loop.now() - Number(name));
    }
    expect(refused).toEqual([]);
    expect(Math.max(...waitedMs)).toBeLessThan(6_500);
  });

  it('refuses, after ten seconds, whoever is held back without an end', () => {
    const { loop, turns, ask, started, refused } = setUp();
    turns.holdWhile(() => true);
    ask('a');
    for (let turn = 0; turn < 1_000; turn += 1) loop.turn(10);
    expect(refused).toEqual([]);
    loop.turn(10);
    loop.turn(10);
    expect([started, refused]).toEqual([[], ['a']]);
  });
});
