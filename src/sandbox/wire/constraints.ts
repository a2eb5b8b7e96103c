import type { z } from 'zod';
import { BedrockError, validationError } from '../errors/bedrock-error.js';

const JSON_TOKENS: Readonly<Record<string, string>> = {
  string: 'STRING_VALUE',
  number: 'NUMBER_VALUE',
  boolean: 'TRUE_VALUE',
  array: 'START_ARRAY',
  object: 'START_OBJECT',
};
const WIRE_TYPES: Readonly<Record<string, string>> = {
  string: 'String',
  number: 'Float',
  int: 'Integer',
  boolean: 'Boolean',
  array: 'List',
  object: 'Structure',
  record: 'Map',
};

type Issue = z.core.$ZodIssue;

/** Reads a body as the service does: a wrong JSON type first, then every broken bound in one message. */
export function readBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const wrongType = result.error.issues.find((issue) => isWrongType(issue, body));
  if (wrongType) throw serializationError(wrongType, body);
  const details = result.error.issues.map((issue) => describe(issue, body)).filter((text) => text !== undefined);
  throw constraintErrors(details);
}

/** The message for broken bounds, each given as `Value … at '…' failed to satisfy constraint: …`. */
export function constraintErrors(details: readonly string[]): BedrockError {
  const heading = details.length === 1 ? '1 validation error' : `${details.length} validation errors`;
  return validationError(`${heading} detected: ${details.join('; ')}`);
}

/** `messages.1.member.content`: the service counts list members from 1. */
function memberPath(path: readonly PropertyKey[]): string {
  return path.map((part) => (typeof part === 'number' ? `${part + 1}.member` : String(part))).join('.');
}

function isWrongType(issue: Issue, body: unknown): boolean {
  return issue.code === 'invalid_type' && valueAt(body, issue.path) !== undefined;
}

function serializationError(issue: Issue, body: unknown): BedrockError {
  const value = valueAt(body, issue.path);
  const expected = issue.code === 'invalid_type' ? issue.expected : 'string';
  const token = JSON_TOKENS[Array.isArray(value) ? 'array' : typeof value] ?? 'VALUE';
  return new BedrockError(
    'SerializationException',
    `${token} can not be converted to a ${WIRE_TYPES[expected] ?? expected}`,
  );
}

function describe(issue: Issue, body: unknown): string | undefined {
  const rule = constraint(issue);
  return rule && `Value${shown(issue, body)} at '${memberPath(issue.path)}' failed to satisfy constraint: ${rule}`;
}

function constraint(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return 'Member must not be null';
    case 'invalid_value':
      return `Member must satisfy enum value set: [${issue.values.join(', ')}]`;
    case 'invalid_format':
      return `Member must satisfy regular expression pattern: ${barePattern(issue.pattern)}`;
    case 'too_small':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `Member must have value greater than or equal to ${issue.minimum}`
        : `Member must have length greater than or equal to ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `Member must have value less than or equal to ${issue.maximum}`
        : `Member must have length less than or equal to ${issue.maximum}`;
    default:
      return undefined;
  }
}

/** What stands in messages is held back from the error text, as the service does. */
function shown(issue: Issue, body: unknown): string {
  const value = valueAt(body, issue.path);
  const isPrivate = issue.path[0] === 'messages' || issue.path[0] === 'system';
  const isShort = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return isPrivate || !isShort ? '' : ` '${value}'`;
}

function barePattern(pattern: string | undefined): string {
  return (pattern ?? '').replace(/^\/\^?|\$?\/[a-z]*$/g, '');
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      value === null || value === undefined ? undefined : (value as Record<PropertyKey, unknown>)[part],
    body,
  );
}
