import { ACCOUNT_ID } from '../catalogue/account-resources.js';
import type { JournalEntry } from './journal.js';

const JSON_TYPE = 'application/json';

/** https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html */
const LOGGED = ['Converse', 'ConverseStream', 'InvokeModel', 'InvokeModelWithResponseStream'];

/**
 * A record of Bedrock's model invocation log, as it is with the logging of bodies turned off. Undefined for operations
 * that it does not hold.
 */
export function toInvocationLog(entry: JournalEntry): Record<string, unknown> | undefined {
  if (!LOGGED.includes(entry.operation)) return undefined;
  const { usage } = entry;
  return {
    schemaType: 'ModelInvocationLog',
    schemaVersion: '1.0',
    timestamp: entry.startedAt,
    accountId: ACCOUNT_ID,
    identity: { arn: `arn:aws:iam::${ACCOUNT_ID}:user/sandbox` },
    region: entry.region,
    requestId: entry.awsRequestId,
    operation: entry.operation,
    modelId: entry.modelId,
    ...(entry.requestMetadata ? { requestMetadata: entry.requestMetadata } : {}),
    ...(entry.errorType ? { errorCode: entry.errorType } : {}),
    input: {
      inputContentType: JSON_TYPE,
      ...(usage
        ? {
            inputTokenCount: usage.inputTokens,
            cacheReadInputTokenCount: usage.cacheReadTokens,
            cacheWriteInputTokenCount: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
          }
        : {}),
    },
    output: { outputContentType: JSON_TYPE, ...(usage ? { outputTokenCount: usage.outputTokens } : {}) },
  };
}
