/** Public face of a failure that is not the client's. */
export interface UpstreamFailure {
  status: number;
  type: string;
  code: string;
  message: string;
  retryAfterSeconds?: number;
  shouldRetry?: false;
}

/** Failures that no change of the request would have avoided. */
export const FAILURES = {
  throttled: {
    status: 429,
    type: 'rate_limit_error',
    code: 'rate_limit_exceeded',
    message: 'Bedrock is throttling requests to this model. Please wait before trying again.',
    retryAfterSeconds: 1,
  },
  accountQuota: {
    status: 429,
    type: 'account_quota',
    code: 'rate_limit_exceeded',
    message: "The AWS account's quota for this model has no room at the moment. Please wait before trying again.",
  },
  quotaUsedUp: {
    status: 429,
    type: 'insufficient_quota',
    code: 'insufficient_quota',
    message: 'The quota of Bedrock for this model is used up.',
    shouldRetry: false,
  },
  notReady: {
    status: 503,
    type: 'service_unavailable_error',
    code: 'model_not_ready',
    message: 'The model is being made ready. Please try again in a moment.',
    retryAfterSeconds: 5,
  },
  unavailable: {
    status: 503,
    type: 'service_unavailable_error',
    code: 'service_unavailable',
    message: 'Bedrock is not available at the moment.',
    retryAfterSeconds: 1,
  },
  timeout: {
    status: 504,
    type: 'server_error',
    code: 'upstream_timeout',
    message: 'The model took too long to answer.',
  },
  connectTimeout: {
    status: 504,
    type: 'server_error',
    code: 'upstream_connect_timeout',
    message: 'Bedrock could not be reached in time.',
  },
  idleTimeout: {
    status: 504,
    type: 'server_error',
    code: 'upstream_idle_timeout',
    message: 'The model stopped in the middle of its answer.',
  },
  failed: { status: 502, type: 'server_error', code: 'upstream_error', message: 'Bedrock failed to answer.' },
  unreadable: {
    status: 502,
    type: 'server_error',
    code: 'upstream_invalid_response',
    message: 'Bedrock sent an answer that could not be read.',
  },
  disconnected: {
    status: 502,
    type: 'server_error',
    code: 'upstream_disconnected',
    message: 'The connection to Bedrock broke.',
  },
  roleRefused: {
    status: 502,
    type: 'server_error',
    code: 'upstream_role_refused',
    message: "The tenant's AWS role could not be assumed. Please tell the gateway's operator.",
    shouldRetry: false,
  },
  roleUnavailable: {
    status: 503,
    type: 'service_unavailable_error',
    code: 'upstream_role_unavailable',
    message: "The tenant's AWS role could not be assumed at the moment.",
    retryAfterSeconds: 1,
  },
  credentialsUnavailable: {
    status: 503,
    type: 'service_unavailable_error',
    code: 'upstream_credentials_unavailable',
    message: 'The gateway has no AWS credentials at the moment.',
    retryAfterSeconds: 1,
  },
  // 502 and not 401 or 403: the client's key is fine, the gateway's own credentials are not.
  unauthenticated: {
    status: 502,
    type: 'server_error',
    code: 'upstream_authentication_failed',
    message: 'The gateway could not authenticate to Bedrock. Please tell its operator.',
    shouldRetry: false,
  },
} satisfies Record<string, UpstreamFailure>;
