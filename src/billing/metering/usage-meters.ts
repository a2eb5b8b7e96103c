import { Injectable } from '@nestjs/common';
import type { KeyPrincipal } from '../../auth/principal.js';
import { Admission, type Payer } from '../budgets/admission.js';
import { RateLimiter } from '../limits/rate-limiter.js';
import type { LimitObserver } from '../limits/token-hold.js';
import { PriceBook } from '../pricing/price-book.js';
import { UsageLedger } from './usage-ledger.js';
import { UsageMeter } from './usage-meter.js';

/** Opens the meter of each client request. */
@Injectable()
export class UsageMeters {
  constructor(
    private readonly ledger: UsageLedger,
    private readonly prices: PriceBook,
    private readonly admission: Admission,
    private readonly limiter: RateLimiter,
  ) {}

  open(principal: KeyPrincipal, payer: Payer, requestId: string, observe: LimitObserver): UsageMeter {
    const limits = this.limiter.open(principal, requestId, observe);
    const { weight } = principal.policy;
    return new UsageMeter(this.ledger, this.prices, this.admission, limits, payer, requestId, weight);
  }
}
