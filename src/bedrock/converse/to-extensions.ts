import type { chatExtensions } from '../../openai/chat-extension.schema.js';
import type { ChatRequest } from '../../openai/chat-request.schema.js';
import { chatRequestSchema } from '../../openai/chat-request.schema.js';
import { present } from './present.js';
import { refuseReservedFields } from './reserved-fields.js';
import { wellFormedJson } from './well-formed.js';
import type { NativeFields } from './mapping.js';

type ExtensionName = keyof typeof chatExtensions;

/** The extensions of a request, wherever they stood. */
export type Extensions = Partial<{ [Name in ExtensionName]: NonNullable<ChatRequest[Name]> }> & {
  /** Native fields of the model, as the client wrote them. */
  nativeFields: NativeFields;
};

function extensionsOf(source: Pick<ChatRequest, ExtensionName>) {
  const { thinking, anthropic_beta, prompt_caching, guardrailConfig, performanceConfig, requestMetadata, top_k } =
    source;
  const { additionalModelResponseFieldPaths, promptVariables, output_config, serviceTier, topK, system } = source;
  return present({
    thinking,
    anthropic_beta,
    prompt_caching,
    guardrailConfig,
    performanceConfig,
    requestMetadata,
    top_k: top_k ?? topK,
    serviceTier,
    system,
    output_config,
    additionalModelResponseFieldPaths,
    promptVariables,
  });
}

/** Members of `extra_body` that are nobody's extension: the predecessor passed them to the model, so we do. */
function unknownFields(extraBody: NonNullable<ChatRequest['extra_body']>): NativeFields {
  return Object.fromEntries(Object.entries(extraBody).filter(([key]) => !(key in chatRequestSchema.shape)));
}

/**
 * Collects what a request holds beside OpenAI's fields. `extra_body` goes before the top level, and
 * `additionalModelRequestFields` before everything that is derived.
 * @throws GatewayError 400 for native fields that would get around the gateway
 */
export function toExtensions(request: ChatRequest): Extensions {
  const extraBody = request.extra_body ?? {};
  const nativeFields = {
    ...request.additionalModelRequestFields,
    ...unknownFields(extraBody),
    ...extraBody.additionalModelRequestFields,
  };
  refuseReservedFields(nativeFields);
  return {
    ...extensionsOf(request),
    ...extensionsOf(extraBody),
    nativeFields: wellFormedJson(nativeFields, 'additionalModelRequestFields') as NativeFields,
  };
}
