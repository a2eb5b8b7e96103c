import { Injectable } from '@nestjs/common';
import type { KeyPrincipal } from '../auth/principal.js';
import { newCompletionId } from '../bedrock/converse/answer-context.js';
import type { PrepareContext } from '../bedrock/converse/mapping.js';
import { ConverseUpstream, type ChatCall } from '../bedrock/converse-upstream.js';
import type { MeteredCall } from '../billing/metering/metered-call.js';
import { betweenTurns } from '../common/http/between-turns.js';
import { AppConfig } from '../config/app-config.js';
import type { ModelRoute } from '../models/model-route.js';
import { ModelRouter } from '../models/model-router.js';
import type { ChatCompletion, ChatCompletionChunk } from '../openai/chat-completion.js';
import type { ChatRequest } from '../openai/chat-request.schema.js';
import { outputTokenLimit, s3LocationLists } from '../tenants/access-rules.js';
import { allOrFirstFailure, mergeCompletions, mergeStreams } from './choices.js';
import { RequestMedia } from './request-media.js';

export interface ChatCaller extends MeteredCall {
  /** Told of the fields that a model did not take as they were sent, before the first byte of the answer. */
  onAdapted?(fields: readonly string[]): void;
}

/** Chat completions: resolves the model, checks what the key may do, and asks Bedrock once per choice. */
@Injectable()
export class ChatService {
  constructor(
    private readonly router: ModelRouter,
    private readonly media: RequestMedia,
    private readonly upstream: ConverseUpstream,
    private readonly config: AppConfig,
  ) {}

  /** The answer, or its stream, of which nothing is asked of Bedrock until it is read. */
  async create(
    caller: ChatCaller,
    request: ChatRequest,
  ): Promise<ChatCompletion | AsyncIterableIterator<ChatCompletionChunk>> {
    await betweenTurns(caller.client.bodyBytes);
    const route = await this.router.route(caller.principal, request.model);
    const limited = withGuardrail(caller.principal, withOutputLimit(caller.principal, request));
    const calls = await this.toCalls(caller, limited, route);
    await betweenTurns(caller.client.bodyBytes);
    if (request.stream) {
      const streams = calls.map((call) => this.upstream.stream(limited, route, call));
      return streams.length === 1 && streams[0] !== undefined ? streams[0] : mergeStreams(streams);
    }
    const [first, ...others] = await allOrFirstFailure(
      calls.map((call) => this.upstream.complete(limited, route, call)),
    );
    if (first === undefined) {
      throw new RangeError('A chat request has at least one choice.');
    }
    return others.length === 0 ? first : mergeCompletions([first, ...others]);
  }

  private async toCalls(caller: ChatCaller, request: ChatRequest, route: ModelRoute): Promise<ChatCall[]> {
    const { principal, meter, client, requestId } = caller;
    const tenantDefault = outputTokenLimit(principal, null);
    const prepare: PrepareContext = {
      media: await this.media.fetch(request, client),
      requestMetadata: { tenant_id: principal.tenantId, key_id: principal.keyId, request_id: requestId },
      promptCaching: this.config.enablePromptCaching,
      defaultMaxTokens: tenantDefault ?? this.config.defaultMaxTokens,
      isDefaultOfTenant: tenantDefault !== null,
      s3Locations: s3LocationLists(principal, this.config.s3Locations),
      isOutputLimited: principal.policy.maxOutputTokens !== null,
      onAdapted: (fields) => caller.onAdapted?.(fields),
    };
    const answer = {
      id: newCompletionId(),
      created: Math.floor(Date.now() / 1000),
      model: route.name,
    };
    return Array.from({ length: request.n ?? 1 }, (_, choiceIndex) => ({
      meter,
      client,
      prepare,
      answer: { ...answer, choiceIndex },
    }));
  }
}

/** The tenant's limit on output tokens, applied to what the request asks for. Where it asks for none, the default holds. */
function withOutputLimit(principal: KeyPrincipal, request: ChatRequest): ChatRequest {
  const asked = request.max_completion_tokens ?? request.max_tokens ?? null;
  const limit = asked === null ? null : outputTokenLimit(principal, asked);
  return limit === asked ? request : { ...request, max_completion_tokens: limit };
}

/** The tenant's guardrail goes before any that the request names: a client must not choose a laxer one. */
function withGuardrail({ policy }: KeyPrincipal, request: ChatRequest): ChatRequest {
  if (policy.guardrail === null) {
    return request;
  }
  const { guardrailConfig: _chosen, ...extraBody } = request.extra_body ?? {};
  return {
    ...request,
    messages: request.messages.map(withoutGuardedText),
    guardrailConfig: { guardrailIdentifier: policy.guardrail.id, guardrailVersion: policy.guardrail.version },
    extra_body: extraBody,
  };
}

type Message = ChatRequest['messages'][number];

/** A guarded part limits what a guardrail looks at to itself, which is for the tenant's guardrail to decide. */
function withoutGuardedText(message: Message): Message {
  if (!Array.isArray(message.content)) {
    return message;
  }
  const content = message.content.map((part) => (part.type === 'guarded_text' ? { ...part, type: 'text' } : part));
  return { ...message, content } as Message;
}
