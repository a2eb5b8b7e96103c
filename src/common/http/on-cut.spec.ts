import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { GatewayError } from '../errors/gateway-error.js';
import { cutAnswer, offCut, onCut } from './on-cut.js';

const ERROR = new GatewayError('Too late.', { status: 503, type: 'server_error' });

describe(onCut.name, () => {
  it('tells whoever listens, also after the cut, and nobody who does no longer', () => {
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    const told: string[] = [];
    const silent = () => told.push('silent');
    onCut(response, silent);
    offCut(response, silent);
    onCut(response, ({ message }) => told.push(`before: ${message}`));
    cutAnswer(response, ERROR);
    onCut(response, ({ message }) => told.push(`after: ${message}`));
    expect(told).toEqual(['before: Too late.', 'after: Too late.']);
  });
});
