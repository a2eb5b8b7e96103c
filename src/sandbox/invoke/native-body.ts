import type { z } from 'zod';
import { validationError } from '../errors/bedrock-error.js';

const TYPES: Readonly<Record<string, string>> = {
  string: 'String',
  number: 'Number',
  int: 'Integer',
  boolean: 'Boolean',
  array: 'JSONArray',
  object: 'JSONObject',
};

export function parseNative(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw validationError('Malformed input request, please reformat your input and try again.');
  }
}

/** Reads the native body of a model as its JSON schema does; throws what Bedrock says about the first flaw. */
export function readNative<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw malformed(issue ? describe(issue, body) : '#: invalid');
}

export function malformed(flaw: string): Error {
  return validationError(`Malformed input request: ${flaw}, please reformat your input and try again.`);
}

function describe(issue: z.core.$ZodIssue, body: unknown): string {
  const value = issue.path.reduce<unknown>(
    (at, part) => (at as Record<PropertyKey, unknown> | undefined)?.[part],
    body,
  );
  const place = ['#', ...issue.path.map(String)].join('/');
  if (value === undefined && issue.path.length > 0) {
    const holder = ['#', ...issue.path.slice(0, -1).map(String)].join('/');
    return `${holder}: required key [${String(issue.path.at(-1))}] not found`;
  }
  switch (issue.code) {
    case 'unrecognized_keys':
      return `${place}: extraneous key [${issue.keys[0] ?? ''}] is not permitted`;
    case 'invalid_type':
      return `${place}: expected type: ${TYPES[issue.expected] ?? issue.expected}, found: ${foundType(value)}`;
    case 'too_small':
      return sized(place, 'min', issue.origin, Number(issue.minimum), value);
    case 'too_big':
      return sized(place, 'max', issue.origin, Number(issue.maximum), value);
    case 'invalid_value':
    case 'invalid_union':
      return `${place}: ${JSON.stringify(value)} is not a valid enum value`;
    default:
      return `${place}: ${issue.message}`;
  }
}

function sized(place: string, bound: 'min' | 'max', origin: string, limit: number, value: unknown): string {
  if (origin === 'string') return `${place}: expected ${bound}Length: ${limit}, actual: ${String(value).length}`;
  if (origin === 'array') {
    const side = bound === 'min' ? 'minimum' : 'maximum';
    return `${place}: expected ${side} item count: ${limit}, found: ${(value as unknown[]).length}`;
  }
  return `${place}: ${String(value)} is not ${bound === 'min' ? 'greater' : 'less'} or equal to ${limit}`;
}

function foundType(value: unknown): string {
  if (value === null) return 'Null';
  return TYPES[Array.isArray(value) ? 'array' : typeof value] ?? typeof value;
}
