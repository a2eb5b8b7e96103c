import { EventEmitter } from 'node:events';
import type { Response } from 'express';
import type { AppConfig } from '../../config/app-config.js';
import { GatewayError } from '../errors/gateway-error.js';
import { Metrics } from '../../metrics/metrics.js';
import { HeldBytes } from '../overload/held-bytes.js';
import { cutAnswer } from './on-cut.js';
import { HttpClient } from './waiting-client.js';

const STARTED_AT = 1_000;
const HELD = new HeldBytes({ requestMemoryMb: 1 } as AppConfig, new Metrics());

function clientOf(headers: Record<string, string>, response = new EventEmitter() as unknown as Response): HttpClient {
  return new HttpClient({ headers, startedAt: STARTED_AT, held: HELD.open() }, response);
}

describe(HttpClient.name, () => {
  it.each<[string, Record<string, string>, number]>([
    ['the SDK for JavaScript', { 'x-stainless-timeout': '20' }, STARTED_AT + 20_000],
    ['the SDK for Python', { 'x-stainless-read-timeout': '2.5' }, STARTED_AT + 2_500],
    ['both', { 'x-stainless-timeout': '20', 'x-stainless-read-timeout': '5' }, STARTED_AT + 5_000],
    ['nobody', {}, Number.POSITIVE_INFINITY],
    ['a client that says nothing useful', { 'x-stainless-timeout': 'NOT_GIVEN' }, Number.POSITIVE_INFINITY],
    ['a client without patience', { 'x-stainless-timeout': '0' }, Number.POSITIVE_INFINITY],
  ])('waits as long as told by %s', (_name, headers, expected) => {
    expect(clientOf(headers).deadlineMs).toBe(expected);
  });

  it('knows how often its request was sent before', () => {
    expect(clientOf({ 'x-stainless-retry-count': '2' }).retryCount).toBe(2);
    expect(clientOf({}).retryCount).toBe(0);
  });

  it('counts as gone when its answer is cut', () => {
    const response = new EventEmitter() as unknown as Response;
    const { left } = clientOf({}, response);
    expect(left.aborted).toBe(false);
    cutAnswer(response, new GatewayError('Too late.', { status: 503, type: 'server_error' }));
    expect(left.aborted).toBe(true);
  });

  it('holds memory for its request as long as there is room beside others', () => {
    expect(clientOf({}).holds(1024 * 1024)).toBe(true);
    expect(clientOf({}).holds(1)).toBe(false);
  });
});
