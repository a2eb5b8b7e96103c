import { Logger } from '@nestjs/common';
import { waitUpTo, whenReachable } from './when-reachable.js';

const failure = (message: string, code?: string) => Object.assign(new Error(message), { code });
const refused = failure('connect ECONNREFUSED 127.0.0.1:5432', 'ECONNREFUSED');

const prismaError = (cause: object) =>
  Object.assign(failure('Invalid invocation', 'P2039'), { meta: { driverAdapterError: new Error('', { cause }) } });

function failing(error: Error, times: number) {
  const calls = { count: 0 };
  const work = async () => {
    calls.count += 1;
    if (calls.count <= times) throw error;
    return 'done';
  };
  return { calls, work };
}

describe(whenReachable.name, () => {
  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(true));

  it.each([
    ['nothing listens', refused],
    ['nothing listens at any address of the name', new AggregateError([refused, refused])],
    ['it is starting or recovering', failure('the database system is starting up', '57P03')],
    ['it ends the connection', failure('Connection terminated unexpectedly')],
    ['it ended the connection', failure('Client has encountered a connection error and is not queryable')],
    ['it recovers, as Prisma says it', prismaError({ originalCode: '57P03' })],
    ['it has too many connections', failure('sorry, too many clients already', '53300')],
  ])('waits while %s', async (_, error) => {
    const { calls, work } = failing(error, 1);
    expect(await whenReachable(work, waitUpTo(60_000))).toBe('done');
    expect(calls.count).toBe(2);
  });

  it.each([
    ['a wrong password', failure('password authentication failed', '28P01')],
    ['a database that does not exist', failure('database "x" does not exist', '3D000')],
    ['a mistake in a statement', failure('syntax error', '42601')],
  ])('passes %s on at once', async (_, error) => {
    const { calls, work } = failing(error, 1);
    await expect(whenReachable(work, waitUpTo(60_000))).rejects.toBe(error);
    expect(calls.count).toBe(1);
  });

  it('gives up with the last error when the wait is over, and at a signal', async () => {
    const { work } = failing(refused, Infinity);
    await expect(whenReachable(work, waitUpTo(0))).rejects.toBe(refused);
    const stopped = whenReachable(work, waitUpTo(60_000, AbortSignal.abort()));
    await expect(stopped).rejects.toThrow('Told to stop while waiting for the database.');
  });
});
