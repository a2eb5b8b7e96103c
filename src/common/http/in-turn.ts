import type { NextFunction, Request, RequestHandler, Response } from 'express';

/**
 * One middleware that runs these in turn: each layer of Express matches the path and catches anew. Nothing follows where
 * the answer has ended meanwhile, as when the process must end.
 */
export function inTurn(...handlers: readonly RequestHandler[]): RequestHandler {
  return handlers.reduceRight<RequestHandler>(
    (rest, handler) => (request, response, next) => {
      void handler(request, response, (error?: unknown) => {
        if (response.writableEnded) return;
        if (error === undefined) void rest(request, response, next);
        else next(error);
      });
    },
    (_request: Request, _response: Response, next: NextFunction) => next(),
  );
}
