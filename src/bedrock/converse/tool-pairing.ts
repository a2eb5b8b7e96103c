import { createHash } from 'node:crypto';
import { invalidRequest } from '../../common/errors/gateway-error.js';
import { append } from './append.js';

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
  private readonly used = new Set<string>();
  private pending: PendingCall[] = [];

  /** `toNativeId` is the family's spelling of an id. */
  constructor(private readonly toNativeId: (id: string) => string) {}

  /**
   * Ids of a turn's calls, in order.
   * @throws GatewayError 400 when a call of the turn before has no result
   */
  begin(calls: readonly CallName[]): string[] {
    this.requireAnswers();
    this.pending = [];
    return this.add(calls);
  }

  /** Ids of more calls of the same turn, in order. */
  add(calls: readonly CallName[]): string[] {
    const added = calls.map(({ id, param }) => ({ id, param, toolUseId: this.unique(id), isAnswered: false }));
    append(this.pending, added);
    return added.map((call) => call.toolUseId);
  }

  /**
   * The id of the call that a result belongs to; undefined for a second result of the same call, which Bedrock refuses.
   * @throws GatewayError 400 when the turn before has no such call
   */
  answer({ id, param }: CallName): string | undefined {
    const calls = this.pending.filter((call) => call.id === id);
    if (calls.length === 0) {
      throw invalidRequest(param, `Invalid '${param}': it answers no tool call of the assistant message before it.`);
    }
    const call = calls.find((candidate) => !candidate.isAnswered);
    if (call !== undefined) {
      call.isAnswered = true;
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
    let toolUseId = native;
    for (let count = 2; this.used.has(toolUseId); count += 1) {
      toolUseId = this.toNativeId(toPattern(`${native}#${count}`));
    }
    this.used.add(toolUseId);
    return toolUseId;
  }
}

function toPattern(id: string): string {
  return `call_${createHash('sha256').update(id).digest('hex').slice(0, 24)}`;
}
