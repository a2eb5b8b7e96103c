import { z } from 'zod';

/** The token counts that both sides know. Null where a side has none. */
export interface TokenCounts {
  input: number | null;
  output: number | null;
  cacheRead: number | null;
  cacheWrite: number | null;
}

/** One call, as Bedrock's model invocation log has it. */
export interface InvocationRecord {
  awsRequestId: string;
  at: Date;
  /** The id that was invoked, without the ARN around it. */
  model: string;
  tokens: TokenCounts;
  /** Bedrock refused it and bills nothing. */
  failed: boolean;
  /** From the metadata that the gateway sends along; null for a call that somebody else has made. */
  caller: { tenantId: string; requestId: string } | null;
}

const count = z.number().int().min(0).optional();

/** https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html */
const schema = z.object({
  schemaType: z.literal('ModelInvocationLog'),
  timestamp: z.string().transform((text) => new Date(text)),
  requestId: z.string().min(1),
  modelId: z.string().min(1),
  errorCode: z.string().optional(),
  requestMetadata: z.record(z.string(), z.string()).optional(),
  input: z
    .object({ inputTokenCount: count, cacheReadInputTokenCount: count, cacheWriteInputTokenCount: count })
    .optional(),
  output: z.object({ outputTokenCount: count }).optional(),
});

/** Null for a line that is no record of a call. Throws for one that is cut or malformed. */
export function toInvocationRecord(line: string): InvocationRecord | null {
  // An export of CloudWatch Logs has the time of the event before it.
  const json: unknown = JSON.parse(line.slice(Math.max(0, line.indexOf('{'))));
  if (typeof json !== 'object' || json === null || !('schemaType' in json)) return null;
  if (json.schemaType !== 'ModelInvocationLog') return null;
  const { requestId, timestamp, modelId, errorCode, requestMetadata = {}, input, output } = schema.parse(json);
  const { tenant_id: tenantId, request_id: gatewayRequestId } = requestMetadata;
  return {
    awsRequestId: requestId,
    at: timestamp,
    model: modelId.replace(/^arn:.*\//, ''),
    failed: errorCode !== undefined,
    tokens: {
      input: input?.inputTokenCount ?? null,
      output: output?.outputTokenCount ?? null,
      cacheRead: input?.cacheReadInputTokenCount ?? null,
      cacheWrite: input?.cacheWriteInputTokenCount ?? null,
    },
    caller: tenantId === undefined || gatewayRequestId === undefined ? null : { tenantId, requestId: gatewayRequestId },
  };
}
