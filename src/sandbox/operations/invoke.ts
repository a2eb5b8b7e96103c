import { validationError } from '../errors/bedrock-error.js';
import { respondJson } from '../http/respond.js';
import { cohereEmbedFourth, cohereEmbedThird } from '../invoke/cohere-embed.js';
import type { InvokeAnswer, NativeFormat } from '../invoke/invoke-answer.js';
import { marengoSecond, marengoThird } from '../invoke/marengo-embed.js';
import { novaEmbed } from '../invoke/nova-embed.js';
import { amazonRerank, cohereRerank } from '../invoke/rerank.js';
import { titanEmbedFirst, titanEmbedImage, titanEmbedSecond } from '../invoke/titan-embed.js';
import { parseNative } from '../invoke/native-body.js';
import type { Behaviour } from '../script/behaviour.js';
import { readDirective } from '../script/directive.js';
import { isClaude } from '../rules/rule.js';
import { answerInstead, answerRaw, type Call, type CallRecord } from './attempt.js';
import { messages } from './messages.js';
import type { SandboxState } from './sandbox-state.js';

const BASE_LATENCY_MS = 40;
const METADATA_HEADER = 'x-amzn-bedrock-request-metadata';

const NATIVE_FORMATS: readonly NativeFormat[] = [
  titanEmbedFirst,
  titanEmbedSecond,
  titanEmbedImage,
  cohereEmbedThird,
  cohereEmbedFourth,
  novaEmbed,
  marengoSecond,
  marengoThird,
  cohereRerank,
  amazonRerank,
];

/** Answers InvokeModel and its stream: Claude's messages, embeddings, rerank. */
export async function invoke(state: SandboxState, call: Call): Promise<CallRecord> {
  const { exchange, entry } = call;
  const requestMetadata = readMetadata(exchange.header(METADATA_HEADER));
  const text = exchange.body.toString();
  const { operation, modelId, region } = call;
  const scripted = state.script.take({ operation, modelId, region, text, metadata: requestMetadata ?? {} });
  const played = scripted && (await answerRaw(exchange, scripted));
  if (played) return played;

  entry.set({ requestMetadata });
  const model = state.directory.resolve(modelId, call.region);
  entry.set({ baseModelId: model.id });
  if (isClaude(model)) return messages(state, call, scripted);
  const format = NATIVE_FORMATS.find(({ serves }) => serves.test(model.id));
  if (!format || operation !== 'InvokeModel')
    throw validationError('Sandbox: InvokeModel is not implemented for this model.');
  const body = parseNative(text);
  const behaviour: Partial<Behaviour> = scripted ?? readDirective(stringsOf(body).join('\n')).behaviour ?? {};
  const answer = format.answer(body, model);
  const instead = await answerInstead(exchange, behaviour);
  if (instead) return instead;

  const inputTokens = behaviour.usage?.inputTokens ?? answer.inputTokens;
  entry.set({ usage: toUsage(inputTokens), units: answer.units });
  await respondJson(exchange, answer.body, behaviour, headersOf(answer, behaviour, inputTokens));
  return { usageReported: inputTokens !== null && behaviour.usage !== null && !exchange.clientGone };
}

function headersOf(
  answer: InvokeAnswer,
  behaviour: Partial<Behaviour>,
  inputTokens: number | null,
): Record<string, string> {
  const hidden = behaviour.usage === null || answer.inputTokens === null;
  return {
    'x-amzn-bedrock-invocation-latency': String(BASE_LATENCY_MS + (inputTokens ?? 0)),
    ...(hidden ? {} : { 'x-amzn-bedrock-input-token-count': String(inputTokens) }),
  };
}

function toUsage(inputTokens: number | null): CallRecord['usage'] {
  if (inputTokens === null) return null;
  return { inputTokens, outputTokens: 0, cacheReadTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0 };
}

/** InvokeModel carries the metadata as JSON in a header. */
function readMetadata(header: string | undefined): Record<string, string> | null {
  if (header === undefined) return null;
  try {
    return JSON.parse(header) as Record<string, string>;
  } catch {
    throw validationError('The request metadata header is not valid JSON.');
  }
}

function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsOf) : [];
}
