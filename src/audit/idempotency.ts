import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { GatewayError, invalidRequest } from '../common/errors/gateway-error.js';
import { canonicalJson } from './audit-entry.js';

/** What a client's `Idempotency-Key` stands for. */
export interface Idempotency {
  key: string;
  /** SHA-256 over method, URL and body: the same key must come with the same request. */
  fingerprint: Buffer<ArrayBuffer>;
}

/** Null when the request has no `Idempotency-Key`. Throws 400 for one that is malformed. */
export function toIdempotency(request: Request): Idempotency | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw invalidRequest('idempotency-key', 'Idempotency-Key must be 1 to 255 printable characters without spaces.');
  }
  const content = canonicalJson([request.method, request.originalUrl, request.body ?? null]);
  return { key, fingerprint: createHash('sha256').update(content).digest() };
}

/** 422 for a key that came with another request before. */
export function idempotencyKeyReused(): GatewayError {
  return new GatewayError('This Idempotency-Key was used for a different request.', {
    status: 422,
    type: 'invalid_request_error',
    code: 'idempotency_key_reused',
    param: 'idempotency-key',
  });
}
