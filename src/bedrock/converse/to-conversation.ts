import type { ContentBlock, Message, SystemContentBlock } from '@aws-sdk/client-bedrock-runtime';
import { invalidRequest } from '../../common/errors/gateway-error.js';
import type {
  AssistantMessage,
  ChatMessage,
  FunctionMessage,
  ToolMessage,
  UserMessage,
} from '../../openai/chat-message.schema.js';
import { append } from './append.js';
import { DocumentNames } from './document-names.js';
import type { Mapping } from './mapping.js';
import { answeredCall, toAssistantBlocks, toEarlierCalls, type EarlierCall } from './to-assistant-blocks.js';
import { closeWithCachePoint } from './to-cache-point.js';
import { requireS3Reader } from './s3-locations.js';
import { toContentBlocks } from './to-content-blocks.js';
import { toSystemBlocks } from './to-system-blocks.js';
import { isFailed, toToolResult } from './to-tool-result.js';
import type { Extensions } from './to-extensions.js';
import type { ToolNames } from './tool-names.js';
import { ToolPairing } from './tool-pairing.js';
import { Turns } from './turns.js';

export interface Conversation {
  system: SystemContentBlock[];
  messages: Message[];
  /** Native names of the tools that were called so far. */
  calledNames: string[];
}

/** Before a system message that stays in the conversation. */
const IN_PLACE_NOTE = 'From here to the end of this part speaks the system, not the user:';

/** Claude that thinks only adaptively, from Opus 4.7 on. */
function bindsSignatures({ model: { capabilities } }: Mapping): boolean {
  return capabilities.reasoning === 'anthropic-adaptive' && !capabilities.reasoningBudget;
}

/** Maps the messages of one request, in order. */
class ConversationMapper {
  private readonly system: SystemContentBlock[] = [];
  private readonly turns = new Turns();
  private readonly documents = new DocumentNames();
  private readonly pairing: ToolPairing;
  private readonly calledNames = new Set<string>();
  /** Whether the assistant has said something that is signed together with all that went before. */
  private hasSigned = false;
  /** What the assistant has called in its last turn, in one word each. */
  private turnCalls = new Set<string>();

  constructor(
    private readonly names: ToolNames,
    toolCallId: (id: string) => string,
    private readonly mapping: Mapping,
  ) {
    this.pairing = new ToolPairing(toolCallId);
  }

  add(message: ChatMessage, param: string): void {
    switch (message.role) {
      case 'system':
      case 'developer':
        this.addSystem(toSystemBlocks(message, this.mapping));
        break;
      case 'user': {
        this.addResults(message, param);
        const blocks = toContentBlocks(message.content, `${param}.content`, this.documents, this.mapping);
        requireS3Reader(blocks, `${param}.content`, this.mapping);
        closeWithCachePoint(blocks, message.cache_control ?? undefined, this.mapping);
        this.turns.add('user', blocks);
        break;
      }
      case 'assistant':
        this.addAssistant(message, param);
        break;
      default:
        this.addResult(message, param);
    }
  }

  /**
   * The head of the conversation, wherever it stands. But signatures of newer Claude models hold for a system prompt, and
   * one that grows makes them invalid: there, what comes after them stays in its place.
   */
  private addSystem(blocks: readonly SystemContentBlock[]): void {
    if (!this.hasSigned || blocks.length === 0) {
      append(this.system, blocks);
      return;
    }
    this.turns.add('user', [{ text: IN_PLACE_NOTE }, ...(blocks as ContentBlock[])]);
  }

  /** @throws GatewayError 400 when there is nothing to answer, or a call has no result */
  finish(): Conversation {
    this.pairing.requireAnswers();
    const messages = this.turns.toMessages(this.mapping.model.capabilities);
    if (messages.length === 0) {
      throw invalidRequest('messages', "Invalid 'messages': there must be a message to answer beside system messages.");
    }
    return { system: this.system, messages, calledNames: [...this.calledNames] };
  }

  /** Models without tools, or without their results, read earlier calls and results as text. */
  private get asText(): boolean {
    const { tools, toolResults } = this.mapping.model.capabilities;
    return tools === false || !toolResults;
  }

