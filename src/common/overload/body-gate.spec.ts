import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Request, Response } from 'express';
import type { AppConfig } from '../../config/app-config.js';
import { Metrics } from '../../metrics/metrics.js';
import { BodyGate } from './body-gate.js';
import { HeldBytes } from './held-bytes.js';
import { LoadShares } from './load-shares.js';
import type { Refusals } from './refusals.js';

const MEBIBYTE = 1024 * 1024;
const settle = () => new Promise(setImmediate);

describe(BodyGate.name, () => {
  it('lets each tenant wait in a line of its own', async () => {
    const config = { bodyLimitMb: 1, requestMemoryMb: 1 } as AppConfig;
    const shares = new LoadShares();
    const gate = new BodyGate(config, new HeldBytes(config, new Metrics()), shares, {} as Refusals);
    for (const id of ['busy', 'other']) shares.learn(`key of ${id}`, { id, weight: 1 });
    const read: string[] = [];
    const answers: Response[] = [];
    const send = (name: string, secret: string) => {
      const request = new IncomingMessage(new Socket());
      request.headers = { 'content-length': String(MEBIBYTE), 'x-api-key': secret };
      const response = new ServerResponse(request) as Response;
      gate.admit(request as Request, response, () => {
        read.push(name);
        answers.push(response);
      });
    };
    for (const name of ['first', 'second', 'third', 'fourth']) send(name, 'key of busy');
    send('other', 'key of other');
    for (let served = 0; served < 5; served += 1) {
      await settle();
      answers[served]?.emit('close');
    }
    expect(read).toEqual(['first', 'second', 'other', 'third', 'fourth']);
  });
});
