import { EventEmitter } from 'node:events';
import type { Response } from 'express';
import { noLimits } from '../../../test/support/no-limits.js';
import { OpenAdmission } from '../../../test/support/open-admission.js';
import { RecordingLedger } from '../../../test/support/recording-ledger.js';
import { PAYER, TARGET } from '../../../test/support/usage-samples.js';
import type { AppConfig } from '../../config/app-config.js';
import type { RateLimiter } from '../limits/rate-limiter.js';
import { PriceBook } from '../pricing/price-book.js';
import { UNRESTRICTED } from '../../tenants/access-policy.js';
import { EndUsers } from './end-users.js';
import { meterOf, type MeteredRequest } from './metered-request.js';
import { StreamDrains } from './stream-drains.js';
import { UsageInterceptor } from './usage.interceptor.js';
import type { UsageMeter } from './usage-meter.js';
import { UsageMeters } from './usage-meters.js';

const USAGE = {
  inputTokens: 1,
  outputTokens: 2,
  cacheReadTokens: null,
  cacheWrite5mTokens: null,
  cacheWrite1hTokens: null,
};

class FakeResponse extends EventEmitter {
  writableFinished = false;
}

function setUp(settings: Partial<AppConfig> = {}) {
  const ledger = new RecordingLedger();
  const drains = new StreamDrains({ streamDrainMs: 60_000, streamDrainMax: 8, ...settings } as AppConfig);
  const interceptor = new UsageInterceptor(
    new UsageMeters(ledger, new PriceBook(), new OpenAdmission(), { open: noLimits } as unknown as RateLimiter),
    drains,
    new EndUsers({ apiKeyPepper: 'pepper' } as AppConfig),
  );
  const request = {
    principal: { ...PAYER, policy: UNRESTRICTED },
    body: { user: 'alice' },
    requestId: 'req_1',
  } as unknown as MeteredRequest;
  const response = new FakeResponse();
  const run = (handler: (meter: UsageMeter) => Promise<unknown>): Promise<unknown> =>
    interceptor.intercept(request, response as unknown as Response, () => handler(meterOf(request)));
  return { ledger, drains, request, response, run };
}

/** A stream of a chat service: three chunks, usage known at the end. `gate` holds it after the first. */
async function* chunks(meter: UsageMeter, gate: Promise<void> = Promise.resolve()): AsyncGenerator<number> {
  const attempt = meter.begin(TARGET);
  yield 1;
  await Promise.race([
    gate,
    new Promise((_, reject) => {
      meter.signal.addEventListener('abort', () => reject(new Error('aborted')));
    }),
  ]);
  yield 2;
  await attempt.settle({ outcome: 'success', usage: USAGE });
  yield 3;
}

async function streamOf(run: ReturnType<typeof setUp>['run'], gate?: Promise<void>): Promise<AsyncIterator<unknown>> {
  const result = (await run((meter) => Promise.resolve(chunks(meter, gate)))) as AsyncIterable<unknown>;
  return result[Symbol.asyncIterator]();
}

describe(UsageInterceptor.name, () => {
  it('lets a value out only when its attempts are durable', async () => {
    const { ledger, run } = setUp();
    const durable = Promise.withResolvers<void>();
    ledger.durable = durable.promise;
    let isOut = false;
    const result = run((meter) => {
      void meter.begin(TARGET).settle({ outcome: 'success', usage: USAGE });
      return Promise.resolve('answer');
    }).finally(() => (isOut = true));
    await new Promise(setImmediate);
    expect(isOut).toBe(false);
    durable.resolve();
    await expect(result).resolves.toBe('answer');
  });

  it('settles the open attempt of a handler that throws', async () => {
    const { ledger, run } = setUp();
    const failing = run((meter) => {
      meter.begin(TARGET);
      return Promise.reject(new Error('upstream'));
    });
    await expect(failing).rejects.toThrow('upstream');
    expect(ledger.settled).toMatchObject([{ outcome: 'error' }]);
  });

  it('passes every chunk and settles once', async () => {
    const { ledger, run } = setUp();
    const stream = await streamOf(run);
    const seen = [];
    for (let chunk = await stream.next(); !chunk.done; chunk = await stream.next()) {
      seen.push(chunk.value);
    }
    expect(seen).toEqual([1, 2, 3]);
    expect(ledger.settled).toMatchObject([{ outcome: 'success', inputTokens: 1, endUser: 'alice', tags: PAYER.tags }]);
    expect(ledger.settled[0]).not.toHaveProperty('policy');
  });

  it('reads on when the reader leaves, and records the real usage as client_gone', async () => {
    const { ledger, drains, run } = setUp();
    const gate = Promise.withResolvers<void>();
    const stream = await streamOf(run, gate.promise);
    await stream.next();
    await stream.return?.();
    expect(ledger.settled).toEqual([]);
    gate.resolve();
    await drains.stop(60_000);
    expect(ledger.settled).toMatchObject([{ outcome: 'client_gone', inputTokens: 1, outputTokens: 2 }]);
  });

  it.each([{ streamDrainMax: 0 }, { streamDrainMs: 0 }, { streamDrainMs: 1 }])(
    'aborts a stream without a reader beyond the bounds %j, and still settles it',
    async (settings) => {
      const { ledger, drains, request, run } = setUp(settings);
      const stream = await streamOf(run, new Promise(() => undefined));
      await stream.next();
      await stream.return?.();
      await drains.stop(60_000);
      expect(meterOf(request).signal.aborted).toBe(true);
      expect(ledger.settled).toMatchObject([{ outcome: 'client_gone', usageReported: false }]);
    },
  );

  it('does not start a stream that nobody read', async () => {
    const { ledger, drains, run } = setUp();
    const stream = await streamOf(run);
    await stream.return?.();
    await drains.stop(60_000);
    expect(ledger.opened).toEqual([]);
  });

  it('waits at the end of the process for a plain answer whose client has left', async () => {
    const { ledger, drains, response, run } = setUp();
    const gate = Promise.withResolvers<void>();
    const answering = run(async (meter) => {
      const attempt = meter.begin(TARGET);
      await gate.promise;
      await attempt.settle({ outcome: 'success', usage: USAGE });
    });
    response.emit('close');
    let isStopped = false;
    const stopping = drains.stop(60_000).then(() => (isStopped = true));
    await new Promise(setImmediate);
    expect(isStopped).toBe(false);
    gate.resolve();
    await stopping;
    expect(ledger.settled).toMatchObject([{ outcome: 'client_gone', inputTokens: 1, outputTokens: 2 }]);
    await answering;
  });

  it('marks the attempt of a client that hung up before a plain answer', async () => {
    const { ledger, response, run } = setUp();
    await run(async (meter) => {
      const attempt = meter.begin(TARGET);
      response.emit('close');
      await attempt.settle({ outcome: 'success', usage: USAGE });
    });
    expect(ledger.settled).toMatchObject([{ outcome: 'client_gone', inputTokens: 1 }]);
  });

  it('refuses a route that has no tenant key', () => {
    const { request, run } = setUp();
    delete request.principal;
    expect(() => run(() => Promise.resolve())).toThrow('guarded by a tenant key');
  });
});
