// Loaded before a gateway, it keeps the body of every request: what a proof of steady memory must find.
import { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

const kept = [];

IncomingMessage.prototype.push = function pushAndKeep(chunk, encoding) {
  if (chunk !== null) kept.push(Buffer.from(chunk));
  return Readable.prototype.push.call(this, chunk, encoding);
};
