import { Logger } from '@nestjs/common';
import type { AdminChanges } from '../../audit/admin-changes.js';
import type { Change, ChangeFeed, ChangeListener } from '../../auth/change-feed.js';
import { UNRESTRICTED } from '../../tenants/access-policy.js';
import { LimitBook } from './limit-book.js';
import type { LimitRule } from './rate-limit.js';
import type { RateLimitRepository } from './rate-limit.repository.js';

const rule = (fields: Partial<LimitRule>): LimitRule => ({
  tenantId: '',
  keyId: '',
  model: '',
  kind: 'requests',
  window: 'minute',
  amount: 5,
  ...fields,
});

async function setUp(...rules: LimitRule[]) {
  const world = { rules, away: false, reads: 0 };
  const listeners: ChangeListener[] = [];
  const repository = {
    listAll: async () => {
      world.reads += 1;
      await Promise.resolve();
      if (world.away) throw new Error('connection refused');
      return world.rules;
    },
  } as unknown as RateLimitRepository;
  const feed = { knownUntilMs: Infinity, listen: (listener: ChangeListener) => listeners.push(listener) };
  const changes = { onCommit: () => undefined } as unknown as AdminChanges;
  const book = new LimitBook(repository, feed as unknown as ChangeFeed, changes);
  await book.reload();
  const tell = (resourceType: string) => listeners[0]?.({ resourceType } as Change);
  return { book, world, tell };
}

beforeAll(() => Logger.overrideLogger(false));

const caller = { tenantId: 't', keyId: 'k', policy: UNRESTRICTED };

const own = (perMinute: number) => ({
  ...caller,
  policy: { ...UNRESTRICTED, keyLimits: { requests_per_minute: perMinute } },
});

describe(LimitBook.name, () => {
  it.each<[string, Partial<LimitRule>, boolean]>([
    ['the gateway', {}, true],
    ['the tenant', { tenantId: 't' }, true],
    ['the key', { tenantId: 't', keyId: 'k' }, true],
    ['the model', { model: 'm' }, true],
    ['the key on the model', { tenantId: 't', keyId: 'k', model: 'm' }, true],
    ['another tenant', { tenantId: 'u' }, false],
    ['another key', { tenantId: 't', keyId: 'l' }, false],
    ['a key of that name of another tenant', { tenantId: 'u', keyId: 'k' }, false],
    ['another model', { model: 'n' }, false],
    ['nobody, because it is unlimited', { amount: null }, false],
    ['everybody, because it allows nothing', { amount: 0 }, true],
  ])('asks a limit of %s', async (_, fields, applies) => {
    const { book } = await setUp(rule(fields));
    expect(book.applying(caller, 'm')).toHaveLength(applies ? 1 : 0);
  });

  it('counts once what is limited twice, by the lower limit', async () => {
    const { book } = await setUp(rule({ tenantId: 't', keyId: 'k', amount: 7 }));
    expect(book.applying(own(3), 'm')).toMatchObject([{ amount: 3 }]);
    expect(book.applying(own(9), 'm')).toMatchObject([{ amount: 7 }]);
  });

  it('gives tenant and key counters of their own', async () => {
    const { book } = await setUp();
    const policy = { ...UNRESTRICTED, tenantLimits: { tokens_per_day: 9 }, keyLimits: { tokens_per_day: 5 } };
    const limits = book.applying({ ...caller, policy }, 'm');
    expect(limits.map(({ amount, subject }) => [amount, subject])).toEqual([
      [9, 'this tenant'],
      [5, 'this key'],
    ]);
    expect(new Set(limits.map(({ counter }) => counter)).size).toBe(2);
  });

  it('answers from memory, the same again, until a limit is changed', async () => {
    const { book, world, tell } = await setUp(rule({}));
    const before = book.applying(caller, 'm');
    expect(book.applying(caller, 'm')).toBe(before);
    tell('tenant');
    world.rules = [rule({ amount: 6 })];
    expect(world.reads).toBe(1);
    tell('rate_limit');
    await book.reload();
    expect(book.applying(caller, 'm')).toMatchObject([{ amount: 6 }]);
  });

  it('reads again when a change came while it was reading', async () => {
    const { book, world } = await setUp();
    const first = book.reload();
    await Promise.resolve();
    world.rules = [rule({ amount: 6 })];
    await Promise.all([first, book.reload()]);
    expect(book.applying(caller, 'm')).toMatchObject([{ amount: 6 }]);
  });

  it('keeps the limits that it knows while they cannot be read', async () => {
    const { book, world } = await setUp(rule({}));
    world.away = true;
    await book.reload();
    expect(book.applying(caller, 'm')).toHaveLength(1);
  });
});
