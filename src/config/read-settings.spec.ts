import { mkdtempSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readSettings, SettingsError } from './read-settings.js';

const HOME = mkdtempSync(path.join(tmpdir(), 'settings-'));

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    readSettings({ HOME, ...env });
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe(readSettings.name, () => {
  it('takes the defaults when nothing is set', () => {
    expect(readSettings({ HOME })).toMatchObject({
      port: 8080,
      awsRegion: 'us-east-1',
      dataDir: '.data',
      bodyLimitMb: 30,
      corsOrigins: [],
      migrateOnStart: true,
      bedrockMode: 'sandbox',
      hasAwsCredentials: false,
    });
  });

  it('takes an empty variable for an absent one', () => {
    expect(readSettings({ HOME, PORT: '', DATABASE_URL: '' })).toMatchObject({ port: 8080 });
  });

  it('lists all that is wrong, by name', () => {
    const problems = problemsOf({
      PORT: '70000',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://x',
      CORS_ORIGINS: 'nowhere',
    });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'PORT',
      'DATABASE_URL',
      'CORS_ORIGINS',
      'LOG_LEVEL',
      'API_KEY_PEPPER',
    ]);
  });

  it.each([
    ['PORT', 'eighty'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['PORT', '0x50'],
    ['DATABASE_URL', 'localhost:5432'],
    ['AWS_ENDPOINT_URL_BEDROCK_RUNTIME', 'localhost:8000'],
    ['AWS_REGION', 'us east 1'],
    ['AWS_REGION', 'eu-west-1a'],
    ['AWS_FAILOVER_REGIONS', 'eu-west-1 eu-west-3'],
    ['MEDIA_FETCH', 'yes'],
    ['ADMIN_API_KEY', 'short'],
    ['ADMIN_API_KEY', 'two lines\nof a file'],
    ['API_KEY', 'key of \u20ac'],
    ['API_KEY', 'secret'],
    ['AWS_BEARER_TOKEN_BEDROCK', 'two\nlines'],
    ['API_KEY_PEPPER', 'short'],
    ['KEY_CACHE_TTL_MS', '5000'],
    ['CORS_ORIGINS', 'https://a.example.com/path'],
    ['HTTPS_PROXY', 'http://gateway:100%@proxy.example:3128'],
    ['OIDC_ROLE_MAP', 'team=root'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', '0.0.0.0/0'],
    ['TRUST_PROXY', '::/0'],
    ['TRUST_PROXY', 'example.com'],
  ])('refuses %s=%s', (name, value) => {
    expect(problemsOf({ [name]: value, ...(name === 'DATABASE_URL' && { API_KEY_PEPPER: 'p'.repeat(32) }) })).toEqual([
      expect.stringMatching(new RegExp(`^${name} must `)),
    ]);
  });

  it.each(['us-gov-west-1', 'cn-north-1', 'ap-southeast-7', 'us-isob-east-1', 'eusc-de-east-1'])(
    'takes %s',
    (region) => {
      expect(problemsOf({ AWS_REGION: region, AWS_FAILOVER_REGIONS: region })).toEqual([]);
    },
  );

  it.each([
    ['ADMIN_API_KEY', 'four words of mine'],
    ['API_KEY', 'schl\u00fcssel'],
    // The key of the predecessor's guide.
    ['API_KEY', 'bedrock'],
  ])('takes %s=%s, which a header carries', (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([]);
  });

  it('never repeats a secret in its message', () => {
    expect(problemsOf({ ADMIN_API_KEY: 'hunter2' }).join()).not.toContain('hunter2');
  });

  it('asks for a pepper when the database is not its own', () => {
    expect(problemsOf({ DATABASE_URL: 'postgres://db/gateway' })).toEqual([expect.stringContaining('API_KEY_PEPPER')]);
    expect(problemsOf({ DATABASE_URL: 'postgres://db/gateway', API_KEY_PEPPER: 'p'.repeat(32) })).toEqual([]);
  });

  it('asks for an audience beside an issuer', () => {
    const problems = problemsOf({ OIDC_ISSUER: 'https://id.example.com' });
    expect(problems).toEqual([expect.stringContaining('OIDC_AUDIENCE')]);
  });

  it('asks for an issuer beside what tells how its tokens are checked', () => {
    const problems = problemsOf({ OIDC_AUDIENCE: 'gateway', OIDC_JWKS_URL: 'https://id.example.com/keys' });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'OIDC_ISSUER must be set when OIDC_AUDIENCE is set',
      'OIDC_ISSUER must be set when OIDC_JWKS_URL is set',
    ]);
    expect(problemsOf({ OIDC_ISSUER: '', OIDC_AUDIENCE: '' })).toEqual([]);
  });

  it('splits role pairs at their last equals sign', () => {
    const { oidcRoleMap } = readSettings({ HOME, OIDC_ROLE_MAP: 'group=ops=admin, dev=viewer' });
    expect(oidcRoleMap).toEqual([
      ['group=ops', 'admin'],
      ['dev', 'viewer'],
    ]);
  });

  it('splits the origins at commas', () => {
    const settings = readSettings({ HOME, CORS_ORIGINS: 'https://a.example.com, http://localhost:3000' });
    expect(settings.corsOrigins).toEqual(['https://a.example.com', 'http://localhost:3000']);
  });
});

describe('bedrockMode', () => {
  const sharedHome = mkdtempSync(path.join(tmpdir(), 'settings-'));
  mkdirSync(path.join(sharedHome, '.aws'));
  writeFileSync(path.join(sharedHome, '.aws/credentials'), '[default]\naws_access_key_id = AKIAEXAMPLE\n');
  const regionHome = mkdtempSync(path.join(tmpdir(), 'settings-'));
  mkdirSync(path.join(regionHome, '.aws'));
  writeFileSync(path.join(regionHome, '.aws/config'), '[default]\nregion = eu-west-1\n');
  const endpoint = { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'http://127.0.0.1:9000' };

  it.each<[string, NodeJS.ProcessEnv, string, boolean]>([
    ['nothing', {}, 'sandbox', false],
    ['an access key', { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE' }, 'aws', true],
    ['a profile', { AWS_PROFILE: 'prod' }, 'aws', true],
    ['a Bedrock API key', { AWS_BEARER_TOKEN_BEDROCK: 'token' }, 'aws', true],
    ['a web identity', { AWS_WEB_IDENTITY_TOKEN_FILE: '/var/run/token' }, 'aws', true],
    ['a container role', { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/' }, 'aws', true],
    ['a shared credentials file', { HOME: sharedHome }, 'aws', true],
    ['a shared config file with a region only', { HOME: regionHome }, 'sandbox', false],
    ['an endpoint', endpoint, 'endpoint', false],
    ['an endpoint and an access key', { ...endpoint, AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE' }, 'endpoint', true],
    ['BEDROCK_MODE=aws', { BEDROCK_MODE: 'aws' }, 'aws', true],
    ['BEDROCK_MODE=aws and an endpoint', { ...endpoint, BEDROCK_MODE: 'aws' }, 'endpoint', true],
    ['BEDROCK_MODE=sandbox and an access key', { BEDROCK_MODE: 'sandbox', AWS_PROFILE: 'prod' }, 'sandbox', true],
  ])('with %s', (_, env, mode, credentials) => {
    expect(readSettings({ HOME, ...env })).toMatchObject({ bedrockMode: mode, hasAwsCredentials: credentials });
  });
});
