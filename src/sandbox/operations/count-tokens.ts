import { z } from 'zod';
import { validationError } from '../errors/bedrock-error.js';
import { readJson } from '../http/read-json.js';
import { respondJson } from '../http/respond.js';
import { promptParts, promptTokens } from '../replies/prompt.js';
import { countTokens } from '../replies/tokens.js';
import { isClaude } from '../rules/rule.js';
import { readBody } from '../wire/constraints.js';
import { converseRequestSchema } from '../wire/converse-request.js';
import { answerInstead, answerRaw, type Call, type CallRecord } from './attempt.js';
import type { SandboxState } from './sandbox-state.js';

const requestSchema = z.looseObject({
  input: z.looseObject({
    converse: converseRequestSchema.optional(),
    invokeModel: z.looseObject({ body: z.string() }).optional(),
  }),
});

/** Answers CountTokens, by the same rule as Converse counts. It takes base ids of Claude only, and bills nothing. */
export async function countTokensOf(state: SandboxState, call: Call): Promise<CallRecord> {
  const { exchange, operation, modelId, region } = call;
  const scripted = state.script.take({ operation, modelId, region, text: exchange.body.toString(), metadata: {} });
  const played = scripted && (await answerRaw(exchange, scripted));
  if (played) return played;

  const { input } = readBody(requestSchema, readJson(exchange.body));
  const model = state.directory.foundation(modelId);
  call.entry.set({ baseModelId: model.id });
  if (!isClaude(model)) throw validationError("The provided model doesn't support counting tokens.");
  if (Boolean(input.converse) === Boolean(input.invokeModel)) {
    throw validationError('CountTokensInput object must set one of the following keys: invokeModel, converse.');
  }
  const instead = scripted && (await answerInstead(exchange, scripted));
  if (instead) return instead;
  const inputTokens = input.converse
    ? promptTokens(promptParts(input.converse))
    : countTokens(Buffer.from(input.invokeModel?.body ?? '', 'base64').toString());
  await respondJson(exchange, { inputTokens }, scripted ?? {});
  return {};
}