  private addAssistant(message: AssistantMessage, param: string): void {
    const goesOn = this.turns.lastRole === 'assistant';
    if (!goesOn && this.turnCalls.size > 0) this.turnCalls = new Set();
    const calls = this.withoutRepeated(toEarlierCalls(message, param));
    const ids = goesOn ? this.pairing.add(calls) : this.pairing.begin(calls);
    const callBlocks: ContentBlock[] = [];
    for (const [index, call] of calls.entries()) {
      callBlocks.push(this.toCallBlock(call, ids[index] ?? call.id));
      closeWithCachePoint(callBlocks, call.cacheControl, this.mapping);
    }
    const blocks = toAssistantBlocks(message, callBlocks, param, this.documents, this.mapping);
    this.hasSigned ||= bindsSignatures(this.mapping) && blocks.some((block) => block.reasoningContent !== undefined);
    this.turns.add('assistant', blocks);
  }

  /** Without what the turn has called before in the same words: histories that were merged. */
  private withoutRepeated(calls: readonly EarlierCall[]): EarlierCall[] {
    return calls.filter(({ id, name, input }) => {
      const count = this.turnCalls.size;
      return this.turnCalls.add(JSON.stringify([id, name, input])).size > count;
    });
  }

  private toCallBlock({ name, input }: EarlierCall, toolUseId: string): ContentBlock {
    if (this.asText) {
      return { text: `[Called the tool ${name} with ${JSON.stringify(input)}]` };
    }
    const native = this.names.toNative(name);
    this.calledNames.add(native);
    return { toolUse: { toolUseId, name: native, input: input as never } };
  }

  /** The tool results among the parts of a user message. */
  private addResults({ content }: UserMessage, param: string): void {
    for (const [index, part] of (Array.isArray(content) ? content : []).entries()) {
      if (part.type === 'tool_result') {
        const field = `${param}.content[${index}]`;
        const { tool_use_id: id, content: output, is_error, cache_control } = part;
        const message = { role: 'tool', tool_call_id: id, content: output, is_error, cache_control } as const;
        this.addResult(message, field, { id, param: `${field}.tool_use_id` });
      }
    }
  }

  private addResult(
    message: ToolMessage | FunctionMessage,
    param: string,
    answered = answeredCall(message, param),
  ): void {
    const toolUseId = this.pairing.answer(answered);
    if (toolUseId === undefined) {
      this.mapping.adapt(answered.param);
      return;
    }
    const { content, siblings, cachePoints } = toToolResult(message, param, this.documents, this.mapping);
    if (this.asText) {
      const text = content.map((block) => block.text ?? '').join('\n');
      this.turns.add('user', [{ text: `[Result of the tool: ${text}]` }, ...siblings]);
      return;
    }
    const takesStatus = this.mapping.model.capabilities.toolResultStatus;
    const status = isFailed(message) && takesStatus ? { status: 'error' as const } : {};
    this.turns.addResult([{ toolResult: { toolUseId, content, ...status } }, ...cachePoints]);
    this.turns.add('user', siblings);
  }
}

/**
 * The messages of a request in Converse's words.
 * @throws GatewayError 400 naming the message at fault
 */
export function toConversation(
  { system, messages }: Pick<Extensions, 'system'> & { messages: readonly ChatMessage[] },
  names: ToolNames,
  toolCallId: (id: string) => string,
  mapping: Mapping,
): Conversation {
  const mapper = new ConversationMapper(names, toolCallId, mapping);
  if (system !== undefined) mapper.add({ role: 'system', content: system }, 'system');
  for (const [index, message] of messages.entries()) {
    mapper.add(message, `messages[${index}]`);
  }
  return mapper.finish();
}

/** Whether the conversation stops in the middle of a turn of tool calls that does not begin with its reasoning. */
export function continuesToolTurnWithoutReasoning(messages: readonly Message[]): boolean {
  const [calling, last] = messages.slice(-2);
  const isAnswered = last?.content?.some((block) => block.toolResult !== undefined) ?? false;
  return isAnswered && calling?.content?.[0]?.reasoningContent === undefined;
}
