import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { inTime } from '../../common/in-time.js';
import type { RouteAccount } from '../../models/model-route.js';
import { exceptionNameOf, isAuthenticationFailure, statusOf } from '../bedrock.errors.js';
import type { AwsCredentials, RefreshedCredentials } from './credentials.js';

const CREDENTIALS_UNAVAILABLE = 'CredentialsUnavailable';
/** Longer than any way to credentials takes with all its retries; a program that tells them may hang for ever. */
const OWN_TIMEOUT_MS = 30_000;
const SESSION_NAME_CHARACTERS_MAX = 64;
/** A request waits for STS, and another account may be able to answer it. */
const STS_ATTEMPTS_MAX = 2;

type StsOptions = Parameters<typeof fromTemporaryCredentials>[0];

/** How STS is asked. */
export interface RoleSource {
  /** The gateway's own credentials, which must be allowed to assume the role. */
  own: RefreshedCredentials;
  clientConfig: NonNullable<StsOptions['clientConfig']>;
}

/**
 * Asks STS for a session of the account's role.
 * @throws Error `RoleRefused` when the role may not be assumed, `RoleServiceUnavailable` when STS does not answer,
 * `CredentialsUnavailable` when there are no own credentials to ask with, or none that STS takes; none names an ARN
 */
export async function assumeRole(
  { roleArn, externalId, sessionTags }: RouteAccount,
  { own, clientConfig }: RoleSource,
): Promise<AwsCredentials> {
  const fetch = fromTemporaryCredentials({
    masterCredentials: async () => own.get(),
    clientConfig: { ...clientConfig, maxAttempts: STS_ATTEMPTS_MAX },
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
    const name = exceptionNameOf(error);
    if (name !== undefined && isAuthenticationFailure(name)) {
      own.refused();
      throw credentialsUnavailable(error);
    }
    throw toRoleError(error);
  }
}

/**
 * Asks for the gateway's own credentials.
 * @throws Error `CredentialsUnavailable`
 */
export async function ownCredentials(
  fetch: () => Promise<AwsCredentials>,
  timeoutMs = OWN_TIMEOUT_MS,
): Promise<AwsCredentials> {
  try {
    return trimmed(await inTime(fetch(), timeoutMs, 'The source of credentials'));
  } catch (error) {
    throw credentialsUnavailable(error);
  }
}

/** Secrets that are kept in files often end with a line break, which no header may hold. */
function trimmed(credentials: AwsCredentials): AwsCredentials {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return {
    ...credentials,
    accessKeyId: accessKeyId.trim(),
    secretAccessKey: secretAccessKey.trim(),
    sessionToken: sessionToken?.trim() || undefined,
  };
}

function credentialsUnavailable(cause: unknown): Error {
  return named(CREDENTIALS_UNAVAILABLE, 'The AWS credentials of the gateway could not be had.', cause);
}

/** CloudTrail and the cost reports show it. */
function toSessionName(parts: readonly string[]): string {
  return ['bedrock-gateway', ...parts]
    .join('-')
    .replaceAll(/[^\w+=,.@-]/g, '-')
    .slice(0, SESSION_NAME_CHARACTERS_MAX);
}

function toRoleError(cause: unknown): Error {
  const name = exceptionNameOf(cause);
  if (name === CREDENTIALS_UNAVAILABLE && cause instanceof Error) {
    return cause;
  }
  const status = statusOf(cause);
  const isThrottled = status === 429 || /throttl/i.test(name ?? '');
  const isRefused = status !== undefined && status < 500 && !isThrottled;
  const kind = isRefused ? 'RoleRefused' : 'RoleServiceUnavailable';
  return named(kind, 'The AWS role could not be assumed.', cause);
}

/** Without status and request id, which would be read as Bedrock's. */
function named(name: string, message: string, cause: unknown): Error {
  const error = new Error(message, { cause });
  error.name = name;
  return error;
}
