import { clientLeft } from '../../common/errors/gateway-error.js';
import { betweenTurns } from '../../common/http/between-turns.js';
import type { WaitingClient } from '../../common/http/waiting-client.js';
import type { ModelLifecycle } from '../../models/model-entry.js';
import { failedAttempt } from '../attempt-result.js';
import type { QuotaLease } from '../quota/quota-gate.js';
import type { AttemptMeter, AttemptTarget, SpendBound, UpstreamAttempt } from '../upstream-attempt.js';

/** One call to Bedrock, ready to be made. */
export interface AttemptPlan<T> {
  target: AttemptTarget;
  /** Of the model that is called; absent where it is none. */
  lifecycle?: ModelLifecycle;
  /** Of the account; absent where no other stands in for it. */
  standIn?: number;
  /** What it can cost at most. */
  bound(): SpendBound;
  /** Takes the attempt's part of the account's quota. Absent where there is none. */
  quota?(mayWait: boolean): Promise<QuotaLease>;
  /** Makes the call, and settles `attempt` when it ends well. */
  send(attempt: UpstreamAttempt, signal: AbortSignal): Promise<T>;
}

/** Thrown instead of an attempt that was not made: a budget, the ledger or the like refused it, or its client has left. */
export class NotAdmitted extends Error {
  constructor(cause: unknown) {
    super('The attempt was not admitted.', { cause });
  }
}

/** The planned call with a part of the account's quota, an admission and a ledger event of its own. */
export function metered<T>(
  meter: AttemptMeter,
  client: WaitingClient,
  plan: AttemptPlan<T>,
): (mayWait: boolean) => Promise<T> {
  return async (mayWait) => {
    await betweenTurns(client.bodyBytes);
    const lease = await plan.quota?.(mayWait);
    const { begun, signal } = await begin(meter, client, plan).catch((error: unknown) => {
      lease?.cancel();
      throw new NotAdmitted(error);
    });
    const attempt = leased(begun, lease);
    client.attempting({
      model: plan.target.resolvedModel,
      region: plan.target.region,
      standIn: plan.standIn,
      lifecycle: plan.lifecycle,
    });
    try {
      await betweenTurns(client.bodyBytes);
      return await plan.send(attempt, signal);
    } catch (error) {
      await attempt.settle(failedAttempt(error));
      throw error;
    }
  };
}

async function begin(meter: AttemptMeter, client: WaitingClient, plan: AttemptPlan<unknown>) {
  const admitted = await meter.admit(plan.target, () => plan.bound());
  // A store that answers late can have kept it for seconds.
  if (client.left.aborted) throw clientLeft();
  return { begun: admitted.begin(plan.target), signal: admitted.signal };
}

function leased(attempt: UpstreamAttempt, lease: QuotaLease | undefined): UpstreamAttempt {
  if (lease === undefined) {
    return attempt;
  }
  return {
    durable: () => attempt.durable(),
    settle: (result) => {
      lease.settle(result);
      return attempt.settle(result);
    },
  };
}
