import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Request, Response } from 'express';
import { unauthenticated } from '../common/errors/gateway-error.js';
import { KnownCaller } from './known-caller.js';
import type { RequestAuthenticator } from './request-authenticator.js';

const { jest } = import.meta;
const REFUSAL = unauthenticated('Incorrect API key provided.');
const NOBODY = { anybody: () => Promise.reject(REFUSAL) } as unknown as RequestAuthenticator;

const settle = () => new Promise(setImmediate);

describe(KnownCaller.name, () => {
  afterEach(() => jest.useRealTimers());

  it('ends the connection of a stranger in a way that leaves it the time to read its answer', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    const socket = new Socket();
    const request = new IncomingMessage(socket);
    request.headers['content-length'] = '1000000';
    const response = new ServerResponse(request);
    const next = jest.fn();
    new KnownCaller(NOBODY).require(request as Request, response as Response, next);
    await settle();
    expect(next.mock.calls).toEqual([[REFUSAL]]);
    expect(response.getHeader('connection')).toBe('close');

    socket.destroySoon();
    await settle();
    expect([socket.writableEnded, socket.destroyed]).toEqual([true, false]);
    jest.advanceTimersByTime(1_000);
    expect(socket.destroyed).toBe(true);
  });
});
