import {
  AccessDeniedException,
  BedrockRuntimeServiceException,
  InternalServerException,
  ModelErrorException,
  ModelNotReadyException,
  ModelStreamErrorException,
  ModelTimeoutException,
  ResourceNotFoundException,
  ServiceQuotaExceededException,
  ServiceUnavailableException,
  ThrottlingException,
  ValidationException,
} from '@aws-sdk/client-bedrock-runtime';
import { GatewayError, invalidRequest } from '../common/errors/gateway-error.js';
import { awsRequestIdOf, exceptionNameOf, statusOf, toGatewayError } from './bedrock.errors.js';

const $metadata = { httpStatusCode: 400, requestId: 'aws-1' };

function answered(message: string, httpStatusCode: number) {
  return { message, $metadata: { httpStatusCode, requestId: 'aws-1' } };
}

function validation(message: string) {
  return new ValidationException(answered(message, 400));
}

function withResponse(error: Error, headers: Record<string, string>): Error {
  return Object.assign(error, { $response: { statusCode: 429, headers } });
}

function system(code: string, name = 'Error'): Error {
  return Object.assign(new Error(`connect ${code} 10.0.0.7:443`), { code, name });
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

/** An error whose exception type did not come with it, as of a proxy or with the header removed. */
function untyped(httpStatusCode: number, message: string): Error {
  return new BedrockRuntimeServiceException({
    name: 'Unknown',
    $fault: 'client',
    ...answered(message, httpStatusCode),
  });
}

describe(toGatewayError.name, () => {
  const cases: [name: string, error: unknown, expected: Partial<GatewayError>][] = [
    [
      'throttling',
      new ThrottlingException(answered('Too many requests, please wait before trying again.', 429)),
      {
        status: 429,
        type: 'rate_limit_error',
        code: 'rate_limit_exceeded',
        headers: { 'x-aws-request-id': 'aws-1', 'retry-after': '1' },
      },
    ],
    [
      'too many tokens, which is no context overflow',
      new ThrottlingException(answered('Too many tokens, please wait before trying again.', 429)),
      { status: 429, code: 'rate_limit_exceeded' },
    ],
    [
      'a daily quota, where no retry helps',
      new ThrottlingException(answered('Too many tokens per day, please wait before trying again.', 429)),
      {
        status: 429,
        type: 'insufficient_quota',
        code: 'insufficient_quota',
        headers: { 'x-aws-request-id': 'aws-1', 'x-should-retry': 'false' },
      },
    ],
    [
      'a used-up quota of the account',
      new ServiceQuotaExceededException(answered('upstream says no', 400)),
      { status: 429, code: 'insufficient_quota' },
    ],
    [
      'a cold model',
      new ModelNotReadyException(answered('Model is not ready', 429)),
      { status: 503, code: 'model_not_ready' },
    ],
    [
      'missing capacity',
      new ServiceUnavailableException(answered('Bedrock is unable to process your request.', 503)),
      { status: 503, type: 'service_unavailable_error', message: 'Bedrock is unable to process your request.' },
    ],
    [
      'an internal error',
      new InternalServerException(answered('boom', 500)),
      { status: 502, type: 'server_error', code: 'upstream_error' },
    ],
    ['a slow model', new ModelTimeoutException(answered('slow', 408)), { status: 504, code: 'upstream_timeout' }],
    ['a model error', new ModelErrorException(answered('m', 424)), { status: 502, code: 'upstream_error' }],
    [
      'a model error that was throttling',
      new ModelErrorException({ ...answered('m', 424), originalStatusCode: 429 }),
      { status: 429, code: 'rate_limit_exceeded' },
    ],
    [
      'a model error that was a bad request',
      new ModelErrorException({ ...answered('m', 424), originalStatusCode: 400 }),
      { status: 400, type: 'invalid_request_error' },
    ],
    [
      'a stream error without metadata',
      Object.assign(new ModelStreamErrorException({ message: 'broken', $metadata: {} }), { originalStatusCode: 500 }),
      { status: 502, code: 'upstream_error', headers: {} },
    ],
    [
      'a stream exception that the SDK does not know',
      named('modelTimeoutException', '{"message":"Model took too long."}'),
      { status: 504, code: 'upstream_timeout', message: 'Model took too long.' },
    ],
    [
      'an error frame of a stream',
      named('SomethingNewException', 'no idea'),
      { status: 502, code: 'upstream_error', message: 'no idea' },
    ],
    ['one of an internal failure', named('InternalFailure', 'gone'), { status: 502, code: 'upstream_error' }],
    ['one of too much work', named('ServiceUnavailable', 'busy'), { status: 503, code: 'service_unavailable' }],
    [
      'a broken frame',
      new Error('The message checksum (1) did not match the expected value of 2'),
      { status: 502, code: 'upstream_invalid_response' },
    ],
    [
      'no access to the model',
      new AccessDeniedException(answered("You don't have access to the model with the specified model ID.", 403)),
      {
        status: 403,
        type: 'permission_error',
        code: 'permission_denied',
        message: "You don't have access to the model with the specified model ID.",
      },
    ],
    [
      'a cache point for a model that does not cache',
      new AccessDeniedException(
        answered('You invoked an unsupported model or your request did not allow prompt caching.', 403),
      ),
      {
        status: 400,
        type: 'invalid_request_error',
        param: 'cache_control',
        message: 'You invoked an unsupported model or your request did not allow prompt caching.',
      },
    ],
    [
      'a denial by IAM, whose sentence names the role',
      untyped(
        403,
        'User: arn:aws:iam::123456789012:user/eve is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.x because no identity-based policy allows it',
      ),
      { status: 403, message: 'The gateway is not allowed to use this model on Bedrock.' },
    ],
    [
      'an end-of-life model',
      new ResourceNotFoundException(answered('This model version has reached the end of its life.', 404)),
      { status: 404, code: 'model_not_found', param: 'model' },
    ],
    ['an expired token of ours', named('ExpiredTokenException', 'x'), { status: 502 }],
    [
      'our bad signature, which is never the client’s 401',
      new BedrockRuntimeServiceException({
        name: 'UnrecognizedClientException',
        $fault: 'client',
        ...answered('The security token included in the request is invalid.', 403),
      }),
      {
        status: 502,
        code: 'upstream_authentication_failed',
        headers: { 'x-aws-request-id': 'aws-1', 'x-should-retry': 'false' },
      },
    ],
    [
      'no credentials of ours at the moment',
      named('CredentialsUnavailable', 'Could not load'),
      { status: 503, code: 'upstream_credentials_unavailable', headers: { 'retry-after': '1' } },
    ],
    ['a refused connection', system('ECONNREFUSED'), { status: 503, code: 'service_unavailable' }],
    ['an unknown issuer', system('SELF_SIGNED_CERT_IN_CHAIN'), { status: 503, code: 'service_unavailable' }],
    ['no issuer', system('UNABLE_TO_GET_ISSUER_CERT_LOCALLY'), { status: 503, code: 'service_unavailable' }],
    [
      "another host's certificate",
      system('ERR_TLS_CERT_ALTNAME_INVALID'),
      { status: 503, code: 'service_unavailable' },
    ],
    ['no TLS', system('EPROTO'), { status: 503, code: 'service_unavailable' }],
    ['no HTTP', system('HPE_INVALID_CONSTANT'), { status: 502, code: 'upstream_invalid_response' }],
    ['too many headers', system('UND_ERR_HEADERS_OVERFLOW'), { status: 502, code: 'upstream_invalid_response' }],
    ['a broken connection', system('ECONNRESET', 'TimeoutError'), { status: 502, code: 'upstream_disconnected' }],
    ['a silent connection', named('TimeoutError', 'idle'), { status: 504, code: 'upstream_timeout' }],
    [
      'HTML of a proxy',
      Object.assign(new SyntaxError('Unexpected <html>'), { $metadata: { httpStatusCode: 503 } }),
      { status: 503, message: 'Bedrock is not available at the moment.' },
    ],
    [
      'a body that is not JSON',
      Object.assign(new SyntaxError('Unexpected "secret"'), { $metadata: { httpStatusCode: 200 } }),
      { status: 502, code: 'upstream_invalid_response', message: 'Bedrock sent an answer that could not be read.' },
    ],
    ['an overload status that AWS does not name', untyped(529, 'overloaded'), { status: 503 }],
    [
      'a defect of ours',
      new TypeError('secret is not a function'),
      { status: 500, code: 'internal_error', message: 'The gateway failed to handle the request.' },
    ],
    ['a thrown string', 'secret', { status: 500, message: 'The gateway failed to handle the request.' }],
  ];

  it.each(cases)('maps %s', (_name, error, expected) => {
    const mapped = toGatewayError(error);
    expect(mapped).toMatchObject(expected);
    expect(mapped.cause).toBe(error);
    expect(`${mapped.message}${JSON.stringify(mapped.headers)}`).not.toMatch(/arn:|\d{12}|secret|10\.0\.0\.7/);
  });

  it.each([
    ['Input is too long for requested model.', 400, 'messages', 'context_length_exceeded'],
    [
      'The model returned the following errors: Input Tokens Exceeded: Number of input tokens exceeds maximum length. Please update the input to try again.',
      400,
      'messages',
      'context_length_exceeded',
    ],
    ['Malformed input request: #/prompt: length: 1..20000 expected', 400, 'messages', 'context_length_exceeded'],
    ['prompt tokens (300000) exceed model maximum (272000)', 400, 'messages', 'context_length_exceeded'],
    ['too many tokens: size limit exceeded by 100 tokens', 400, 'messages', 'context_length_exceeded'],
    ['too many total text bytes: 10000002 > 9000000', 400, 'messages', 'context_length_exceeded'],
    [
      'Malformed input request: expected maxLength: 200000, actual: 1500000, please reformat your input and try again.',
      400,
      'messages',
      'context_length_exceeded',
    ],
    [
      'The model returned the following errors: prompt is too long: 210000 tokens > 200000 maximum',
      400,
      'messages',
      'context_length_exceeded',
    ],
    ['The provided model identifier is invalid.', 404, 'model', 'model_not_found'],
    [
      'Invocation of model ID anthropic.claude-opus-4-8 with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.',
      400,
      'model',
      'model_not_supported',
    ],
    [
      'The maximum tokens you requested exceed the model limit of 4096. Try again with a maximum tokens value lower than 4096.',
      400,
      'max_tokens',
      null,
    ],
    ['`temperature` and `top_p` cannot both be specified for this model. Please use only one.', 400, 'top_p', null],
    [
      "The model returned the following errors: output_config.format.schema: For 'array' type, property 'maxItems' is not supported",
      400,
      'response_format',
      null,
    ],
    [
      "The model returned the following errors: tools.0.custom: For 'array' type, property 'maxItems' is not supported",
      400,
      'tools',
      null,
    ],
    [
      "This model doesn't support the video content block that you provided. Update the content block and try again.",
      400,
      'messages',
      null,
    ],
    [
      'A text block must be included when using documents. Add a text block and retry your request.',
      400,
      'messages',
      null,
    ],
    ['`top_k` is deprecated for this model.', 400, 'top_k', null],
    ['The provided service tier is not supported for this model.', 400, 'service_tier', null],
    ['Latency performance configuration is not supported for x in us-east-1', 400, 'performanceConfig', null],
    ['A maximum of 4 blocks with cache_control may be provided. Found 5.', 400, 'cache_control', null],
    [
      'The model returned the following errors: made_up: Extra inputs are not permitted',
      400,
      'additionalModelRequestFields',
      null,
    ],
    [
      'Malformed input request: #: extraneous key [made_up] is not permitted, please reformat your input and try again.',
      400,
      'additionalModelRequestFields',
      null,
    ],
    ['Something that nobody has seen.', 400, null, null],
  ])('reads the validation text %s', (message, status, param, code) => {
    expect(toGatewayError(validation(message))).toMatchObject({
      status,
      param,
      code,
      message,
      type: 'invalid_request_error',
    });
  });

  it.each([
    ['7', '7'],
    ['0.2', '1'],
    ['Wed, 21 Oct 2015 07:28:00 GMT', '1'],
    ['soon', '1'],
  ])('takes over retry-after %s', (sent, expected) => {
    const error = withResponse(new ThrottlingException(answered('x', 429)), { 'Retry-After': sent });
    expect(toGatewayError(error).headers['retry-after']).toBe(expected);
  });

  it('removes resources, accounts and credentials from what it passes on', () => {
    const error = validation(
      'Role arn:aws:iam::123456789012:role/gateway of 1234-5678-9012 with AKIAIOSFODNN7EXAMPLE and Bearer abc.def may not.',
    );
    expect(toGatewayError(error).message).toBe('Role [resource] of [account] with [redacted] and [redacted] may not.');
  });

  it('cuts a text that echoes the request', () => {
    expect(toGatewayError(validation('x'.repeat(1_000_000))).message.length).toBeLessThan(1_100);
  });

  it('leaves an error of the gateway alone', () => {
    const error = invalidRequest('model', 'no');
    expect(toGatewayError(error)).toBe(error);
  });
});

describe(exceptionNameOf.name, () => {
  it.each([
    ['an exception', new ThrottlingException({ message: '', $metadata }), 'ThrottlingException'],
    ['a stream exception', named('modelTimeoutException', ''), 'ModelTimeoutException'],
    ['a broken connection', system('ECONNRESET', 'TimeoutError'), 'ECONNRESET'],
    ['an answer without a type', untyped(403, ''), undefined],
    ['a plain error', new Error('x'), undefined],
    ['nothing', undefined, undefined],
  ])('names %s', (_name, error, expected) => {
    expect(exceptionNameOf(error)).toBe(expected);
  });
});

describe(awsRequestIdOf.name, () => {
  it.each([
    ['the metadata', new ThrottlingException({ message: '', $metadata }), 'aws-1'],
    ['the headers', withResponse(new Error('x'), { 'X-Amzn-RequestId': 'aws-2' }), 'aws-2'],
    ['no answer', new Error('x'), undefined],
    ['null', null, undefined],
  ])('finds the id in %s', (_name, error, expected) => {
    expect(awsRequestIdOf(error)).toBe(expected);
  });
});

describe(statusOf.name, () => {
  it('is undefined where no answer came', () => {
    expect(statusOf(system('ECONNRESET'))).toBeUndefined();
    expect(statusOf(untyped(403, ''))).toBe(403);
  });
});
