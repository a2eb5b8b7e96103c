import type { BedrockMode, Settings } from './app-config.js';
import { hasAwsCredentials } from './aws-credentials.js';
import { StartupError } from './startup-error.js';
import { environmentSchema, type Environment } from './settings.js';

/** Settings that cannot be used. `message` lists all that is wrong, one per line, and holds no secret. */
export class SettingsError extends StartupError {
  constructor(readonly problems: readonly string[]) {
    super(['The settings are wrong:', ...problems.map((problem) => `  ${problem}`)].join('\n'));
  }
}

/** Reads all settings from the environment. Throws `SettingsError` that names everything that is wrong. */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const given = Object.fromEntries(Object.entries(withProxyNames(env)).filter(([, value]) => value !== ''));
  const result = environmentSchema.safeParse(given);
  const problems = (result.error?.issues ?? []).map(({ path, message }) => `${String(path[0])} ${message}`);
  if (given['DATABASE_URL'] !== undefined && given['API_KEY_PEPPER'] === undefined) {
    problems.push(
      'API_KEY_PEPPER must be set when DATABASE_URL is set: every replica needs the same one ' +
        '(make one with: openssl rand -hex 32)',
    );
  }
  if (given['OIDC_ISSUER'] !== undefined && given['OIDC_AUDIENCE'] === undefined) {
    problems.push(
      'OIDC_AUDIENCE must be set when OIDC_ISSUER is set: a token for another service must not open this one',
    );
  }
  if (given['OIDC_ISSUER'] === undefined) {
    for (const name of ['OIDC_AUDIENCE', 'OIDC_JWKS_URL'].filter((each) => given[each] !== undefined)) {
      problems.push(`OIDC_ISSUER must be set when ${name} is set: no token is taken without an issuer`);
    }
  }
  if (!result.success || problems.length > 0) throw new SettingsError(problems);

  const { BEDROCK_MODE, ...environment } = result.data;
  const credentials = hasAwsCredentials(env);
  return {
    ...toFields(environment),
    bedrockMode: toBedrockMode(BEDROCK_MODE, environment, credentials),
    hasAwsCredentials: credentials || BEDROCK_MODE === 'aws',
  };
}

/** Proxies are named in small letters nearly everywhere; where both are set, the small ones count, as for curl. */
function withProxyNames(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { https_proxy: https, http_proxy: http, no_proxy: direct } = env;
  return {
    ...env,
    ...(https === undefined ? {} : { HTTPS_PROXY: https }),
    ...(http === undefined ? {} : { HTTP_PROXY: http }),
    ...(direct === undefined ? {} : { NO_PROXY: direct }),
  };
}

function toBedrockMode(
  mode: Environment['BEDROCK_MODE'],
  environment: Omit<Environment, 'BEDROCK_MODE'>,
  credentials: boolean,
): BedrockMode {
  if (mode === 'sandbox') return 'sandbox';
  if (environment.AWS_ENDPOINT_URL_BEDROCK_RUNTIME !== undefined) return 'endpoint';
  return mode === 'aws' || credentials ? 'aws' : 'sandbox';
}

function toFields(environment: Omit<Environment, 'BEDROCK_MODE'>): Omit<Settings, 'bedrockMode' | 'hasAwsCredentials'> {
  const fields = Object.entries(environment).map(([name, value]) => [camelCase(name), value]);
  return Object.fromEntries(fields) as Omit<Settings, 'bedrockMode' | 'hasAwsCredentials'>;
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
