import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Actor } from '../../audit/actor.js';
import { AdminChanges } from '../../audit/admin-changes.js';
import { invalidRequest } from '../../common/errors/gateway-error.js';
import { requireOwner } from '../../tenants/require-owner.js';
import { toUsd, toUsdPerMillion } from './money.js';
import type { Price } from './price.js';
import { PriceBook } from './price-book.js';
import { PriceRepository } from './price.repository.js';
import { requireBaseModel } from './require-base-model.js';

/** How old a replica's prices may be: other replicas see a new price after this time at the latest. */
const RELOAD_MS = 10_000;

/** Sets prices, and keeps this replica's price book up to date. */
@Injectable()
export class PriceService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(PriceService.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly repository: PriceRepository,
    private readonly book: PriceBook,
    private readonly changes: AdminChanges,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.reload();
    this.timer = setInterval(() => void this.reload(), RELOAD_MS);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /**
   * Adds prices, all or none. A price that was set is never changed: set a later one. Throws 400 for an
   * unknown tenant and for the id of an inference profile.
   */
  async add(prices: readonly Price[], actor: Actor): Promise<void> {
    for (const [index, { model }] of prices.entries()) requireBaseModel(model, `data[${index}].model`);
    await this.changes.run(actor, async ({ db, record }) => {
      await this.repository.takeTurn(db);
      for (const [index, price] of prices.entries()) {
        await requireOwner(price, db, `data[${index}].`);
        if (!(await this.repository.create(price, db))) {
          throw invalidRequest(
            `data[${index}]`,
            'There is a price for this from the same moment on; prices are not changed, only followed by later ones.',
            'price_exists',
          );
        }
        record({
          action: 'price.add',
          resourceType: 'price',
          resourceId: price.model,
          tenantId: price.tenantId || null,
          before: null,
          after: toAudited(price),
        });
      }
    });
    await this.reload();
  }

  /** A replica that cannot read the prices keeps rating by those that it has. */
  async reload(): Promise<void> {
    try {
      this.book.replace(await this.repository.list());
    } catch (error) {
      this.logger.warn({ err: error }, 'The prices could not be read; those known before stay in force.');
    }
  }
}

function toAudited({ unit, perUnit, ...price }: Price): object {
  const perMillion = Object.entries(unit).map(([name, amount]) => [
    name,
    amount === null ? null : toUsdPerMillion(amount),
  ]);
  const perEach = Object.entries(perUnit).map(([kind, amount]) => [kind, toUsd(amount)]);
  return {
    ...price,
    usdPerMillionTokens: Object.fromEntries(perMillion),
    usdPerUnit: Object.fromEntries(perEach),
  };
}
