import { Body, Controller, Get, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor as ActorType } from '../../audit/actor.js';
import { AdminRoute } from '../../auth/decorators.js';
import { PriceBook } from '../../billing/pricing/price-book.js';
import { PriceService } from '../../billing/pricing/price.service.js';
import { invalidRequest } from '../../common/errors/gateway-error.js';
import { Documented } from '../../openapi/documented.js';
import { Actor } from '../http/actor.decorator.js';
import { toListBody } from '../http/fields.js';
import {
  type NewPricesBody,
  newPricesSchema,
  type PriceListQuery,
  priceListQuerySchema,
  priceListSchema,
  toPriceBody,
  toPrices,
} from './price.schema.js';

@ApiTags('prices')
@Controller('admin/v1/prices')
export class PricesController {
  constructor(
    private readonly book: PriceBook,
    private readonly prices: PriceService,
  ) {}

  @Get()
  @AdminRoute('viewer')
  @Documented('List prices, those of the past and the future too', 200, priceListSchema)
  list(@Query({ schema: priceListQuerySchema }) { tenant_id: tenantId, ...query }: PriceListQuery) {
    const page = this.book.list({ ...query, tenantId });
    if (page === null) throw invalidRequest('after', 'after must be the id of a price of this list.');
    return toListBody(page.items.map(toPriceBody), page.hasMore);
  }

  @Put()
  @AdminRoute('admin')
  @Documented('Set prices', 200, priceListSchema)
  async add(@Body({ schema: newPricesSchema }) body: NewPricesBody, @Actor() actor: ActorType) {
    const prices = toPrices(body, new Date());
    await this.prices.add(prices, actor);
    return toListBody(prices.map(toPriceBody), false);
  }
}
