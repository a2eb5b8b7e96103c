import { GatewayError, type GatewayErrorFields } from '../common/errors/gateway-error.js';

type ValidationFields = Pick<GatewayErrorFields, 'param'> & { code?: string; status?: 400 | 404 };

/**
 * Bedrock's ValidationException covers everything from an unknown model to a full context, told apart only by its
 * words. First match wins. Texts: recorded answers and public threads, as of November 2026.
 */
const KINDS: readonly [pattern: RegExp, fields: ValidationFields][] = [
  // "Too many tokens" is throttling in any other exception.
  [
    /input is too long|input tokens? exceed|exceeds? (?:the )?(?:model'?s? )?(?:maximum )?(?:context|input)|context (?:window|length)|prompt is too long|too many (?:input|total text|tokens)|prompt: length: 1\.\.|prompt tokens \(\d+\) exceed model maximum|expected maxLength: \d{4,}|maximum (?:number of )?(?:input )?tokens? (?:allowed|of the model)|total number of tokens/i,
    { param: 'messages', code: 'context_length_exceeded' },
  ],
  [
    /model identifier is invalid|model id(?:entifier)? .*(?:not found|does ?n[o']t exist)|model not found/i,
    { param: 'model', code: 'model_not_found', status: 404 },
  ],
  [
    /on-demand throughput|action doesn't support the model|doesn't support (?:the )?(?:converse|model that you)|unsupported model|inference profile/i,
    { param: 'model', code: 'model_not_supported' },
  ],
  [/maximum tokens|max_?tokens/i, { param: 'max_tokens' }],
  [/top_?p/i, { param: 'top_p' }],
  [/\btop_?k\b/i, { param: 'top_k' }],
  [/temperature/i, { param: 'temperature' }],
  [/stop_?sequences?/i, { param: 'stop' }],
  [/output_?config|json_?schema|textFormat/i, { param: 'response_format' }],
  [/tool_?choice/i, { param: 'tool_choice' }],
  [/thinking|reasoning|effort/i, { param: 'reasoning_effort' }],
  [/\btools?\.\d|toolConfig|toolSpec|tool use|strict tools|grammar/i, { param: 'tools' }],
  [/guardrail/i, { param: 'guardrailConfig' }],
  [/service[ _]?tier/i, { param: 'service_tier' }],
  [/latency/i, { param: 'performanceConfig' }],
  [
    /messages?[./]\d|conversation|content ?block|\b(?:image|document|video|audio)s?\b|prefill|pre-fill/i,
    { param: 'messages' },
  ],
  [/cache_?control|cache_?point|prompt caching|\bttl\b/i, { param: 'cache_control' }],
  [/request_?metadata/i, { param: 'requestMetadata' }],
  // What the gateway sends by itself is known to every model; the rest are the client's native fields.
  [/extra inputs are not permitted|extraneous key/i, { param: 'additionalModelRequestFields' }],
];

/** A ValidationException of Bedrock as the 400 or 404 that OpenAI would have sent. */
export function toValidationError(
  message: string,
  fields: Pick<GatewayErrorFields, 'headers' | 'cause'>,
): GatewayError {
  const known = KINDS.find(([pattern]) => pattern.test(message))?.[1];
  return new GatewayError(message, {
    status: known?.status ?? 400,
    type: 'invalid_request_error',
    code: known?.code ?? null,
    param: known?.param ?? null,
    ...fields,
  });
}
