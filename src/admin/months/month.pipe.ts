import { Injectable, type PipeTransform } from '@nestjs/common';
import { invalidRequest } from '../../common/errors/gateway-error.js';
import { monthSchema } from './month.schema.js';

/** The first moment of the month that a path names. */
@Injectable()
export class MonthPipe implements PipeTransform<string, Date> {
  transform(name: string): Date {
    const parsed = monthSchema.safeParse(name);
    if (!parsed.success) throw invalidRequest('month', 'The month must be written such as 2026-10.');
    return parsed.data;
  }
}
