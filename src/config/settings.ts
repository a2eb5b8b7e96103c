import { isIP } from 'node:net';
import { z } from 'zod';
import { isTimeZone } from '../common/time-zone.js';

const integer = (min: number, max: number) =>
  z
    .string()
    .trim()
    .regex(/^-?\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .pipe(
      z
        .number()
        .min(min, `must be a whole number from ${min} to ${max}`)
        .max(max, `must be a whole number from ${min} to ${max}`),
    )
    .meta({ type: 'integer' });

const flag = () =>
  z
    .enum(['true', 'false'], 'must be true or false')
    .transform((value) => value === 'true')
    .meta({ type: 'boolean' });

const text = () => z.string().trim().min(1, 'must not be empty').meta({ type: 'string' });

const choice = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z
    .enum(values, `must be one of ${values.join(', ')}`)
    .meta({ type: values.map((value) => `\`${value}\``).join(', ') });

const url = (...schemes: string[]) =>
  z
    .string()
    .trim()
    .refine((value) => URL.canParse(value) && schemes.includes(new URL(value).protocol), {
      error: `must be a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
    })
    .meta({ type: 'URL' });

/** The name and the password in it are percent-encoded, as in every URL. */
const proxyUrl = () =>
  url('http:', 'https:')
    .refine((value) => !URL.canParse(value) || isDecodable(new URL(value)), {
      error: 'must have the name and the password percent-encoded: % itself is %25',
    })
    .meta({ type: 'URL' });

function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(`${username}:${password}`);
    return true;
  } catch {
    return false;
  }
}

/** A URL in which `{region}` stands for the region of each call. */
const endpointUrl = () => {
  const plain = url('http:', 'https:');
  return z
    .string()
    .trim()
    .refine((value) => plain.safeParse(value.replaceAll('{region}', 'us-east-1')).success, {
      error: 'must be a URL that begins with http:// or https://',
    })
    .meta({ type: 'URL' });
};

const secret = (minLength: number) =>
  z.string().trim().min(minLength, `must have at least ${minLength} characters`).meta({ type: 'secret' });

/** One that is presented in a header, which is Latin-1 of one line: anything else would be a key that nobody can use. */
const headerSecret = (minLength: number) =>
  secret(minLength)
    .regex(/^[\x20-\x7e\xa0-\xff]*$/, 'must be one line of characters that a header can hold, best of ASCII')
    .meta({ type: 'secret' });

const list = (value: string) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);

const ROLES = ['owner', 'admin', 'viewer', 'tenant_admin'];

const pairs = () =>
  z
    .string()
    .transform(list)
    .refine((entries) => entries.every((entry) => ROLES.includes(entry.slice(entry.lastIndexOf('=') + 1))), {
      error: `must be pairs such as platform-team=admin, separated by commas, with one of the roles ${ROLES.join(', ')}`,
    })
    .transform((entries) =>
      entries.map(
        (entry) => [entry.slice(0, entry.lastIndexOf('=')), entry.slice(entry.lastIndexOf('=') + 1)] as const,
      ),
    )
    .meta({ type: 'list' });

const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/;

const region = () => text().regex(REGION, 'must be an AWS region such as eu-west-1');

const regions = () =>
  z
    .string()
    .transform(list)
    .refine((entries) => entries.every((entry) => REGION.test(entry)), {
      error: 'must be AWS regions such as eu-west-1, separated by commas',
    })
    .meta({ type: 'list' });

const roles = () =>
  z
    .string()
    .transform(list)
    .refine((entries) => entries.every((entry) => /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=.@/-]{1,512}$/.test(entry)), {
      error: 'must be ARNs of IAM roles, separated by commas',
    })
    .meta({ type: 'list' });

const s3Locations = () =>
  z
    .string()
    .transform((value) => (value.trim() === 'none' ? [] : list(value)))
    .refine((entries) => entries.every((entry) => entry === '*' || /^s3:\/\/[a-z0-9][a-z0-9.-]+(\/|$)/.test(entry)), {
      error: 'must be none, * or locations such as s3://bucket/folder/, separated by commas',
    })
    .meta({ type: 'list' });

/** Express takes no range of all addresses: it would believe what anybody says. */
function isProxy(entry: string): boolean {
  const [address = '', bits = '1', ...rest] = entry.split('/');
  const bitsMax = isIP(address) === 4 ? 32 : 128;
  const isLength = /^\d{1,3}$/.test(bits) && Number(bits) > 0 && Number(bits) <= bitsMax;
  const isNetwork = isIP(address) !== 0 && isLength && rest.length === 0;
  return isNetwork || entry === 'loopback' || entry === 'uniquelocal';
}

const addresses = () =>
  z
    .string()
    .transform(list)
    .refine((entries) => entries.every(isProxy), {
      error: 'must be addresses, CIDR ranges from /1 on, loopback or uniquelocal, separated by commas',
    })
    .meta({ type: 'list' });

/**
 * Every setting of the gateway: the name is the environment variable, the description is its line in the README.
 * A setting that is absent or empty takes its default.
 */
export const environmentSchema = z.object({
  PORT: integer(0, 65_535).prefault('8080').describe('Port to listen on. `0` takes a free one.'),
  HOST: text().prefault('0.0.0.0').describe('Address to listen on.'),
  WORKERS: integer(1, 64)
    .prefault('1')
    .describe('Processes that share the port. One uses about one core; limits and revocations hold across them.'),
  DATABASE_URL: url('postgres:', 'postgresql:')
    .optional()
    .describe('PostgreSQL to use. Unset: an embedded PostgreSQL with its data under `DATA_DIR`.'),
  DATABASE_POOL_SIZE: integer(1, 500)
    .prefault('10')
    .describe('Most connections to PostgreSQL, divided among the workers.'),
  DATABASE_START_WAIT_MS: integer(0, 3_600_000)
    .prefault('30000')
    .describe('How long a start waits for a database of `DATABASE_URL` that is away, starting or recovering.'),
  MIGRATE_ON_START: flag()
    .prefault('true')
    .describe('Apply missing migrations at the start. `false`: run `npm run db:migrate` yourself.'),
  REDIS_URL: url('redis:', 'rediss:')
    .optional()
    .describe(
      'Redis or Valkey in which all replicas count rate limits together. Unset: each replica counts by itself.',
    ),
  DATA_DIR: text()
    .prefault('.data')
    .describe('Folder of everything that the gateway keeps itself: embedded PostgreSQL, generated secrets, journals.'),
  AWS_REGION: region().prefault('us-east-1').describe('AWS region whose Bedrock is called.'),
  AWS_ENDPOINT_URL_BEDROCK_RUNTIME: endpointUrl()
    .optional()
    .describe(
      'Bedrock runtime endpoint, for example a VPC endpoint; `{region}` in it stands for the region of the call. ' +
        'Unset: the public one of the region.',
    ),
  AWS_ENDPOINT_URL_BEDROCK: endpointUrl()
    .optional()
    .describe('Bedrock control-plane endpoint (model lists). Unset: the public one of the region.'),
  AWS_FAILOVER_REGIONS: regions()
    .prefault('')
    .describe('Further AWS regions, tried in this order when the first one fails, separated by commas. Empty: none.'),
  AWS_FAILOVER_ROLES: roles()
    .prefault('')
    .describe(
      'Roles of further AWS accounts, tried in this order when the own one fails, separated by commas. Empty: none.',
    ),
  AWS_FAILOVER_EXTERNAL_ID: text().optional().describe('External id that the roles of `AWS_FAILOVER_ROLES` ask for.'),
  AWS_ENDPOINT_URL_STS: endpointUrl()
    .optional()
    .describe('STS endpoint, which assumes AWS roles. Unset: the public one of the region.'),
  AWS_BEARER_TOKEN_BEDROCK: headerSecret(1)
    .optional()
    .describe('Bedrock API key, in place of AWS credentials. Calls of tenants with an AWS role do not use it.'),
  AWS_USE_FIPS_ENDPOINT: flag().optional().describe("Use FIPS endpoints. Unset: as the AWS SDK's own settings say."),
  AWS_USE_DUALSTACK_ENDPOINT: flag()
    .optional()
    .describe("Use endpoints with IPv6. Unset: as the AWS SDK's own settings say."),
  HTTPS_PROXY: proxyUrl().optional().describe('Proxy to AWS, with CONNECT. Also read as `https_proxy`.'),
  HTTP_PROXY: proxyUrl()
    .optional()
    .describe('Proxy to endpoints with `http:`, other than those on this machine. Also read as `http_proxy`.'),
  NO_PROXY: z
    .string()
    .transform(list)
    .meta({ type: 'list' })
    .prefault('')
    .describe('Hosts that are reached without a proxy, separated by commas. Also read as `no_proxy`.'),
  AWS_CONNECT_TIMEOUT_MS: integer(1, 600_000).prefault('5000').describe('How long Bedrock may take to connect.'),
  AWS_FIRST_BYTE_TIMEOUT_MS: integer(1, 3_600_000)
    .prefault('900000')
    .describe('How long Bedrock may take to begin an answer. Models may think for minutes before.'),
  AWS_IDLE_TIMEOUT_MS: integer(1, 3_600_000)
    .prefault('300000')
    .describe('Longest silence of Bedrock within an answer.'),
  BEDROCK_TRANSPORT: choice('lean', 'sdk')
    .prefault('lean')
    .describe('`lean`: chat and embeddings without the middleware of the AWS SDK; `sdk`: everything through the SDK.'),
  AWS_MAX_ATTEMPTS: integer(1, 10)
    .prefault('3')
    .describe(
      'Most attempts per call over all its targets, the first one included; only before the first byte of an answer.',
    ),
  RETRY_BUDGET_PERCENT: integer(0, 1_000)
    .prefault('10')
    .describe('Retries per hundred requests in the long run, for all calls of a process together. `0`: hardly any.'),
  BREAKER_FAILURES: integer(0, 10_000)
    .prefault('5')
    .describe(
      'Faults in a row after which a model of a region is left alone for 1 to 4 s, throttling counting a fifth. ' +
        '`0`: never.',
    ),
  QUOTA_STEWARD: choice('off', 'right-size')
    .prefault('off')
    .describe(
      '`right-size`: a request without an output limit gets twice the longest recent answer of its key and model, ' +
        "because Bedrock counts the limit against the account's quota.",
    ),
  QUOTA_WAIT_MS: integer(0, 600_000)
    .prefault('5000')
    .describe(
      'How long a request may wait for room in a quota of the AWS account, where one was entered. `0`: not at all.',
    ),
  BEDROCK_MODE: choice('auto', 'aws', 'sandbox')
    .prefault('auto')
    .describe(
      '`auto`: AWS when credentials or an endpoint are configured, else the built-in sandbox. ' +
        'Set `aws` where credentials cannot be seen beforehand, as on EC2 with an instance role.',
    ),
  ADMIN_API_KEY: headerSecret(16)
    .optional()
    .describe('An admin key with the role of an owner, beside the stored ones.'),
  // `bedrock`, the key of the predecessor's guide and once its default, has seven.
  API_KEY: headerSecret(7)
    .optional()
    .describe("The predecessor's single key: accepted as a key of the first tenant, so that its clients keep working."),
  API_KEY_PEPPER: secret(32)
    .optional()
    .describe(
      'Secret under which keys are hashed; changing it invalidates every key. Required with `DATABASE_URL`; ' +
        'else generated once and kept under `DATA_DIR`.',
    ),
  KEY_CACHE_TTL_MS: integer(0, 1_000)
    .prefault('500')
    .describe('How long a checked key is trusted without asking the database: the delay of a revocation.'),
  KEY_CACHE_STALE_MS: integer(0, 86_400_000)
    .prefault('300000')
    .describe('How long a known key keeps working while the database cannot be reached.'),
  DEFAULT_MODEL: text().prefault('global.anthropic.claude-sonnet-4-6').describe('Model that serves the names `gpt-…`.'),
  DEFAULT_MAX_TOKENS: integer(1, 1_000_000)
    .optional()
    .describe('Output limit of requests that name none. Unset: Bedrock decides, which for some models is 4,096.'),
  DEFAULT_EMBEDDING_MODEL: text()
    .prefault('cohere.embed-multilingual-v3')
    .describe('Model that serves the names `text-embedding-…`.'),
  EMBEDDING_CONCURRENCY: integer(1, 100)
    .prefault('8')
    .describe('Most calls at the same time for one embeddings request, where a model takes fewer inputs than it has.'),
  ENABLE_PROMPT_CACHING: flag()
    .prefault('false')
    .describe('Mark system prompt and messages for prompt caching where the model can; a request may override it.'),
  S3_LOCATIONS: s3Locations()
    .prefault('*')
    .describe(
      'Files and folders in S3 that requests may name, as `s3://bucket/folder/`; `*` for all that the role of the call may read, `none` for none.',
    ),
  STREAM_BEGIN_MS: integer(0, 3_600_000)
    .prefault('25000')
    .describe(
      'Silence of Bedrock after which a stream begins with comments all the same, since proxies end silent connections after 30 s and more; a failure from then on is an error frame instead of a status. `0`: never.',
    ),
  MEDIA_FETCH: flag().prefault('true').describe('Fetch images that a request names by an `https:` or `http:` URL.'),
  IN_FLIGHT_MAX: integer(1, 1_000_000)
    .prefault('20000')
    .describe(
      'Most requests at the same time per process, streams included; more wait for `QUEUE_WAIT_MAX_MS` and are refused with 503 then.',
    ),
  REQUEST_MEMORY_MB: integer(1, 1_000_000)
    .prefault('256')
    .describe(
      'Most MiB of long request bodies (64 KiB and more) and of files fetched for requests that a process holds at a time; a request that there is no room for waits, for ten seconds at most, and is refused with 503 then. To serve them takes several times as much memory.',
    ),
  QUEUE_MAX: integer(0, 100_000)
    .prefault('1000')
    .describe(
      'Most requests that wait for their turn per process; one more, and the one that waits longest is refused.',
    ),
  QUEUE_WAIT_MAX_MS: integer(1, 3_600_000)
    .prefault('100')
    .describe('While more comes than can be served, requests that have waited this long for their turn are refused.'),
  HEADERS_TIMEOUT_MS: integer(1, 3_600_000)
    .prefault('15000')
    .describe('How long the headers of a request may take to arrive; later ones are a 408.'),
  REQUEST_TIMEOUT_MS: integer(1, 3_600_000)
    .prefault('300000')
    .describe('How long a whole request, with its body, may take to arrive; a later one is a 408.'),
  KEEP_ALIVE_TIMEOUT_MS: integer(1, 3_600_000)
    .prefault('75000')
    .describe('How long an idle connection is kept. It must be longer than that of a load balancer in front.'),
  CLIENT_STALL_TIMEOUT_MS: integer(0, 3_600_000)
    .prefault('300000')
    .describe(
      'How long a client may take nothing at all of an answer that is ready for it; then its connection is ended. `0`: for ever.',
    ),
  MAX_HEADER_KB: integer(1, 1_024)
    .prefault('16')
    .describe('Largest headers of a request, in KiB; larger ones are a 431.'),
  BODY_LIMIT_MB: integer(1, 200).prefault('30').describe('Largest request body, in MiB.'),
  OIDC_ISSUER: url('https:', 'http:')
    .optional()
    .describe('Issuer of OpenID Connect tokens that operators may use as bearer tokens. Unset: only admin keys.'),
  OIDC_AUDIENCE: text().optional().describe('Audience that those tokens must name. Required with `OIDC_ISSUER`.'),
  OIDC_JWKS_URL: url('https:', 'http:')
    .optional()
    .describe("Keys of the issuer. Unset: found by the issuer's `/.well-known/openid-configuration`."),
  OIDC_ROLE_CLAIM: text()
    .prefault('roles')
    .describe('Claim that holds the roles or groups of an operator; dots lead into nested claims.'),
  OIDC_ROLE_MAP: pairs()
    .prefault('owner=owner,admin=admin,viewer=viewer,tenant_admin=tenant_admin')
    .describe('What the values of that claim mean here: `value=role` pairs, separated by commas. The highest counts.'),
  OIDC_TENANTS_CLAIM: text().prefault('tenants').describe('Claim that holds the tenant ids of a `tenant_admin`.'),
  TRUST_PROXY: addresses()
    .prefault('')
    .describe(
      'Proxies whose `X-Forwarded-For` is believed: addresses, CIDR ranges, `loopback` or `uniquelocal`, separated ' +
        'by commas. Empty: none.',
    ),
  CORS_ORIGINS: z
    .string()
    .transform((value) =>
      value
        .split(',')
        .map((origin) => origin.trim())
        .filter(Boolean),
    )
    .pipe(
      z.array(
        z.string().refine((origin) => origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin), {
          error: 'must be origins such as https://chat.example.com, separated by commas, or *',
        }),
      ),
    )
    .meta({ type: 'list' })
    .prefault('')
    .describe('Browser origins that may call the API, separated by commas. Empty: none.'),
  STREAM_DRAIN_MS: integer(0, 3_600_000)
    .prefault('300000')
    .describe(
      'How long a stream whose client left is read on, to learn what Bedrock bills. `0`: it is aborted at once.',
    ),
  STREAM_DRAIN_MAX: integer(0, 100_000)
    .prefault('256')
    .describe('Most streams that are read on without a client at the same time; one more is aborted.'),
  STATEMENT_TIME_ZONE: text()
    .refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin')
    .prefault('UTC')
    .describe('Time zone in which the months of statements begin and end, where a request names none.'),
  USAGE_RETENTION_MONTHS: integer(1, 1_200)
    .optional()
    .describe('Full months that usage events are kept beside the current one. Their sums stay. Unset: for ever.'),
  IDEMPOTENT_REPLAYS: flag()
    .prefault('false')
    .describe(
      'Keep the answers to data-plane requests with an `Idempotency-Key` for a day, encrypted in the database, and answer a repeated request with them.',
    ),
  IDEMPOTENT_REPLAY_MAX_KB: integer(1, 65_536)
    .prefault('1024')
    .describe('Largest answer that is kept for `Idempotency-Key`, in KiB.'),
  WEBHOOK_TRIES_MAX: integer(1, 100)
    .prefault('12')
    .describe('How often the delivery of an event to a webhook is tried before it is given up.'),
  WEBHOOK_RETRY_MS: integer(1, 3_600_000)
    .prefault('5000')
    .describe('Wait before the second try of a delivery. It doubles with every further try, up to an hour.'),
  WEBHOOK_ALLOW_PRIVATE: flag()
    .prefault('false')
    .describe('Let webhooks lead to addresses that are not public, and to `http:` URLs.'),
  SHUTDOWN_DELAY_MS: integer(0, 3_600_000)
    .prefault('0')
    .describe(
      'How long requests are still accepted after SIGTERM or SIGINT while `/readyz` says 503, so that load balancers ' +
        'learn of it.',
    ),
  SHUTDOWN_GRACE_MS: integer(0, 3_600_000)
    .prefault('25000')
    .describe('How long running requests may take to finish after SIGTERM or SIGINT.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: url('http:', 'https:')
    .optional()
    .describe('OpenTelemetry collector that takes traces over OTLP/HTTP, for example `http://localhost:4318`.'),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url('http:', 'https:')
    .optional()
    .describe(
      'Where traces go, path included, for example `http://localhost:4318/v1/traces`. Unset: `/v1/traces` of ' +
        '`OTEL_EXPORTER_OTLP_ENDPOINT`.',
    ),
  OTEL_SDK_DISABLED: flag().prefault('false').describe('`true`: no traces, whatever else is set.'),
  OTEL_SERVICE_NAME: text()
    .optional()
    .describe(
      'Name of this service in traces. Unset: `service.name` of `OTEL_RESOURCE_ATTRIBUTES`, else `bedrock-gateway`.',
    ),
  LOG_LEVEL: choice('fatal', 'error', 'warn', 'info', 'debug', 'silent')
    .prefault('info')
    .describe('Least level that is logged. Keys, prompts and completions are never logged.'),
});

/** The environment after validation, keyed by variable name. */
export type Environment = z.infer<typeof environmentSchema>;
