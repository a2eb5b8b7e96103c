import { validationError } from '../errors/bedrock-error.js';
import { type Behaviour, behaviourSchema } from './behaviour.js';

const OPENING = '[[sandbox:';
const CLOSING = ']]';

/** A text, parted into a `[[sandbox: {…}]]` directive and the rest. */
export interface DirectedText {
  behaviour?: Behaviour;
  rest: string;
}

/** Throws a ValidationException that names the sandbox when a directive cannot be read. */
export function readDirective(text: string): DirectedText {
  const start = text.indexOf(OPENING);
  if (start < 0) return { rest: text };
  const bodyStart = start + OPENING.length;
  // A `]]` may also close two arrays inside the JSON, so each is tried until the JSON is whole.
  for (let end = text.indexOf(CLOSING, bodyStart); end >= 0; end = text.indexOf(CLOSING, end + 1)) {
    const value = parseJson(text.slice(bodyStart, end));
    if (value !== undefined) {
      return { behaviour: toBehaviour(value), rest: text.slice(0, start) + text.slice(end + CLOSING.length) };
    }
  }
  throw validationError('Sandbox: the directive [[sandbox: …]] does not hold valid JSON.');
}

function toBehaviour(value: unknown): Behaviour {
  const result = behaviourSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw validationError(`Sandbox: directive member "${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'invalid'}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
