import { Injectable } from '@nestjs/common';
import { Logger } from 'nestjs-pino';

/** Nest's account of its own start, one line per module and route: of use to nobody but a developer of Nest. */
const CHATTER = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

/** Pino behind Nest's `Logger`, with the chatter of the framework at level `debug`. */
@Injectable()
export class QuietLogger extends Logger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (CHATTER.has(String(rest.at(-1)))) super.debug(message, ...rest);
    else super.log(message, ...rest);
  }
}
