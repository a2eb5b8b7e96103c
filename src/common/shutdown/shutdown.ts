import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { Bag } from '../bag.js';
import { toErrorBody } from '../errors/error-body.js';
import { onClose } from '../http/on-close.js';
import { cutAnswer } from '../http/on-cut.js';
import { writeJson } from '../http/write-json.js';
import { leaveBodyUnread } from '../overload/refusal.js';
import { shuttingDown } from './shutting-down.js';

/**
 * Knows that the process is about to end. From then on it is not ready, and every answer ends its connection, so that
 * no client sends the next request on one that is closed at that moment.
 */
@Injectable()
export class Shutdown {
  private readonly open = new Bag<Response>();
  private readonly listeners: (() => void)[] = [];
  private hasBegun = false;
  private hasCut = false;

  get isUnderWay(): boolean {
    return this.hasBegun;
  }

  /** From then on nothing is begun, and every request that comes is refused. */
  get isTimeOver(): boolean {
    return this.hasCut;
  }

  /** Calls back once the time is over: what waits for its beginning is to come here, to be told so. */
  onTimeOver(listener: () => void): void {
    this.listeners.push(listener);
  }

  begin(): void {
    this.hasBegun = true;
    this.open.items.forEach(endConnection);
  }

  /** Ends every answer that is still open with a 503, or with what its kind has for a failure in the middle of it; one that has nothing is reset. */
  cut(): void {
    this.hasCut = true;
    this.open.items.forEach(endAnswer);
    for (const tell of this.listeners) tell();
  }

  /** Express middleware. */
  readonly watch = (_request: Request, response: Response, next: NextFunction): void => {
    onClose(response, this.open.add(response));
    if (this.hasBegun) endConnection(response);
    if (this.hasCut) endAnswer(response);
    else next();
  };
}

/** `Connection: close`, unless the headers are already on their way. */
function endConnection(response: Response): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}

function endAnswer(response: Response): void {
  const error = shuttingDown();
  cutAnswer(response, error);
  if (response.headersSent) {
    // Without chunks, as for HTTP/1.0, an orderly end would look like that of the whole.
    if (!response.writableEnded) response.socket?.resetAndDestroy();
    return;
  }
  if (!response.req.complete) leaveBodyUnread(response.req);
  response.statusCode = error.status;
  response.setHeaders(new Map(Object.entries(error.headers)));
  writeJson(response, toErrorBody(error));
}
