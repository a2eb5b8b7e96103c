import { GatewayError } from '../../common/errors/gateway-error.js';
import { emptyAnswer, verdictOf, type Verdict } from './verdict.js';

const named = (name: string, message = '', more: object = {}) => Object.assign(new Error(message), { name, ...more });
const coded = (code: string) => Object.assign(new Error(code), { code });
const status = (httpStatusCode: number) => named('SyntaxError', 'no JSON', { $metadata: { httpStatusCode } });

describe(verdictOf.name, () => {
  it.each<[string, unknown, Verdict]>([
    ['throttling', named('ThrottlingException', 'Too many tokens, please wait before trying again.'), 'throttled'],
    ['a used-up day', named('ThrottlingException', 'Too many tokens per day, please wait.'), 'elsewhere'],
    ['a quota of the service', named('ServiceQuotaExceededException'), 'elsewhere'],
    ['no capacity', named('ServiceUnavailableException'), 'fault'],
    ['no capacity, told by an error frame', named('ServiceUnavailable'), 'fault'],
    ['a failure of the service, told by an error frame', named('InternalFailure'), 'fault'],
    ['a cold model', named('ModelNotReadyException'), 'fault'],
    ['a slow model', named('ModelTimeoutException'), 'fault'],
    ['a timeout inside a stream, which the SDK does not know', named('modelTimeoutException'), 'fault'],
    ['a broken model', named('ModelErrorException', '', { originalStatusCode: 500 }), 'fault'],
    ['a throttled model', named('ModelErrorException', '', { originalStatusCode: 429 }), 'throttled'],
    ['a model that refuses', named('ModelErrorException', '', { originalStatusCode: 400 }), 'final'],
    ['a reset connection', coded('ECONNRESET'), 'fault'],
    ['a name that is not found', coded('ENOTFOUND'), 'fault'],
    ['a certificate that is not trusted', coded('CERT_HAS_EXPIRED'), 'fault'],
    ['an endpoint without TLS', coded('ERR_SSL_WRONG_VERSION_NUMBER'), 'fault'],
    ['a page of a proxy', status(503), 'fault'],
    ['an unknown status', status(418), 'final'],
    ['an empty stream', emptyAnswer(), 'fault'],
    ['a refused request', named('ValidationException', 'messages.0 is wrong'), 'final'],
    ['a full context', named('ValidationException', 'Input is too long for requested model.'), 'final'],
    [
      'a region without the model',
      named('ValidationException', 'The provided model identifier is invalid.'),
      'elsewhere',
    ],
    [
      'a model that wants a profile',
      named('ValidationException', 'Invocation of model ID x with on-demand throughput isn’t supported.'),
      'elsewhere',
    ],
    [
      'an ended model',
      named('ResourceNotFoundException', 'This model version has reached the end of its life.'),
      'elsewhere',
    ],
    ['a model without access', named('AccessDeniedException', "You don't have access to the model."), 'elsewhere'],
    ['a refused caller', named('AccessDeniedException', 'User is not authorized to perform it.'), 'elsewhere'],
    ['a caller unknown in this region', named('UnrecognizedClientException'), 'unauthenticated'],
    ['a session that is over', named('ExpiredTokenException'), 'unauthenticated'],
    ['a file that is denied', named('AccessDeniedException', 'Access denied to the S3 object.'), 'final'],
    ['a refused cache point', named('AccessDeniedException', 'You did not allow prompt caching.'), 'final'],
    ['a role that may not be assumed', named('RoleRefused'), 'other-account'],
    ['an STS that does not answer', named('RoleServiceUnavailable'), 'account-fault'],
    ['no own credentials', named('CredentialsUnavailable'), 'account-fault'],
    ['our own refusal', new GatewayError('no', { status: 400, type: 'invalid_request_error' }), 'final'],
    ['an aborted call', named('AbortError'), 'final'],
    ['something else', 'no error at all', 'final'],
  ])('%s', (_name, error, expected) => {
    expect(verdictOf(error)).toBe(expected);
  });
});
