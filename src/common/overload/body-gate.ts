import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { presentedSecret } from '../../auth/presented-secret.js';
import { AppConfig } from '../../config/app-config.js';
import { isLong } from '../http/between-turns.js';
import type { GatewayRequest } from '../http/gateway-request.js';
import { onClose } from '../http/on-close.js';
import { HeldBytes, type Hold } from './held-bytes.js';
import { LoadShares } from './load-shares.js';
import { Refusals } from './refusals.js';

const MEBIBYTE = 1024 * 1024;

/** Reads no more long bodies at a time than the process has room for. */
@Injectable()
export class BodyGate {
  private readonly bodyMax: number;

  constructor(
    config: AppConfig,
    private readonly held: HeldBytes,
    private readonly shares: LoadShares,
    private readonly refusals: Refusals,
  ) {
    this.bodyMax = config.bodyLimitMb * MEBIBYTE;
  }

  /** Express middleware before the body is read: one that says how long it is waits until there is room for all of it. */
  readonly admit = (request: Request, response: Response, next: NextFunction): void => {
    const hold = this.held.open();
    (request as GatewayRequest).held = hold;
    onClose(response, () => hold.release());
    const bytes = this.announcedBytes(request);
    // One that is too large is told so instead.
    if (!isLong(bytes) || bytes > this.bodyMax) next();
    else void this.wait(hold, bytes, request, response, next);
  };

  /** Whether there is room for what has come of a body so far. */
  covers(request: Request, bytes: number): boolean {
    return (request as GatewayRequest).held.covers(bytes);
  }

  /** The body was so long after all. */
  keep(request: Request, bytes: number): void {
    (request as GatewayRequest).held.keep(bytes);
  }

  /** For a body that did not say how long it is: the rest stays unread. */
  refuse(request: Request, response: Response): void {
    request.pause();
    this.refusals.refuse('memory', request, response);
  }

  /** What is compressed may become as long as any body may be. */
  private announcedBytes({ headers }: Request): number {
    const isCompressed = (headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity';
    return isCompressed ? this.bodyMax : Number(headers['content-length'] ?? 0);
  }

  private async wait(
    hold: Hold,
    bytes: number,
    request: Request,
    response: Response,
    next: NextFunction,
  ): Promise<void> {
    const owner = this.shares.ownerOf(presentedSecret(request.headers));
    if (await hold.room(owner, bytes)) next();
    else this.refusals.refuse('memory', request, response);
  }
}
