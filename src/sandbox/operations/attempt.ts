import { BedrockError } from '../errors/bedrock-error.js';
import type { Exchange } from '../http/exchange.js';
import { respondError, respondHtml, respondRaw } from '../http/respond.js';
import type { Journal, JournalEntry, OpenEntry } from '../journal/journal.js';
import { sha256 } from '../replies/seed.js';
import type { Behaviour } from '../script/behaviour.js';
import { faultOf } from '../stream/delivery.js';

/** One call of a runtime operation, from its first byte to the end of its journal entry. */
export interface Call {
  exchange: Exchange;
  operation: string;
  modelId: string;
  region: string;
  entry: OpenEntry;
}

/** What a call's answer adds to its journal entry. */
export type CallRecord = Partial<
  Pick<
    JournalEntry,
    'usage' | 'units' | 'usageReported' | 'stopReason' | 'errorType' | 'requestMetadata' | 'baseModelId'
  >
>;

/** Runs one call: its refusals become error answers, and its journal entry is closed however it ends. */
export async function runCall(
  journal: Journal,
  exchange: Exchange,
  call: Pick<Call, 'operation' | 'modelId' | 'region'> & { accessKeyId: string | null },
  answer: (call: Call) => Promise<CallRecord>,
): Promise<void> {
  const entry = journal.begin({
    awsRequestId: exchange.awsRequestId,
    operation: call.operation,
    modelId: call.modelId,
    region: call.region,
    accessKeyId: call.accessKeyId,
    requestSha256: sha256(exchange.body),
  });
  try {
    entry.set(await answer({ ...call, exchange, entry }));
  } catch (error) {
    if (!(error instanceof BedrockError)) throw error;
    entry.set({ errorType: error.name });
    await respondError(exchange, error);
  } finally {
    const status = exchange.response.headersSent ? exchange.response.statusCode : null;
    entry.set({ status, bytes: exchange.bytes, clientGone: exchange.clientGone });
    entry.end();
  }
}

/** Answers in place of the model where the behaviour says so; undefined when the call goes on as usual. */
export async function answerInstead(
  exchange: Exchange,
  behaviour: Partial<Behaviour>,
): Promise<CallRecord | undefined> {
  await exchange.pause(behaviour.headersDelayMs ?? 0);
  const error = faultOf(behaviour, 'error');
  if (error) {
    const { name, status, message = 'The sandbox was told to fail here.', details, retryAfterSeconds } = error;
    await respondError(exchange, new BedrockError(name, message, status, details), retryAfterSeconds);
    return { errorType: name };
  }
  const html = faultOf(behaviour, 'html');
  if (html) {
    await respondHtml(exchange, html.status);
    return {};
  }
  if (faultOf(behaviour, 'empty')) {
    exchange.start(200, { 'content-length': 0 });
    await exchange.end();
    return {};
  }
  const reset = faultOf(behaviour, 'reset');
  if (reset && reset.afterEvents === undefined && reset.afterBytes === undefined) {
    exchange.reset();
    return {};
  }
  return undefined;
}

/** Plays back scripted bytes; nothing of the request is checked. */
export async function answerRaw(exchange: Exchange, behaviour: Behaviour): Promise<CallRecord | undefined> {
  if (!behaviour.raw) return undefined;
  await exchange.pause(behaviour.headersDelayMs ?? 0);
  await respondRaw(exchange, behaviour.raw, behaviour);
  return {};
}
