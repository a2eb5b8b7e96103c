import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/** Variables that make the AWS SDK's default provider chain find credentials. */
const CREDENTIAL_VARIABLES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_BEARER_TOKEN_BEDROCK',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
];

/** Entries of the shared files that lead to credentials; a file with only a region has none of them. */
const CREDENTIAL_ENTRY =
  /^\s*(aws_access_key_id|credential_process|credential_source|sso_session|sso_start_url|login_session|role_arn)\s*=/m;

/**
 * Whether the AWS SDK would find credentials without asking the network. An EC2 instance role is not seen here:
 * its only trace is the metadata service, and waiting for that would slow down every start elsewhere.
 */
export function hasAwsCredentials(env: NodeJS.ProcessEnv): boolean {
  if (CREDENTIAL_VARIABLES.some((name) => env[name])) return true;
  const folder = path.join(env['HOME'] ?? homedir(), '.aws');
  const files = [
    env['AWS_SHARED_CREDENTIALS_FILE'] ?? path.join(folder, 'credentials'),
    env['AWS_CONFIG_FILE'] ?? path.join(folder, 'config'),
  ];
  return files.some((file) => CREDENTIAL_ENTRY.test(readIfPresent(file)));
}

function readIfPresent(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
