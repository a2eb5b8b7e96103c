import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { AdminChanges } from '../audit/admin-changes.js';
import { ChangeFeed } from '../auth/change-feed.js';
import { type AccountQuota, QUOTA_RESOURCE } from './account-quota.js';
import { AccountQuotaRepository } from './account-quota.repository.js';

/** While changes cannot be followed, the quotas are read as often as this. */
const UNFOLLOWED_MS = 500;

const ANY_MODEL = '*';

/** Every quota, in memory: a change on any replica is known here within a second. */
@Injectable()
export class QuotaBook implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(QuotaBook.name);
  private timer: NodeJS.Timeout | undefined;
  private quotas: ReadonlyMap<string, AccountQuota> = new Map();
  private reloading: Promise<void> = Promise.resolve();
  private pending: Promise<void> | undefined;

  constructor(
    private readonly repository: AccountQuotaRepository,
    private readonly feed: ChangeFeed,
    changes: AdminChanges,
  ) {
    feed.listen((change) => {
      if (change === null || change.resourceType === QUOTA_RESOURCE) void this.reload();
    });
    changes.onCommit((records) => {
      if (records.some(({ resourceType }) => resourceType === QUOTA_RESOURCE)) void this.reload();
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

  get isEmpty(): boolean {
    return this.quotas.size === 0;
  }

  /** The quota of the first of these ids that has one in the region, or that of any model. */
  find(ids: readonly string[], region: string): AccountQuota | undefined {
    if (this.quotas.size === 0) {
      return undefined;
    }
    for (const id of [...ids, ANY_MODEL]) {
      const quota = this.quotas.get(keyOf(id, region));
      if (quota !== undefined) return quota;
    }
    return undefined;
  }

  /** A replica that cannot read the quotas keeps those that it has. Resolves when a read that began later has ended. */
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
      const quotas = await this.repository.listAll();
      this.quotas = new Map(quotas.map((quota) => [keyOf(quota.model, quota.region), quota]));
    } catch (error) {
      this.logger.warn({ err: error }, 'The account quotas could not be read; those known before stay in force.');
    }
  }
}

function keyOf(model: string, region: string): string {
  return `${region} ${model}`;
}
