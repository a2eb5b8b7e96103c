import type { BedrockError } from '../errors/bedrock-error.js';
import type { Behaviour } from '../script/behaviour.js';
import { faultOf } from '../stream/delivery.js';
import type { Exchange } from './exchange.js';

/** Bedrock's error answer: plain JSON, also for calls that would have streamed. */
export function respondError(exchange: Exchange, error: BedrockError, retryAfterSeconds?: number): Promise<void> {
  return exchange.json(error.status, error.body, {
    'x-amzn-errortype': error.typeHeader,
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': retryAfterSeconds }),
  });
}

/** A whole answer, with the faults that can hit one: a pause, a cut, small writes. */
export async function respondJson(
  exchange: Exchange,
  body: unknown,
  behaviour: Partial<Behaviour>,
  headers: Readonly<Record<string, string | number>> = {},
): Promise<void> {
  const payload = Buffer.from(JSON.stringify(body));
  exchange.start(200, { 'content-type': 'application/json', 'content-length': payload.length, ...headers });
  await exchange.pause(faultOf(behaviour, 'stall')?.ms ?? 0);
  const reset = faultOf(behaviour, 'reset');
  await exchange.write(payload.subarray(0, reset?.afterBytes), { writeBytes: behaviour.writeBytes });
  if (!reset) return exchange.end();
  exchange.reset();
}

/** Answers with the scripted bytes, whatever they are. */
export async function respondRaw(
  exchange: Exchange,
  raw: NonNullable<Behaviour['raw']>,
  behaviour: Partial<Behaviour>,
): Promise<void> {
  const body = Buffer.from(raw.bodyBase64, 'base64');
  const headers = Object.fromEntries(Object.entries(raw.headers).map(([name, value]) => [name.toLowerCase(), value]));
  exchange.start(raw.status, { ...headers, 'content-length': body.length });
  await exchange.write(body, { writeBytes: behaviour.writeBytes });
  await exchange.end();
}

/** The page of a load balancer that never reached the service. */
export async function respondHtml(exchange: Exchange, status: number): Promise<void> {
  const page = Buffer.from(
    `<html>\r\n<head><title>${status}</title></head>\r\n<body><h1>${status}</h1></body>\r\n</html>\r\n`,
  );
  exchange.start(status, { 'content-type': 'text/html', 'content-length': page.length });
  await exchange.write(page);
  await exchange.end();
}
