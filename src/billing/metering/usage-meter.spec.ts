import { noLimits } from '../../../test/support/no-limits.js';
import { PAYER, TARGET } from '../../../test/support/usage-samples.js';
import { OpenAdmission } from '../../../test/support/open-admission.js';
import { RecordingLedger } from '../../../test/support/recording-ledger.js';
import type { Reservation } from '../budgets/admission.js';
import { MemoryLimitStore } from '../limits/memory-limit-store.js';
import { toAppliedLimit } from '../limits/rate-limit.js';
import { RequestLimits } from '../limits/request-limits.js';
import { PriceBook } from '../pricing/price-book.js';
import { UsageMeter } from './usage-meter.js';

/** Holds something for every attempt. */
class HoldingAdmission extends OpenAdmission {
  released = 0;

  override admit(): Promise<Reservation> {
    return Promise.resolve({
      id: 'res_1',
      picoUsd: 1n,
      release: () => {
        this.released += 1;
        return Promise.resolve();
      },
    });
  }
}

function setUp() {
  const ledger = new RecordingLedger();
  return { ledger, meter: new UsageMeter(ledger, new PriceBook(), new OpenAdmission(), noLimits(), PAYER, 'req_1') };
}

describe(UsageMeter.name, () => {
  it('records the attempt at once, under the names of its tenant and key', () => {
    const { ledger, meter } = setUp();
    meter.begin(TARGET);
    expect(ledger.opened).toMatchObject([{ ...PAYER, ...TARGET, requestId: 'req_1', attempt: 1 }]);
  });

  it('sums up what its calls came to, as far as it is known', async () => {
    const { meter } = setUp();
    const usage = {
      inputTokens: 5,
      outputTokens: 3,
      cacheReadTokens: 2,
      cacheWrite5mTokens: null,
      cacheWrite1hTokens: null,
    };
    await (
      await meter.admit(TARGET, () => ({ promptTokensMax: 1, outputTokensMax: 1 }))
    )
      .begin(TARGET)
      .settle({ outcome: 'truncated' });
    const { models } = meter.summary;
    expect(meter.summary).toEqual({ models, attempts: 1, tokens: undefined });
    await meter.begin(TARGET).settle({ outcome: 'success', usage });
    expect(meter.summary).toEqual({ models, attempts: 2, tokens: 10 });
    expect(models).toHaveLength(1);
  });

  it('records nothing of what is for traces alone', () => {
    const { ledger, meter } = setUp();
    meter.begin({ ...TARGET, inference: { maxTokens: 5 }, answerId: 'chatcmpl-1' });
    expect(Object.keys(ledger.opened[0] ?? {})).not.toEqual(expect.arrayContaining(['inference']));
    expect(Object.keys(ledger.opened[0] ?? {})).not.toEqual(expect.arrayContaining(['answerId']));
  });

  it('begins nothing that the ledger refuses, and gives back what was held for it', async () => {
    const ledger = new RecordingLedger();
    ledger.refusal = new Error('full');
    const admission = new HoldingAdmission();
    const tokens = toAppliedLimit({
      tenantId: 't',
      keyId: '',
      model: '',
      kind: 'tokens',
      window: 'minute',
      amount: 50,
    });
    const states: number[] = [];
    const limits = new RequestLimits(new MemoryLimitStore(() => 0), () => [tokens], 'req_1', {
      states: ([state]) => states.push(state?.used ?? Number.NaN),
      refused: () => undefined,
    });
    const meter = new UsageMeter(ledger, new PriceBook(), admission, limits, PAYER, 'req_1');
    const admitted = await meter.admit(TARGET, () => ({
      promptTokensMax: 10,
      outputTokensMax: 10,
      expectedTokens: 20,
    }));
    expect(() => admitted.begin(TARGET)).toThrow('full');
    await meter.close('error');
    expect(ledger.settled).toEqual([]);
    expect(admission.released).toBe(1);
    expect(states).toEqual([20, 0]);
  });

  it('hurries an intent that is waited for, unless it is durable already', async () => {
    const { ledger, meter } = setUp();
    const attempt = meter.begin(TARGET);
    expect(ledger.hurries).toBe(0);
    await attempt.durable();
    await attempt.durable();
    expect(ledger.hurries).toBe(1);
  });

  it('settles an attempt once, with the first result', async () => {
    const { ledger, meter } = setUp();
    const attempt = meter.begin(TARGET);
    await attempt.settle({ outcome: 'success', awsRequestId: 'aws-1', statusCode: 200, firstByteMs: 1.6 });
    await attempt.settle({ outcome: 'error' });
    await meter.close('error');
    expect(ledger.settled).toMatchObject([
      { id: ledger.opened[0]?.id, outcome: 'success', awsRequestId: 'aws-1', statusCode: 200, firstByteMs: 2 },
    ]);
  });

  it('keeps token classes that were not reported null', async () => {
    const { ledger, meter } = setUp();
    const usage = {
      inputTokens: 5,
      outputTokens: 0,
      cacheReadTokens: null,
      cacheWrite5mTokens: null,
      cacheWrite1hTokens: null,
    };
    await meter.begin(TARGET).settle({ outcome: 'success', usage });
    await meter.begin(TARGET).settle({ outcome: 'truncated' });
    expect(ledger.settled).toMatchObject([
      { attempt: 1, ...usage, usageReported: true },
      { attempt: 2, inputTokens: null, outputTokens: null, usageReported: false },
    ]);
  });

  it('settles what was left open when it closes', async () => {
    const { ledger, meter } = setUp();
    meter.begin(TARGET);
    await meter.close('error');
    expect(ledger.settled).toMatchObject([{ outcome: 'error', usageReported: false }]);
  });

  it.each([
    ['success', false, 'client_gone'],
    ['error', false, 'error'],
    ['error', true, 'client_gone'],
  ] as const)('calls %s of a client that left, aborted %s, %s', async (outcome, aborted, expected) => {
    const { ledger, meter } = setUp();
    const attempt = meter.begin(TARGET);
    meter.clientLeft();
    if (aborted) meter.abort();
    await attempt.settle({ outcome });
    expect(ledger.settled[0]?.outcome).toBe(expected);
  });
});
