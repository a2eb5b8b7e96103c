import { PatientClient } from '../../../test/support/patient-client.js';
import type { AttemptMeter, AttemptTarget } from '../upstream-attempt.js';
import { metered, type AttemptPlan } from './metered-attempt.js';

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

  admit() {
    return Promise.resolve(this);
  }

  begin() {
    return { durable: () => Promise.resolve(), settle: () => Promise.resolve() };
  }
}

class LongClient extends PatientClient {
  override readonly bodyBytes = 1_000_000;
}

describe(metered.name, () => {
  it.each([
    ['a long request', new LongClient(), true],
    ['a short one', new PatientClient(), false],
  ])('lets others have their turn before %s is sent: %#', async (_name, client, expected) => {
    let othersCame = false;
    const plan: AttemptPlan<boolean> = {
      target,
      bound: () => ({ promptTokensMax: null, outputTokensMax: null }),
      send: () => Promise.resolve(othersCame),
    };
    const sent = metered(new OpenMeter(), client, plan)(true);
    // Queued before the request is: whoever waits for a turn gets it first.
    setImmediate(() => {
      othersCame = true;
    });
    expect(await sent).toBe(expected);
  });
});
