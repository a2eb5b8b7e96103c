import { z } from 'zod';
import { cacheControlSchema } from './chat-content.schema.js';

const jsonSchemaObject = z.record(z.string(), z.unknown());

/** Extension: the input of a call is wanted while it is written, as Anthropic's API spells it. */
const eager = { eager_input_streaming: z.boolean().nullish() };

const functionObject = z.looseObject({
  name: z.string().min(1),
  description: z.string().nullish(),
  parameters: jsonSchemaObject.nullish(),
  strict: z.boolean().nullish(),
  cache_control: cacheControlSchema.nullish(),
  ...eager,
});

export const functionToolSchema = z.looseObject({
  type: z.literal('function'),
  function: functionObject,
  cache_control: cacheControlSchema.nullish(),
  ...eager,
});

/** Extension: a function as the Responses API spells it; Cursor sends it here, too. */
const flatFunctionTool = functionObject.extend({
  type: z.literal('function'),
  function: z.undefined().optional(),
});

/** Extension: a tool that runs inside Bedrock, named as Converse names it. */
const systemToolSchema = z.looseObject({
  type: z.literal('system_tool').nullish(),
  systemTool: z.looseObject({ name: z.string().min(1) }),
  cache_control: cacheControlSchema.nullish(),
});

/** Extension: a function in Anthropic's words. */
const inputSchemaTool = z.looseObject({
  type: z.literal('custom').nullish(),
  name: z.string().min(1),
  description: z.string().nullish(),
  input_schema: jsonSchemaObject,
  cache_control: cacheControlSchema.nullish(),
  ...eager,
});

/** Any other type, such as `custom` or a built-in tool, is mapped where the model has one, or refused by name later. */
const otherToolSchema = z.looseObject({
  type: z
    .string()
    .min(1)
    .refine((type) => type !== 'function', { abort: true }),
});

export const toolSchema = z.union([
  functionToolSchema,
  flatFunctionTool,
  systemToolSchema,
  inputSchemaTool,
  otherToolSchema,
]);

const named = z.looseObject({ name: z.string().min(1) });

const ownChoices = [
  z.looseObject({ type: z.literal('function'), function: named }),
  z.looseObject({ type: z.literal('custom'), custom: named }),
  z.looseObject({
    type: z.literal('allowed_tools'),
    allowed_tools: z.looseObject({
      mode: z.enum(['auto', 'required']),
      tools: z.array(z.record(z.string(), z.unknown())).min(1),
    }),
  }),
] as const;

/** Extension: Anthropic's words for a choice; some clients send an empty one. */
const anthropicChoices = [
  z.looseObject({ type: z.enum(['auto', 'any', 'none']) }),
  z.looseObject({ type: z.literal('tool'), name: z.string().min(1) }),
  z.strictObject({ type: z.undefined().optional() }),
] as const;

/** OpenAI's choice; null is none. */
type OwnChoice = 'none' | 'auto' | 'required' | z.infer<(typeof ownChoices)[number]> | null;

/** Extension: what Converse, Anthropic and Mistral call `required`. */
const anyTool = z.literal('any').transform(() => 'required' as const);

/** Extension: the choice of one function as the Responses API spells it. */
const flatChoice = named
  .extend({ type: z.literal('function'), function: z.undefined().optional() })
  .transform(({ type, name }) => ({ type, function: { name } }));

export const toolChoiceSchema = z.union([
  z.enum(['none', 'auto', 'required']),
  anyTool,
  z.discriminatedUnion('type', [...ownChoices, ...anthropicChoices]).transform((choice): OwnChoice => {
    switch (choice.type) {
      case undefined:
        return null;
      case 'any':
        return 'required';
      case 'auto':
      case 'none':
        return choice.type;
      case 'tool':
        return { type: 'function', function: { name: choice.name } };
      default:
        return choice;
    }
  }),
  flatChoice,
]);

/** Legacy, before tools: https://platform.openai.com/docs/api-reference/chat/create#chat-create-functions */
export const functionChoiceSchema = z.union([z.enum(['none', 'auto']), named]);
export const legacyFunctionsSchema = z.array(functionObject).max(128);

const jsonSchemaFormat = z.looseObject({
  name: z.string().min(1).max(64),
  description: z.string().nullish(),
  schema: jsonSchemaObject.nullish(),
  strict: z.boolean().nullish(),
});

export const responseFormatSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text') }),
  z.looseObject({ type: z.literal('json_object') }),
  z.looseObject({ type: z.literal('json_schema'), json_schema: jsonSchemaFormat }),
]);

export type FunctionTool = z.infer<typeof functionToolSchema>;
export type ToolChoice = NonNullable<z.infer<typeof toolChoiceSchema>>;
export type ResponseFormat = z.infer<typeof responseFormatSchema>;
export type JsonSchema = z.infer<typeof jsonSchemaObject>;
