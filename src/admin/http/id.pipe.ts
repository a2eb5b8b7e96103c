import { Injectable, type PipeTransform } from '@nestjs/common';
import type { GatewayError } from '../../common/errors/gateway-error.js';

/** Answers an id that cannot exist as one that does not, before a query would stumble over its letters. */
@Injectable()
export class IdPipe implements PipeTransform<string, string> {
  constructor(private readonly refusal: () => GatewayError) {}

  transform(id: string): string {
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(id)) throw this.refusal();
    return id;
  }
}
