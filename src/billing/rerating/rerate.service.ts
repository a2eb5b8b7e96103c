import { Injectable } from '@nestjs/common';
import type { Actor } from '../../audit/actor.js';
import { AdminChanges } from '../../audit/admin-changes.js';
import { invalidRequest } from '../../common/errors/gateway-error.js';
import { toUsd } from '../pricing/money.js';
import { PriceBook } from '../pricing/price-book.js';
import { PriceService } from '../pricing/price.service.js';
import { rate } from '../pricing/rate.js';
import { requireBaseModel } from '../pricing/require-base-model.js';
import { type Adjustment, RerateRepository } from './rerate.repository.js';
import type { RerateGroup, RerateQuery, RerateResult } from './rerating.js';

/** What one transaction is to hold: about a minute of writing. */
const CHANGES_MAX = 100_000;
const TIMEOUT_MS = 600_000;

/**
 * Rates events again by the prices that are known now. What changes is written as an event of its own, never into the
 * ledger's past; budgets, sums and reports have it in the same transaction. Repeating it changes nothing.
 */
@Injectable()
export class RerateService {
  constructor(
    private readonly repository: RerateRepository,
    private readonly prices: PriceService,
    private readonly book: PriceBook,
    private readonly changes: AdminChanges,
  ) {}

  /** Throws 400 for the id of an inference profile, and when more events would change than one transaction is to hold. */
  async rerate(query: RerateQuery, dryRun: boolean, actor: Actor): Promise<RerateResult> {
    if (query.model !== null) requireBaseModel(query.model, 'model');
    await this.prices.reload();
    return this.changes.run(
      actor,
      async ({ db, record }) => {
        if (!dryRun) await this.repository.takeTurn(db);
        const result: RerateResult = { query, dryRun, events: 0, unrated: 0, groups: [], landedLater: 0 };
        const adjustments: Adjustment[] = [];
        const groups = new Map<string, RerateGroup>();
        for await (const event of this.repository.listEvents(query, db)) {
          result.events += 1;
          const rating = rate(event, this.book);
          if (rating.costPicoUsd === null) {
            result.unrated += 1;
            continue;
          }
          const cost = BigInt(rating.costPicoUsd);
          if (cost === event.costPicoUsd) continue;
          const delta = cost - (event.costPicoUsd ?? 0n);
          const adjustment = { event, rating, delta, priced: event.costPicoUsd === null };
          count(groups, adjustment);
          adjustments.push(adjustment);
          if (adjustments.length > CHANGES_MAX) throw tooMany();
        }
        result.groups = [...groups.values()];
        if (dryRun || adjustments.length === 0) return result;
        result.landedLater = await this.repository.adjust(adjustments, db);
        record({
          action: 'usage.rerate',
          resourceType: 'usage',
          resourceId: query.model ?? 'all',
          tenantId: query.tenantId,
          before: null,
          after: toAudited(result),
        });
        return result;
      },
      { timeoutMs: TIMEOUT_MS },
    );
  }
}

function count(groups: Map<string, RerateGroup>, { event, delta, priced }: Adjustment): void {
  const { tenantId, model, costPicoUsd } = event;
  const key = JSON.stringify([tenantId, model]);
  const group = groups.get(key) ?? { tenantId, model, changed: 0, priced: 0, before: 0n, after: 0n };
  group.changed += 1;
  group.priced += Number(priced);
  group.before += costPicoUsd ?? 0n;
  group.after += (costPicoUsd ?? 0n) + delta;
  groups.set(key, group);
}

function tooMany() {
  return invalidRequest(
    'to',
    `More than ${CHANGES_MAX} events would change. Re-rate a shorter range, one tenant or one model at a time.`,
    'too_many_events',
  );
}

function toAudited({ query, events, unrated, groups, landedLater }: RerateResult): object {
  const changed = groups.map(({ before, after, ...group }) => ({
    ...group,
    differenceUsd: toUsd(after - before),
  }));
  return { ...query, events, unrated, landedLater, changed };
}
