import { z } from 'zod';

const ttl = z.enum(['5m', '1h']);
const tokens = z.int().positive().nullable();

const capabilitiesSchema = z.strictObject({
  converse: z.boolean(),
  tools: z.boolean().nullable(),
  toolStreaming: z.boolean().nullable(),
  toolChoice: z
    .array(z.enum(['auto', 'any', 'tool']))
    .nonempty()
    .nullable(),
  parallelToolFlag: z.boolean(),
  toolResults: z.boolean(),
  toolResultMedia: z.array(z.enum(['image', 'document', 'video'])),
  toolResultStatus: z.boolean(),
  textBesideToolCalls: z.boolean(),
  besideToolResults: z.array(z.enum(['text', 'image', 'document', 'video'])).nullable(),
  systemPrompt: z.boolean().nullable(),
  images: z.boolean().nullable(),
  documents: z.boolean().nullable(),
  audio: z.boolean().nullable(),
  video: z.boolean().nullable(),
  samplingParameters: z.boolean().nullable(),
  stopSequences: z.boolean(),
  temperatureWithTopP: z.boolean(),
  topK: z.enum(['top_k', 'k', 'inferenceConfig.topK']).nullable(),
  reasoning: z.enum([
    'none',
    'anthropic-budget',
    'anthropic-adaptive',
    'nova2',
    'openai-flat',
    'openai-nested',
    'moonshot',
    'deepseek',
    'model-default',
    'always-on',
  ]),
  reasoningEfforts: z.array(z.enum(['none', 'low', 'medium', 'high', 'xhigh', 'max'])),
  reasoningBudget: z.boolean(),
  reasoningCanDisable: z.boolean().nullable(),
  reasoningReplay: z.enum(['none', 'signed', 'encrypted', 'unsigned']),
  forcedToolWithReasoning: z.boolean(),
  promptCaching: z.strictObject({ ttls: z.array(ttl).nonempty(), maxPoints: tokens, minTokens: tokens }).nullable(),
  toolCaching: z.boolean(),
  strictTools: z.boolean().nullable(),
  nativeJsonSchema: z.boolean().nullable(),
  assistantPrefill: z.boolean().nullable(),
  contextWindowTokens: tokens,
  minOutputTokens: z.int().positive(),
  maxOutputTokens: tokens,
});

/** What every row of the capability table must be, so that a slip of the pen is a failed test. */
export const modelRowSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9]+\.[a-z0-9.-]+(:\d+)?$/),
    name: z.string().min(1),
    profiles: z.array(z.enum(['us', 'eu', 'apac', 'jp', 'au', 'ca', 'in', 'us-gov', 'global'])),
    needsProfile: z.boolean(),
    retired: z.boolean(),
    capabilities: capabilitiesSchema,
  })
  .refine((row) => !row.needsProfile || row.profiles.length > 0, 'needs a profile and has none')
  .refine((row) => row.capabilities.tools !== false || row.capabilities.toolStreaming === false, 'streams tools only');
