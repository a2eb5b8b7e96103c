import { Injectable, Logger } from '@nestjs/common';
import { AdminChanges } from '../../audit/admin-changes.js';
import { ChangeFeed } from '../../auth/change-feed.js';
import { inTime } from '../../common/in-time.js';
import { AppConfig } from '../../config/app-config.js';
import type { ModelAlias } from './model-alias.js';
import { ModelAliasRepository } from './model-alias.repository.js';

/** After a failed query the next one is made no sooner. */
const RETRY_AFTER_FAILURE_MS = 500;
const QUERY_TIMEOUT_MS = 2_000;

/** The resource type of aliases in the audit log, which replicas follow. */
export const ALIAS_RESOURCE = 'model_alias';

/**
 * Every alias, in memory. Used without a query as long as the change feed is known to have missed nothing, so that a
 * change is in force on every replica as soon as that of a key. While the database is away the last ones are used, and
 * nobody waits for it after the first failure.
 */
@Injectable()
export class AliasBook {
  private readonly logger = new Logger(AliasBook.name);
  private aliases: ReadonlyMap<string, ModelAlias> = new Map();
  /** Counts changes; what was read before the last one is out of date. */
  private generation = 0;
  private readGeneration = -1;
  private readAtMs = Number.NEGATIVE_INFINITY;
  private failedAtMs = Number.NEGATIVE_INFINITY;
  /** The last query failed. */
  private isAway = false;
  private reading: Promise<void> | undefined;

  constructor(
    private readonly repository: ModelAliasRepository,
    private readonly feed: ChangeFeed,
    private readonly config: AppConfig,
    changes: AdminChanges,
  ) {
    feed.listen((change) => this.forget(change?.resourceType ?? ALIAS_RESOURCE));
    changes.onCommit((records) => records.forEach(({ resourceType }) => this.forget(resourceType)));
  }

  /** The tenant's own alias of this name, or everyone's. */
  async find(tenantId: string, name: string): Promise<ModelAlias | undefined> {
    await this.ensureFresh();
    return this.aliases.get(keyOf(tenantId, name)) ?? this.aliases.get(keyOf('', name));
  }

  /** What the tenant can ask for by name: its own aliases, and everyone's that it has none of its own for. */
  async list(tenantId: string): Promise<ModelAlias[]> {
    await this.ensureFresh();
    const visible = [...this.aliases.values()].filter((alias) => alias.tenantId === tenantId || alias.tenantId === '');
    return visible.filter((alias) => alias.tenantId !== '' || !this.aliases.has(keyOf(tenantId, alias.name)));
  }

  private forget(resourceType: string): void {
    if (resourceType === ALIAS_RESOURCE) this.generation += 1;
  }

  private isFresh(): boolean {
    const provenAtMs = Math.max(this.readAtMs, this.feed.knownUntilMs);
    return this.readGeneration === this.generation && performance.now() - provenAtMs < this.config.keyCacheTtlMs;
  }

  private async ensureFresh(): Promise<void> {
    if (this.isFresh() || performance.now() - this.failedAtMs < RETRY_AFTER_FAILURE_MS) {
      return;
    }
    this.reading ??= this.read().finally(() => {
      this.reading = undefined;
    });
    if (!this.isAway) await this.reading;
  }

  /** A change that comes while the aliases are read leaves them out of date, and they are read again. */
  private async read(attemptsLeft = 3): Promise<void> {
    const generation = this.generation;
    const askedAtMs = performance.now();
    try {
      const aliases = await inTime(this.repository.listAll(), QUERY_TIMEOUT_MS, 'The database');
      this.aliases = new Map(aliases.map((alias) => [keyOf(alias.tenantId, alias.name), alias]));
      this.readGeneration = generation;
      this.readAtMs = askedAtMs;
      this.isAway = false;
    } catch (error) {
      this.failedAtMs = performance.now();
      if (!this.isAway)
        this.logger.warn({ err: error }, 'The model aliases could not be read; the last ones are used.');
      this.isAway = true;
      return;
    }
    if (generation !== this.generation && attemptsLeft > 1) {
      await this.read(attemptsLeft - 1);
    }
  }
}

/** No id of a tenant holds a line break. */
function keyOf(tenantId: string, name: string): string {
  return `${tenantId}\n${name}`;
}
