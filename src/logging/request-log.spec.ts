import { EventEmitter } from 'node:events';
import type { Request, Response } from 'express';
import { PinoLogger } from 'nestjs-pino';
import { pino } from 'pino';
import { currentRequest, RequestLog } from './request-log.js';

const SECRET = 'sk-of-nobody';

function serve(
  path: string,
  statusCode: number,
  work: () => void = () => undefined,
  headersSent = true,
  caller: object = {},
): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>);
  const root = pino({ base: null, timestamp: false, mixin: currentRequest }, { write });
  Object.assign(PinoLogger, { root });
  const headers = { authorization: `Bearer ${SECRET}` };
  const request = {
    requestId: 'req_1',
    startedAt: performance.now(),
    method: 'POST',
    originalUrl: path,
    headers,
    ...caller,
  };
  const response = Object.assign(new EventEmitter(), { statusCode, headersSent });
  new RequestLog().observe(request as unknown as Request, response as unknown as Response, work);
  response.emit('close');
  return lines;
}

describe(RequestLog.name, () => {
  const { root } = PinoLogger;
  afterEach(() => Object.assign(PinoLogger, { root }));

  it('writes one line when the answer has ended, without query or headers', () => {
    const [line, ...others] = serve(`/v1/chat/completions?key=${SECRET}`, 200);
    expect(line).toEqual({
      level: 30,
      requestId: 'req_1',
      req: { method: 'POST', path: '/v1/chat/completions' },
      res: { status: 200 },
      durationMs: expect.any(Number),
      msg: 'request completed',
    });
    expect(others).toEqual([]);
  });

  it.each([
    ['/v1/models/sk-0123456789abcdef', '/v1/models/sk-***'],
    ['/v1/Bearer%20ak%2D0123456789abcdef/models', '/v1/Bearer%20ak%2D***/models'],
    ['/sk-proj-01_23.45%2F67', '/sk-***'],
    ['/v1/models/eyJhbGciOiJSUzI1NiJ9.eyJzdWIi.c2ln', '/v1/models/eyJ***'],
    ['/v1/models/eu.amazon.nova-lite-v1:0', '/v1/models/eu.amazon.nova-lite-v1:0'],
  ])('masks what looks like a key in a path: %s', (path, logged) => {
    expect(serve(path, 404)).toMatchObject([{ req: { path: logged } }]);
  });

  it('tells whose it was, and what it came to', () => {
    const principal = { tenantId: 'ten_1', keyId: 'key_1', tenantName: 'never', tags: { never: 'this' } };
    const models = new Set(['amazon.nova-lite-v1:0']);
    const meter = { models, summary: { models: [...models], attempts: 2, tokens: 9 } };
    const [line] = serve('/v1/chat/completions', 200, undefined, true, { principal, meter });
    expect(line).toMatchObject({ tenantId: 'ten_1', keyId: 'key_1', ...meter.summary });
    expect(JSON.stringify(line)).not.toContain('never');
  });

  it('warns of what failed here', () => {
    expect(serve('/v1/models', 503)).toMatchObject([{ level: 40, msg: 'request failed', res: { status: 503 } }]);
  });

  it('tells of a client that left before it had a status', () => {
    const lines = serve('/v1/models', 200, () => undefined, false);
    expect(lines).toMatchObject([{ level: 30, res: { status: 499 } }]);
  });

  it('says nothing of probes', () => {
    expect(serve('/healthz?from=probe', 200)).toEqual([]);
  });

  it("gives every line that is written meanwhile the request's id, and no other", async () => {
    let later: Promise<void> | undefined;
    const lines = serve('/v1/models', 200, () => {
      later = Promise.resolve().then(() => PinoLogger.root.info('meanwhile'));
    });
    await later;
    PinoLogger.root.info('elsewhere');
    expect(lines.filter(({ msg }) => msg !== 'request completed')).toEqual([
      { level: 30, requestId: 'req_1', msg: 'meanwhile' },
      { level: 30, msg: 'elsewhere' },
    ]);
  });
});
