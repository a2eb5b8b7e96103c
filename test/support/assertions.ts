import { isDeepStrictEqual } from 'node:util';
import type { ChatCompletionChunk } from '../../src/openai/chat-completion.js';

/** One expectation of `cases/translation.jsonl`; which members there are depends on `op`. */
export interface Assertion {
  op: string;
  path?: string;
  paths?: string[];
  value?: unknown;
  regex?: string;
  find?: string;
  field?: string;
  of?: Assertion[][];
}

/** What came out of the gateway for one case. */
export interface Observation {
  /** What pointers go into, and what `contains` searches in its compact JSON. */
  body: unknown;
  status?: number;
  headers?: Record<string, string>;
  /** The chunks of a stream, in order. */
  chunks?: ChatCompletionChunk[];
  /** The `data:` frames of a stream as they were sent. */
  frames?: string[];
  /** The ledger's figures by their column names. */
  meter?: Record<string, unknown>;
  elapsedMs?: number;
  firstFrameMs?: number;
}

type Check = (assertion: Assertion, seen: Observation) => boolean;

/** RFC 6901; undefined when there is nothing at the pointer. */
export function at(body: unknown, pointer = ''): unknown {
  let value = body;
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) {
      return undefined;
    }
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** Compact JSON as it would go over the wire: bytes are base64. */
export function compactJson(body: unknown): string {
  // A Buffer turns itself into a list of numbers before the replacer is asked, so the holder is asked for the bytes.
  return JSON.stringify(body, function (this: Record<string, unknown>, key: string, value: unknown) {
    const held = this[key];
    return held instanceof Uint8Array ? Buffer.from(held).toString('base64') : value;
  });
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(compactJson(value));
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function members(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function everyValue(value: unknown, visit: (value: unknown, key: string) => void, key = ''): void {
  visit(value, key);
  if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) {
    for (const [childKey, child] of Object.entries(value)) {
      everyValue(child, visit, childKey);
    }
  }
}

function countKey(body: unknown, find: string): number {
  let count = 0;
  everyValue(body, (_value, key) => {
    count += key === find ? 1 : 0;
  });
  return count;
}

function hasBlankText(body: unknown): boolean {
  let blank = false;
  everyValue(body, (value, key) => {
    blank ||= key === 'text' && typeof value === 'string' && value.trim() === '';
  });
  return blank;
}

function parse(value: unknown): unknown {
  try {
    return typeof value === 'string' ? JSON.parse(value) : value;
  } catch {
    return undefined;
  }
}

function rolesOf(value: unknown): unknown[] {
  return list(value).map((message) => members(message)['role']);
}

function errorOf(seen: Observation): Record<string, unknown> {
  const frame = members(parse(seen.frames?.at(-1)));
  return members(frame['error'] ?? members(seen.body)['error']);
}

function isServerClass(seen: Observation): boolean {
  const type = String(errorOf(seen)['type']);
  return (seen.status ?? 500) >= 500 || /server|unavailable|overloaded/.test(type);
}

function hasNothingAfterFinish(seen: Observation): boolean {
  const chunks = seen.chunks ?? [];
  const finish = chunks.findIndex((chunk) => chunk.choices.some((choice) => choice.finish_reason !== null));
  return finish >= 0 && chunks.slice(finish + 1).every((chunk) => chunk.choices.length === 0);
}

const CHECKS: Record<string, Check> = {
  eq: ({ path, value }, { body }) => isDeepStrictEqual(plain(at(body, path)), value),
  absent: ({ path }, { body }) => at(body, path) === undefined,
  present: ({ path }, { body }) => at(body, path) !== undefined,
  len: ({ path, value }, { body }) => list(at(body, path)).length === value,
  match: ({ path, regex }, { body }) => new RegExp(regex ?? '(?!)', 's').test(String(at(body, path))),
  json_eq: ({ path, value }, { body }) => isDeepStrictEqual(parse(at(body, path)), value),
  in: ({ path, value }, { body }) => list(value).some((one) => isDeepStrictEqual(plain(at(body, path)), one)),
  gt: ({ path, value }, { body }) => Number(at(body, path)) > Number(value),
  lt: ({ path, value }, { body }) => Number(at(body, path)) < Number(value),
  type: ({ path, value }, { body }) => typeof at(body, path) === value,
  contains: ({ value }, { body }) => compactJson(body).includes(String(value)),
  not_contains: ({ value }, { body }) => !compactJson(body).includes(String(value)),
  block_kinds: ({ path, value }, { body }) =>
    isDeepStrictEqual(
      list(at(body, path)).map((block) => Object.keys(members(block))[0]),
      value,
    ),
  roles: ({ path, value }, { body }) => isDeepStrictEqual(rolesOf(at(body, path)), value),
  alternating_roles: (_assertion, { body }) => {
    const roles = rolesOf(at(body, '/messages'));
    return roles.length > 0 && roles.every((role, index) => role === (index % 2 === 0 ? 'user' : 'assistant'));
  },
  no_blank_text: (_assertion, { body }) => !hasBlankText(body),
  count: ({ find = '', value }, { body }) => countKey(body, find) === value,
  distinct: ({ path }, { body }) => {
    const values = list(at(body, path)).map(compactJson);
    return new Set(values).size === values.length;
  },
  bytes_b64: ({ path, value }, { body }) => plain(at(body, path)) === value,
  tool_named: ({ value }, { body }) =>
    list(at(body, '/toolConfig/tools')).some((tool) => at(tool, '/toolSpec/name') === value),
  any_of: ({ of = [] }, seen) => of.some((all) => failuresOf(all, seen).length === 0),
  http_status: ({ value }, { status }) => status === value,
  header_present: (_assertion, { headers = {} }) => Object.keys(headers).some((name) => /aws-request-id/i.test(name)),
  meter: ({ field = '', value }, { meter = {} }) => meter[field] === value,
  every_chunk: ({ path, value }, { chunks = [] }) =>
    chunks.every((chunk) => chunk.choices.length === 0 || isDeepStrictEqual(at(chunk, path), value)),
  same_in_every_chunk: ({ paths = [] }, { chunks = [] }) =>
    paths.every((path) => new Set(chunks.map((chunk) => at(chunk, path))).size === 1),
  tool_call_indexes: ({ value }, { chunks = [] }) => {
    const deltas = chunks.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []);
    return isDeepStrictEqual([...new Set(deltas.map((delta) => delta.index))], value);
  },
  tool_name_once: (_assertion, { chunks = [] }) => {
    const deltas = chunks.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []);
    const named = deltas.filter((delta) => delta.function.name !== undefined);
    return named.length === new Set(deltas.map((delta) => delta.index)).size;
  },
  no_delta_after_finish: (_assertion, seen) => hasNothingAfterFinish(seen),
  last_frame: ({ value }, { frames = [] }) => frames.at(-1) === value,
  usage_chunk_choices: ({ value }, { chunks = [] }) => isDeepStrictEqual(chunks.at(-1)?.choices, value),
  sse_error: (_assertion, { frames = [] }) => members(parse(frames.at(-1)))['error'] !== undefined,
  not_finish: ({ value }, { chunks = [] }) =>
    chunks.every((chunk) => chunk.choices.every((choice) => choice.finish_reason !== value)),
  error_class: ({ value }, seen) => value === 'server' && isServerClass(seen),
  completes_within_ms: ({ value }, { elapsedMs }) => elapsedMs !== undefined && elapsedMs <= Number(value),
  first_sse_within_ms_of_event: ({ value }, { firstFrameMs }) =>
    firstFrameMs !== undefined && firstFrameMs <= Number(value),
  // Guarded text may stand plain only where the whole message is evaluated, that is without any guardContent.
  text_not_plain: ({ value }, { body }) => {
    let isPlain = false;
    everyValue(body, (block) => {
      isPlain ||= members(block)['text'] === value && !('qualifiers' in members(block));
    });
    return !isPlain || countKey(body, 'guardContent') === 0;
  },
};

/** The expectations that do not hold, each as one line; an unknown operation is a failure, never skipped. */
export function failuresOf(assertions: readonly Assertion[], seen: Observation): string[] {
  return assertions
    .filter((assertion) => !(CHECKS[assertion.op]?.(assertion, seen) ?? false))
    .map((assertion) => {
      const found = assertion.path === undefined ? '' : `, found ${compactJson(at(seen.body, assertion.path))}`;
      return `${JSON.stringify(assertion)}${found}`;
    });
}
