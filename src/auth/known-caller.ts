import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { isLong } from '../common/http/between-turns.js';
import { leaveBodyUnread } from '../common/overload/refusal.js';
import { RequestAuthenticator } from './request-authenticator.js';

/** Reads no long body of a stranger, whom it would cost nothing to fill the memory with them. */
@Injectable()
export class KnownCaller {
  constructor(private readonly authenticator: RequestAuthenticator) {}

  /** Express middleware before the body is read. What a caller may do is left to the guard. */
  readonly require = (request: Request, response: Response, next: NextFunction): void => {
    const { headers } = request;
    const isOpenEnded = headers['transfer-encoding'] !== undefined || headers['content-encoding'] !== undefined;
    const mayBeLong = isOpenEnded || isLong(Number(headers['content-length'] ?? 0));
    if (mayBeLong) void this.goOn(request, response, next);
    else next();
  };

  private async goOn(request: Request, response: Response, next: NextFunction): Promise<void> {
    try {
      await this.authenticator.anybody(request);
    } catch (error) {
      response.setHeader('connection', 'close');
      leaveBodyUnread(request);
      next(error);
      return;
    }
    next();
  }
}
