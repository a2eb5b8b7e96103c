import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { onClose } from '../http/on-close.js';

/**
 * Knows that the process is about to end. From then on it is not ready, and every answer ends its connection, so that
 * no client sends the next request on one that is closed at that moment.
 */
@Injectable()
export class Shutdown {
  private readonly open = new Set<Response>();
  private hasBegun = false;

  get isUnderWay(): boolean {
    return this.hasBegun;
  }

  begin(): void {
    this.hasBegun = true;
    this.open.forEach(endConnection);
  }

  /** Express middleware. */
  readonly watch = (_request: Request, response: Response, next: NextFunction): void => {
    if (this.hasBegun) {
      endConnection(response);
    } else {
      this.open.add(response);
      onClose(response, () => this.open.delete(response));
    }
    next();
  };
}

/** `Connection: close`, unless the headers are already on their way. */
function endConnection(response: Response): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}
