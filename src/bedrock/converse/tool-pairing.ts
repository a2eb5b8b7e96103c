import { createHash } from 'node:crypto';
import { invalidRequest } from '../../common/errors/gateway-error.js';
import { append } from './append.js';
import { UnusedNames } from './unused-names.js';

/** Converse's pattern for `toolUseId`. */
const TOOL_USE_ID = /^[a-zA-Z0-9_.:-]{1,64}$/;

/** A call as the client names it, and where that stands. */
interface CallName {
  id: string;
  param: string;
}

interface PendingCall extends CallName {
  toolUseId: string;
  isAnswered: boolean;
}

/**
 * Pairs tool calls with their results. Bedrock wants every call of a turn answered once, in the message after it, under
 * ids that are unique in the conversation; clients send ids of other providers, repeat them, or lose a result.
 */
export class ToolPairing {
  private readonly names = new UnusedNames();
  /** Calls of the last turn, in order. */
  private pending: PendingCall[] = [];
  /** The same by the client's id, and how many of each have their result: the first ones. */
  private pendingById = new Map<string, { calls: PendingCall[]; answered: number }>();

  /** `toNativeId` is the family's spelling of an id. */
  constructor(private readonly toNativeId: (id: string) => string) {}

  /**
   * Ids of a turn's calls, in order.
   * @throws GatewayError 400 when a call of the turn before has no result
   */
  begin(calls: readonly CallName[]): string[] {
    if (this.pending.length > 0) {
      this.requireAnswers();
      this.pending = [];
      this.pendingById.clear();
    }
    return this.add(calls);
  }

  /** Ids of more calls of the same turn, in order. */
  add(calls: readonly CallName[]): string[] {
    const added = calls.map(({ id, param }) => ({ id, param, toolUseId: this.unique(id), isAnswered: false }));
    append(this.pending, added);
    for (const call of added) {
      const same = this.pendingById.get(call.id);
      if (same === undefined) this.pendingById.set(call.id, { calls: [call], answered: 0 });
      else same.calls.push(call);
    }
    return added.map((call) => call.toolUseId);
  }

  /**
   * The id of the call that a result belongs to; undefined for a second result of the same call, which Bedrock refuses.
   * @throws GatewayError 400 when the turn before has no such call
   */
  answer({ id, param }: CallName): string | undefined {
    const same = this.pendingById.get(id);
    if (same === undefined) {
      throw invalidRequest(param, `Invalid '${param}': it answers no tool call of the assistant message before it.`);
    }
    const call = same.calls[same.answered];
    if (call !== undefined) {
      call.isAnswered = true;
      same.answered += 1;
    }
    return call?.toolUseId;
  }

  /** @throws GatewayError 400 when a call of the last turn has no result */
  requireAnswers(): void {
    const param = this.pending.find((call) => !call.isAnswered)?.param;
    if (param !== undefined) {
      throw invalidRequest(
        param,
        `Invalid '${param}': an assistant message with tool calls must be followed by a tool message for each of them.`,
      );
    }
  }

  private unique(clientId: string): string {
    const native = this.toNativeId(TOOL_USE_ID.test(clientId) ? clientId : toPattern(clientId));
    return this.names.take(native, (count) => this.toNativeId(toPattern(`${native}#${count}`)));
  }
}

function toPattern(id: string): string {
  return `call_${createHash('sha256').update(id).digest('hex').slice(0, 24)}`;
}
