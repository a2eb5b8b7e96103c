import { z } from 'zod';

const count = z.int().min(0);

/**
 * What goes wrong. `afterEvents` counts the events of a stream that are sent before it. `error`, `html` and `empty`
 * replace the answer; `reset` without a place happens before the status line.
 */
const fault = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('error'),
    name: z.string().min(1),
    status: z.int().min(400).max(599).optional(),
    message: z.string().optional(),
    retryAfterSeconds: z.number().min(0).optional(),
    details: z.record(z.string(), z.unknown()).optional(),
  }),
  z.strictObject({ kind: z.literal('html'), status: z.int().min(400).max(599).default(503) }),
  z.strictObject({ kind: z.literal('empty') }),
  z.strictObject({ kind: z.literal('reset'), afterEvents: count.optional(), afterBytes: count.optional() }),
  z.strictObject({ kind: z.literal('stall'), afterEvents: count.default(0), ms: count }),
  z.strictObject({
    kind: z.literal('exception'),
    name: z.string().min(1),
    message: z.string().default('The sandbox was told to fail here.'),
    afterEvents: count.default(0),
    details: z.record(z.string(), z.unknown()).default({}),
  }),
  z.strictObject({
    kind: z.literal('error-frame'),
    code: z.string().default('InternalFailure'),
    message: z.string().default('The sandbox was told to fail here.'),
    afterEvents: count.default(0),
  }),
  z.strictObject({
    kind: z.literal('truncate'),
    /** The stream ends properly after so many events; without it, only the named events are left out. */
    afterEvents: count.optional(),
    without: z.array(z.enum(['messageStop', 'metadata'])).default([]),
  }),
  z.strictObject({ kind: z.literal('bad-crc'), atEvent: count.default(0) }),
]);

/** Token counts to report instead of the counted ones; null leaves `usage` out. */
const usage = z
  .strictObject({
    inputTokens: count.optional(),
    outputTokens: count.optional(),
    cacheReadInputTokens: count.optional(),
    cacheWriteInputTokens: count.optional(),
    cacheDetails: z.array(z.strictObject({ ttl: z.enum(['5m', '1h']), inputTokens: count })).optional(),
  })
  .nullable();

/** How to answer one request. Every member is optional: what is left out, the sandbox decides as usual. */
export const behaviourSchema = z.strictObject({
  /** Only requests that fit all that is given here; without it, the next request. */
  match: z
    .strictObject({
      operation: z.string().optional(),
      modelId: z.string().optional(),
      region: z.string().optional(),
      textIncludes: z.string().optional(),
      metadata: z.record(z.string(), z.string()).optional(),
      /** A tool of this name is offered. */
      tool: z.string().optional(),
      /** Whether the last message answers tool calls. */
      afterToolResult: z.boolean().optional(),
    })
    .optional(),
  /** How many requests it serves. */
  times: z.int().min(1).default(1),
  reply: z.string().optional(),
  toolCalls: z
    .array(
      z.strictObject({
        name: z.string(),
        /** Without it, made from the schema of the tool. */
        input: z.record(z.string(), z.unknown()).optional(),
        toolUseId: z.string().optional(),
      }),
    )
    .optional(),
  reasoning: z.string().optional(),
  /** Base64 of a thought that is shown to nobody. */
  redactedReasoning: z.string().optional(),
  stopReason: z.string().optional(),
  usage: usage.optional(),
  additionalModelResponseFields: z.record(z.string(), z.unknown()).optional(),
  /** Number of text deltas of a stream; without `reply`, the text is made long enough. */
  chunks: z.int().min(1).max(1_000_000).optional(),
  /** Pause before each event. */
  delayMs: count.optional(),
  /** Pause before the status line. */
  headersDelayMs: count.optional(),
  /** Cuts the bytes into socket writes of this size, wherever that falls. */
  writeBytes: z.int().min(1).optional(),
  fault: z
    .union([fault, z.array(fault)])
    .transform((value) => [value].flat())
    .optional(),
  /** Answers with exactly this and checks nothing, for example to replay a recording. */
  raw: z
    .strictObject({
      status: z.int().min(200).max(599).default(200),
      headers: z.record(z.string(), z.string()).default({}),
      bodyBase64: z.string().default(''),
    })
    .optional(),
});

export type Behaviour = z.output<typeof behaviourSchema>;
/** As it is written by hand: defaults may be left out. */
export type BehaviourInput = z.input<typeof behaviourSchema>;
export type Fault = z.output<typeof fault>;
