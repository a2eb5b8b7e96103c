import type { AppConfig } from '../../config/app-config.js';
import { Metrics } from '../../metrics/metrics.js';
import { HeldBytes, type Hold } from './held-bytes.js';

const { jest } = import.meta;
const MEBIBYTE = 1024 * 1024;
const OWNER = { id: 'a', weight: 1 };
const [LARGE, REST] = [0.75 * MEBIBYTE, 0.25 * MEBIBYTE];

let held: HeldBytes;
let metrics: Metrics;

beforeEach(() => {
  metrics = new Metrics();
  held = new HeldBytes({ requestMemoryMb: 1 } as AppConfig, metrics);
});

async function heldBytes(): Promise<number> {
  const values = await metrics.registry.getSingleMetric('gateway_request_bytes_held')?.get();
  return values?.values[0]?.value ?? Number.NaN;
}

/** A request that holds so much. */
function holding(bytes: number): Hold {
  const hold = held.open();
  expect(hold.take(bytes)).toBe(true);
  return hold;
}

/** What the promises have resolved to by now, in the order in which they did. */
function outcomes(rooms: Record<string, Promise<boolean>>): string[] {
  const seen: string[] = [];
  for (const [name, room] of Object.entries(rooms)) void room.then((isThere) => seen.push(`${name} ${isThere}`));
  return seen;
}

const settle = () => new Promise(setImmediate);

it('has room up to its bound, and again for what was let go of', async () => {
  const first = holding(LARGE);
  const second = holding(REST);
  expect(held.open().take(1)).toBe(false);
  expect(await heldBytes()).toBe(MEBIBYTE);
  first.release();
  first.release();
  second.release();
  expect(await heldBytes()).toBe(0);
});

it('lets one alone hold more, whatever it has already, and nobody beside it', async () => {
  const alone = held.open();
  expect(await alone.room(OWNER, 2 * MEBIBYTE)).toBe(true);
  expect(alone.take(MEBIBYTE)).toBe(true);
  expect(held.open().take(1)).toBe(false);
});

it('serves those that wait in the order in which they came, a large one before small ones', async () => {
  const first = holding(LARGE);
  const [large, small] = [held.open(), held.open()];
  const seen = outcomes({ large: large.room(OWNER, LARGE), small: small.room(OWNER, REST) });
  await settle();
  expect(seen).toEqual([]);
  first.release();
  await settle();
  expect(seen).toEqual(['large true', 'small true']);
  expect(await heldBytes()).toBe(MEBIBYTE);
});

it('shares what becomes free between those that wait, by their weight', async () => {
  const first = holding(MEBIBYTE);
  const holds: Hold[] = [];
  const rooms: Record<string, Promise<boolean>> = {};
  for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'b3', 'b4']) {
    const hold = held.open();
    holds.push(hold);
    rooms[name] = hold.room({ id: name.charAt(0), weight: name.startsWith('a') ? 1 : 2 }, MEBIBYTE);
  }
  const seen = outcomes(rooms);
  first.release();
  for (const _ of holds) {
    await settle();
    for (const hold of holds) hold.keep(0);
  }
  expect(seen.map((outcome) => outcome.slice(0, 2))).toEqual(['a1', 'b1', 'b2', 'a2', 'b3', 'b4', 'a3']);
});

it('forgets who leaves while it waits', async () => {
  const first = holding(MEBIBYTE);
  const [leaving, staying] = [held.open(), held.open()];
  const seen = outcomes({ leaving: leaving.room(OWNER, LARGE), staying: staying.room(OWNER, LARGE) });
  leaving.release();
  first.release();
  await settle();
  expect(seen.toSorted()).toEqual(['leaving false', 'staying true']);
  expect(await heldBytes()).toBe(LARGE);
});

it('lets others in when one that was too large for the room stops waiting', async () => {
  holding(LARGE);
  const [large, small] = [held.open(), held.open()];
  const seen = outcomes({ large: large.room(OWNER, LARGE), small: small.room(OWNER, REST) });
  await settle();
  expect(seen).toEqual([]);
  large.release();
  await settle();
  expect(seen.toSorted()).toEqual(['large false', 'small true']);
});

it('holds nothing for who leaves in the moment in which there is room', async () => {
  const first = holding(MEBIBYTE);
  const leaving = held.open();
  const room = leaving.room(OWNER, LARGE);
  first.release();
  leaving.release();
  expect(await room).toBe(false);
  expect(leaving.take(1)).toBe(false);
  expect(await heldBytes()).toBe(0);
});

it('keeps what is held until the work for a request that is over is done', async () => {
  const [working, failing] = [holding(REST), holding(LARGE)];
  const [first, second, third] = [
    Promise.withResolvers<string>(),
    Promise.withResolvers<string>(),
    Promise.withResolvers<string>(),
  ];
  const works = [working.during(() => first.promise), working.during(() => second.promise)];
  const failed = failing.during(() => third.promise);
  working.release();
  failing.release();
  expect(await heldBytes()).toBe(MEBIBYTE);
  third.reject(new Error('failed'));
  await expect(failed).rejects.toThrow('failed');
  first.resolve('done');
  expect(await works[0]).toBe('done');
  expect(await heldBytes()).toBe(REST);
  second.resolve('done, too');
  await works[1];
  expect(await heldBytes()).toBe(0);
});

it('holds on to what it has after a work that is done before the request is over', async () => {
  const hold = holding(LARGE);
  await hold.during(() => Promise.resolve());
  expect(await heldBytes()).toBe(LARGE);
});

it('lets nobody wait for more than ten seconds', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
  holding(MEBIBYTE);
  const seen = outcomes({ late: held.open().room(OWNER, LARGE) });
  await jest.advanceTimersByTimeAsync(9_999);
  expect(seen).toEqual([]);
  await jest.advanceTimersByTimeAsync(1);
  expect(seen).toEqual(['late false']);
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

it('counts a body as it comes, and short ones not at all', async () => {
  const hold = held.open();
  expect(hold.covers(64 * 1024 - 1)).toBe(true);
  expect(await heldBytes()).toBe(0);
  expect([hold.covers(LARGE - 1), hold.covers(LARGE)]).toEqual([true, true]);
  expect(await heldBytes()).toBe(LARGE);
  const other = holding(REST);
  expect([hold.covers(LARGE + 1), other.covers(REST)]).toEqual([false, true]);
});
