import { PatientClient } from '../../../test/support/patient-client.js';
import type { AttemptMeter, AttemptTarget, SpendBound } from '../upstream-attempt.js';
import { metered, NotAdmitted, type AttemptPlan } from './metered-attempt.js';

const target: AttemptTarget = {
  operation: 'chat',
  requestedModel: 'model',
  resolvedModel: 'model',
  family: 'converse',
  region: 'us-east-1',
  streamed: false,
};

class OpenMeter implements AttemptMeter {
  readonly owner = { id: 'tenant', weight: 1 };
  readonly signal = new AbortController().signal;

  admit(_target: AttemptTarget, bound: () => SpendBound) {
    bound();
    return Promise.resolve(this);
  }

  begin() {
    return { durable: () => Promise.resolve(), settle: () => Promise.resolve() };
  }
}

/** Of a ledger that can take no more. */
class FullMeter extends OpenMeter {
  override begin(): never {
    throw new Error('full');
  }
}

class LongClient extends PatientClient {
  override readonly bodyBytes = 1_000_000;
}

/** Counts the turns that others have of the event loop. */
function countTurns(): { turns: number; stop(): void } {
  const counter = { turns: 0, stop: () => clearImmediate(next) };
  const count = () => {
    counter.turns += 1;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  return counter;
}

describe(metered.name, () => {
  it('sends nothing that is not recorded, and gives back its part of the quota', async () => {
    const done: string[] = [];
    const plan: AttemptPlan<void> = {
      target,
      bound: () => ({ promptTokensMax: null, outputTokensMax: null }),
      quota: () => Promise.resolve({ settle: () => done.push('settled'), cancel: () => done.push('cancelled') }),
      send: () => Promise.reject(new Error('sent')),
    };
    const attempt = metered(new FullMeter(), new PatientClient(), plan)(true);
    await expect(attempt).rejects.toThrow(NotAdmitted);
    await expect(attempt).rejects.toHaveProperty('cause', new Error('full'));
    expect(done).toEqual(['cancelled']);
  });

  it('begins nothing for a client that has left while it was admitted', async () => {
    const client = new PatientClient();
    const done: string[] = [];
    const plan: AttemptPlan<void> = {
      target,
      bound: () => {
        client.leave();
        return { promptTokensMax: null, outputTokensMax: null };
      },
      quota: () => Promise.resolve({ settle: () => done.push('settled'), cancel: () => done.push('cancelled') }),
      send: () => Promise.reject(new Error('sent')),
    };
    const attempt = metered(new FullMeter(), client, plan)(true);
    await expect(attempt).rejects.toThrow(NotAdmitted);
    await expect(attempt).rejects.toHaveProperty('cause.code', 'client_left');
    expect(done).toEqual(['cancelled']);
  });

  it.each([
    ['a long request', new LongClient(), { bounded: 1, sent: 2 }],
    ['a short one', new PatientClient(), { bounded: 0, sent: 0 }],
  ])(
    'lets others have their turn before %s is measured, and before it is sent: %#',
    async (_name, client, expected) => {
      const others = countTurns();
      const at = { bounded: -1, sent: -1 };
      const plan: AttemptPlan<void> = {
        target,
        bound: () => {
          at.bounded = others.turns;
          return { promptTokensMax: null, outputTokensMax: null };
        },
        send: () => {
          at.sent = others.turns;
          return Promise.resolve();
        },
      };
      await metered(new OpenMeter(), client, plan)(true);
      others.stop();
      expect(at).toEqual(expected);
    },
  );
});
