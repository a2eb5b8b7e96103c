import { GatewayError, invalidRequest } from '../common/errors/gateway-error.js';

/** The parts of an issue that are read here; Zod's issues hold them, those of other standard schemas may not. */
interface ValidationIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly code?: string;
  readonly expected?: string;
  readonly origin?: string;
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly values?: readonly unknown[];
  readonly options?: readonly unknown[];
  /** Names that a strict object does not know. */
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly ValidationIssue[])[];
}

type Segment = string | number;

interface Fault {
  path: Segment[];
  issue: ValidationIssue;
}

interface Explanation {
  text: string;
  code: string | null;
}

/** Zod reports integers and decimals out of bounds alike. */
const INTEGER_FIELD = /\b(n|best_of|dimensions|logprobs|max_tokens_per_doc|top_k|topK|top_logprobs|top_n|\w*_tokens)'$/;

/** Responses API bodies reach this endpoint from clients with the wrong base path. */
const MISSING_HINTS: Readonly<Record<string, string>> = {
  messages: " A body with 'input' belongs to the Responses API.",
};

/**
 * The 400 for the first broken field of a request. Names the field as OpenAI does, `messages[0].content`, and says
 * what is expected there, never what was sent: that may be a prompt.
 */
export function toInvalidRequest(issues: readonly ValidationIssue[]): GatewayError {
  const [first] = issues;
  if (first === undefined) {
    return invalidRequest(null, 'The request body is not valid.');
  }
  const { path, issue } = deepest(first, []);
  const param = toParam(path);
  const { text, code } = explain(issue, param);
  return invalidRequest(param, text, code);
}

/** Where a union failed, the branch that got furthest is the one that was meant. */
function deepest(issue: ValidationIssue, prefix: readonly Segment[]): Fault {
  const path = [...prefix, ...(issue.path ?? []).map(toSegment), ...(issue.keys ?? []).slice(0, 1)];
  const branches = (issue.errors ?? []).flatMap((errors) => (errors[0] === undefined ? [] : [errors[0]]));
  const faults = branches.map((branch) => deepest(branch, path)).sort((a, b) => b.path.length - a.path.length);
  const [best] = faults;
  return best === undefined || best.path.length === path.length ? { path, issue: withBranches(issue, branches) } : best;
}

/** All branches failed at the same place: whatever any of them takes would have done. */
function withBranches(issue: ValidationIssue, branches: readonly ValidationIssue[]): ValidationIssue {
  if (branches.length === 0) {
    return issue;
  }
  const [rightType, ...others] = branches.filter((branch) => branch.code !== 'invalid_type');
  if (rightType !== undefined && others.length === 0 && rightType.code !== 'invalid_value') {
    return rightType;
  }
  const missing = branches.every(isMissing);
  const expected = branches.map((branch) => branch.expected ?? branch.values?.map(quoted).join(' or ')).filter(Boolean);
  if (expected.length === 0) return { message: issue.message, code: 'custom' };
  return {
    message: missing ? 'received undefined' : issue.message,
    code: 'invalid_type',
    expected: [...new Set(expected)].join(' or '),
  };
}

function isMissing(issue: ValidationIssue): boolean {
  return issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
}

function toSegment(part: PropertyKey | { readonly key: PropertyKey }): Segment {
  const key = typeof part === 'object' ? part.key : part;
  return typeof key === 'symbol' ? key.toString() : key;
}

/** Names that a client chose, such as metadata keys, may be long or hold anything; they are cut. */
function toParam(path: readonly Segment[]): string | null {
  const param = path.reduce<string>(
    (text, segment) =>
      typeof segment === 'number' ? `${text}[${segment}]` : `${text}${text && '.'}${segment.slice(0, 64)}`,
    '',
  );
  return param === '' ? null : param;
}

function explain(issue: ValidationIssue, param: string | null): Explanation {
  const name = param === null ? 'the request body' : `'${param}'`;
  switch (issue.code) {
    case 'invalid_type':
      return isMissing(issue) && param !== null
        ? {
            text: `Missing required parameter: ${name}.${MISSING_HINTS[param] ?? ''}`,
            code: 'missing_required_parameter',
          }
        : { text: `Invalid type for ${name}: expected ${expectation(issue)}.`, code: 'invalid_type' };
    case 'unrecognized_keys':
      return { text: `Unknown parameter: ${name}.`, code: 'unknown_parameter' };
    case 'invalid_value':
      return { text: `Invalid value for ${name}: expected ${oneOf(issue.values)}.`, code: 'invalid_value' };
    case 'invalid_union':
      return { text: `Invalid value for ${name}: expected ${oneOf(issue.options)}.`, code: 'invalid_value' };
    case 'too_small':
    case 'too_big':
      return bound(issue, name);
    case 'invalid_format':
      return {
        text: `Invalid value for ${name}: it ${ownWords(issue) ?? 'holds characters that are not allowed'}.`,
        code: 'invalid_value',
      };
    case 'custom':
      return { text: `Invalid value for ${name}: it ${issue.message}.`, code: 'invalid_value' };
    default:
      return { text: `Invalid value for ${name}.`, code: 'invalid_value' };
  }
}

/** What a schema itself says of its pattern. Zod's own message for it begins otherwise, and holds nothing but the pattern. */
function ownWords({ message }: ValidationIssue): string | undefined {
  return message.startsWith('Invalid ') ? undefined : message;
}

function expectation({ expected }: ValidationIssue): string {
  const words = expected === 'int' ? 'integer' : expected === 'record' ? 'object' : (expected ?? 'another type');
  return /^[aeiou]/.test(words) ? `an ${words}` : `a ${words}`;
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}

function oneOf(values: readonly unknown[] = []): string {
  const words = values.map(quoted);
  return words.length > 1 ? `one of ${words.join(', ')}` : (words[0] ?? 'another value');
}

/** OpenAI's codes of this kind are `integer_below_min_value`, `decimal_above_max_value`, `array_above_max_length`… */
function bound(issue: ValidationIssue, name: string): Explanation {
  const below = issue.code === 'too_small';
  const limit = Number(below ? issue.minimum : issue.maximum);
  if (issue.origin === 'string' || issue.origin === 'array') {
    const what = issue.origin === 'string' ? 'characters' : 'items';
    const text = `Invalid ${name}: it must have ${below ? 'at least' : 'at most'} ${limit} ${what}.`;
    const code = below && limit === 1 ? `empty_${issue.origin}` : `${issue.origin}_${side(below, 'length')}`;
    return { text, code };
  }
  const kind = INTEGER_FIELD.test(name) ? 'integer' : 'decimal';
  const text = `Invalid ${name}: it must be ${below ? 'at least' : 'at most'} ${limit}.`;
  return { text, code: `${kind}_${side(below, 'value')}` };
}

function side(below: boolean, what: 'length' | 'value'): string {
  return below ? `below_min_${what}` : `above_max_${what}`;
}
