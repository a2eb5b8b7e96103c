import { toInvocationLog } from './invocation-log.js';
import { Journal } from './journal.js';

describe(toInvocationLog.name, () => {
  it('has the members of a record of the service', () => {
    const open = new Journal(() => 0).begin({
      awsRequestId: 'r',
      operation: 'Converse',
      modelId: 'm',
      region: 'eu-west-1',
      accessKeyId: 'AKIASANDBOX',
      requestSha256: 'h',
    });
    open.set({
      requestMetadata: { team: 'blue' },
      usage: { inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheWrite5mTokens: 4, cacheWrite1hTokens: 5 },
    });

    expect(toInvocationLog(open.entry)).toEqual({
      schemaType: 'ModelInvocationLog',
      schemaVersion: '1.0',
      timestamp: '1970-01-01T00:00:00.000Z',
      accountId: '123456789012',
      identity: { arn: 'arn:aws:iam::123456789012:user/sandbox' },
      region: 'eu-west-1',
      requestId: 'r',
      operation: 'Converse',
      modelId: 'm',
      requestMetadata: { team: 'blue' },
      input: {
        inputContentType: 'application/json',
        inputTokenCount: 1,
        cacheReadInputTokenCount: 3,
        cacheWriteInputTokenCount: 9,
      },
      output: { outputContentType: 'application/json', outputTokenCount: 2 },
    });
  });
});
