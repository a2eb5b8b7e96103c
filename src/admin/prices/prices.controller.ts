import { Body, Controller, Get, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor as ActorType } from '../../audit/actor.js';
import { AdminRoute } from '../../auth/decorators.js';
import { PriceBook } from '../../billing/pricing/price-book.js';
import { PriceService } from '../../billing/pricing/price.service.js';
import { Documented } from '../../openapi/documented.js';
import { Actor } from '../http/actor.decorator.js';
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
  list(@Query({ schema: priceListQuerySchema }) { model, tenant_id: tenantId }: PriceListQuery) {
    const prices = this.book.list(model, tenantId);
    return { object: 'list' as const, data: prices.map(toPriceBody), has_more: false };
  }

  @Put()
  @AdminRoute('admin')
  @Documented('Set prices', 200, priceListSchema)
  async add(@Body({ schema: newPricesSchema }) body: NewPricesBody, @Actor() actor: ActorType) {
    const prices = toPrices(body, new Date());
    await this.prices.add(prices, actor);
    return { object: 'list' as const, data: prices.map(toPriceBody), has_more: false };
  }
}
