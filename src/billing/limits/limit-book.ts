import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { AdminChanges } from '../../audit/admin-changes.js';
import { ChangeFeed } from '../../auth/change-feed.js';
import type { KeyPrincipal } from '../../auth/principal.js';
import type { AccessPolicy } from '../../tenants/access-policy.js';
import { listOwnLimits } from './own-limits.js';
import { toAppliedLimit, type AppliedLimit, type LimitRule } from './rate-limit.js';
import { RateLimitRepository } from './rate-limit.repository.js';

/** While changes cannot be followed, the limits are read as often as this. */
const UNFOLLOWED_MS = 500;
/** Of one key; a client can make up ARNs. */
const MODELS_KEPT = 200;
const NONE: readonly AppliedLimit[] = [];

type Principal = Pick<KeyPrincipal, 'tenantId' | 'keyId'> & {
  policy: Pick<AccessPolicy, 'tenantLimits' | 'keyLimits'>;
};

/** Which limits there are, in memory: a change on any replica is known here within a second. */
@Injectable()
export class LimitBook implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(LimitBook.name);
  private timer: NodeJS.Timeout | undefined;
  /** By tenant; those of every tenant stand under the empty one. */
  private rules = new Map<string, LimitRule[]>();
  private applied = new WeakMap<Principal, Map<string, readonly AppliedLimit[]>>();
  private reloading: Promise<void> = Promise.resolve();
  private pending: Promise<void> | undefined;

  constructor(
    private readonly repository: RateLimitRepository,
    private readonly feed: ChangeFeed,
    changes: AdminChanges,
  ) {
    feed.listen((change) => {
      if (change === null || change.resourceType === 'rate_limit') void this.reload();
    });
    changes.onCommit((records) => {
      if (records.some(({ resourceType }) => resourceType === 'rate_limit')) void this.reload();
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.reload();
    this.timer = setInterval(() => {
      if (performance.now() - this.feed.knownUntilMs > UNFOLLOWED_MS) void this.reload();
    }, UNFOLLOWED_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** The limits of a call, each counter once; of two on the same counter the lower one. */
  applying(principal: Principal, model: string): readonly AppliedLimit[] {
    const { tenantLimits, keyLimits } = principal.policy;
    if (this.rules.size === 0 && tenantLimits === null && keyLimits === null) {
      return NONE;
    }
    let byModel = this.applied.get(principal);
    if (byModel === undefined || byModel.size >= MODELS_KEPT) {
      byModel = new Map();
      this.applied.set(principal, byModel);
    }
    let limits = byModel.get(model);
    if (limits === undefined) {
      limits = this.collect(principal, model);
      byModel.set(model, limits);
    }
    return limits;
  }

  /** A replica that cannot read the limits keeps those that it has. Resolves when a read that began later has ended. */
  reload(): Promise<void> {
    this.pending ??= this.reloading.then(() => {
      this.pending = undefined;
      this.reloading = this.read();
      return this.reloading;
    });
    return this.pending;
  }

  private async read(): Promise<void> {
    try {
      this.rules = Map.groupBy(await this.repository.listAll(), ({ tenantId }) => tenantId);
      this.applied = new WeakMap();
    } catch (error) {
      this.logger.warn({ err: error }, 'The rate limits could not be read; those known before stay in force.');
    }
  }

  private collect({ tenantId, keyId, policy }: Principal, model: string): readonly AppliedLimit[] {
    const set = ['', tenantId].flatMap((owner) => this.rules.get(owner) ?? []);
    const own = [
      ...listOwnLimits(policy.tenantLimits, { tenantId, keyId: '', model: '' }),
      ...listOwnLimits(policy.keyLimits, { tenantId, keyId, model: '' }),
    ];
    const lowest = new Map<string, AppliedLimit>();
    for (const rule of [...own, ...set]) {
      const { amount } = rule;
      if (amount === null || (rule.keyId && rule.keyId !== keyId) || (rule.model && rule.model !== model)) {
        continue;
      }
      const limit = toAppliedLimit({ ...rule, amount });
      if (amount < (lowest.get(limit.counter)?.amount ?? Infinity)) {
        lowest.set(limit.counter, limit);
      }
    }
    return [...lowest.values()];
  }
}
