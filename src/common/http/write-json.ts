import type { ServerResponse } from 'node:http';

/** Ends an answer with a value as JSON. A string, so that headers and body are one write. */
export function writeJson(response: ServerResponse, value: unknown): void {
  const text = JSON.stringify(value);
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.setHeader('content-length', Buffer.byteLength(text));
  response.end(text);
}
