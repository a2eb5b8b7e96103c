import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { inTurn } from './in-turn.js';

const request = {} as Request;
const response = {} as Response;

function noting(calls: string[], name: string, error?: Error): RequestHandler {
  return (_request: Request, _response: Response, next: NextFunction) => {
    calls.push(name);
    next(error);
  };
}

describe(inTurn.name, () => {
  it('runs all in order, then what comes after them', () => {
    const calls: string[] = [];
    void inTurn(noting(calls, 'first'), noting(calls, 'second'))(request, response, () => calls.push('after'));
    expect(calls).toEqual(['first', 'second', 'after']);
  });

  it.each([undefined, new Error('aborted')])('goes on with nothing once the answer has ended', (error) => {
    const calls: string[] = [];
    const ended = { writableEnded: true } as Response;
    void inTurn(noting(calls, 'first', error), noting(calls, 'second'))(request, ended, () => calls.push('after'));
    expect(calls).toEqual(['first']);
  });

  it('passes the first error on and runs nobody else', () => {
    const calls: string[] = [];
    const error = new Error('refused');
    const passed: unknown[] = [];
    const handler = inTurn(noting(calls, 'first', error), noting(calls, 'second'));
    void handler(request, response, (given?: unknown) => passed.push(given));
    expect(calls).toEqual(['first']);
    expect(passed).toEqual([error]);
  });
});
