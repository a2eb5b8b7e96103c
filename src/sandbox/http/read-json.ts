import { BedrockError } from '../errors/bedrock-error.js';

/** Members whose value is a document of the caller's own: `null` means something there. */
const DOCUMENTS = new Set(['json', 'input', 'additionalModelRequestFields']);

/** A body as the service reads it: a member that is null counts as absent. */
export function readJson(body: Buffer): unknown {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    throw new BedrockError('SerializationException', 'The request body is not valid JSON.');
  }
  return withoutNulls(value);
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => [name, DOCUMENTS.has(name) ? member : withoutNulls(member)]),
  );
}
