import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import type { RouteAccount } from '../../models/model-route.js';
import { statusOf, exceptionNameOf } from '../bedrock.errors.js';
import type { AwsCredentials } from './credentials.js';

const SESSION_NAME_CHARACTERS_MAX = 64;

type StsOptions = Parameters<typeof fromTemporaryCredentials>[0];

/** How STS is asked. */
export interface RoleSource {
  /** The gateway's own credentials, which must be allowed to assume the role. */
  own: () => Promise<AwsCredentials>;
  clientConfig: NonNullable<StsOptions['clientConfig']>;
}

/**
 * Asks STS for a session of the account's role.
 * @throws Error `RoleRefused` when the role may not be assumed, `RoleServiceUnavailable` when STS does not answer; both
 * name no ARN
 */
export async function assumeRole(
  { roleArn, externalId, sessionTags }: RouteAccount,
  { own, clientConfig }: RoleSource,
): Promise<AwsCredentials> {
  const fetch = fromTemporaryCredentials({
    masterCredentials: own,
    clientConfig,
    params: {
      RoleArn: roleArn,
      RoleSessionName: toSessionName(Object.values(sessionTags)),
      ...(externalId === null ? {} : { ExternalId: externalId }),
      Tags: Object.entries(sessionTags).map(([Key, Value]) => ({ Key, Value })),
    },
  });
  try {
    return await fetch();
  } catch (error) {
    throw toRoleError(error);
  }
}

/** CloudTrail and the cost reports show it. */
function toSessionName(parts: readonly string[]): string {
  return ['bedrock-gateway', ...parts]
    .join('-')
    .replaceAll(/[^\w+=,.@-]/g, '-')
    .slice(0, SESSION_NAME_CHARACTERS_MAX);
}

/** Without status and request id, which would be read as Bedrock's. */
function toRoleError(cause: unknown): Error {
  const status = statusOf(cause);
  const isThrottled = status === 429 || /throttl/i.test(exceptionNameOf(cause) ?? '');
  const isRefused =
    cause instanceof Error && (cause.name === 'CredentialsProviderError' || (status !== undefined && status < 500));
  const error = new Error('The AWS role could not be assumed.', { cause });
  error.name = isRefused && !isThrottled ? 'RoleRefused' : 'RoleServiceUnavailable';
  return error;
}
