import type { ChatRequest } from '../../openai/chat-request.schema.js';
import type { PreparedConverse } from '../families/chat-family.js';

/** Answers that are remembered for each user of a model, and the fewest that say something. */
const RECENT = 200;
const ENOUGH = 20;
/** The longest of them may be exceeded by so much: an answer that is cut off doubles the next limit. */
const MARGIN = 2;
const LIMIT_MIN = 1_024;
const USERS_MAX = 10_000;

interface Recent {
  outputs: number[];
  next: number;
}

/**
 * Bedrock counts the output limit of a request against the quota of tokens per minute before it begins, and takes the
 * model's own limit where there is none: a multiple of what most answers need. A request for which neither client nor
 * tenant has named a limit gets one from what the same key has used of the same model.
 */
export class QuotaSteward {
  private readonly users = new Map<string, Recent>();

  constructor(private readonly isOn: boolean) {}

  /**
   * The request with a limit of twice the longest recent answer, where nobody has named one and enough is known.
   * `outputTokensMax` is the most that the model puts out: Bedrock refuses a limit above it, so without it there is none.
   */
  rightSize(
    prepared: PreparedConverse,
    request: ChatRequest,
    user: string,
    outputTokensMax: number | null,
  ): PreparedConverse {
    const limit = this.limitOf(user);
    const { inferenceConfig, additionalModelRequestFields } = prepared.input;
    const isNamed = (request.max_completion_tokens ?? request.max_tokens ?? null) !== null;
    // Native fields may hold a budget of thoughts, which must be below the limit.
    if (limit === undefined || isNamed || additionalModelRequestFields !== undefined) {
      return prepared;
    }
    const bound = inferenceConfig?.maxTokens ?? outputTokensMax;
    if (bound === null || limit >= bound) {
      return prepared;
    }
    const limited = { ...inferenceConfig, maxTokens: limit };
    return { ...prepared, input: { ...prepared.input, inferenceConfig: limited } };
  }

  /** Remembers an answer. */
  saw(user: string, outputTokens: number | null | undefined): void {
    if (!this.isOn || outputTokens == null) {
      return;
    }
    const recent = this.users.get(user) ?? { outputs: [], next: 0 };
    recent.outputs[recent.next] = outputTokens;
    recent.next = (recent.next + 1) % RECENT;
    this.users.delete(user);
    this.users.set(user, recent);
    const [oldest] = this.users.keys();
    if (oldest !== undefined && this.users.size > USERS_MAX) {
      this.users.delete(oldest);
    }
  }

  private limitOf(user: string): number | undefined {
    const outputs = this.isOn ? this.users.get(user)?.outputs : undefined;
    return outputs === undefined || outputs.length < ENOUGH
      ? undefined
      : Math.max(LIMIT_MIN, MARGIN * Math.max(...outputs));
  }
}
