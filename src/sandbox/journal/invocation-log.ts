import { ACCOUNT_ID } from '../catalogue/account-resources.js';
import type { JournalEntry } from './journal.js';

const JSON_TYPE = 'application/json';

/** A record of Bedrock's model invocation log, as it is with the logging of bodies turned off. */
export function toInvocationLog(entry: JournalEntry): Record<string, unknown> {
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
