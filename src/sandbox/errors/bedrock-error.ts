const SERVICE_NAMESPACE = 'http://internal.amazon.com/coral/com.amazon.bedrock/';
const AUTHENTICATION_NAMESPACE = 'http://internal.amazon.com/coral/com.amazon.coral.service/';

/** Status of each exception that Bedrock's runtime and control plane declare. */
const STATUS_BY_NAME: Readonly<Record<string, number>> = {
  AccessDeniedException: 403,
  ConflictException: 400,
  ExpiredTokenException: 403,
  InternalServerException: 500,
  InvalidSignatureException: 403,
  MissingAuthenticationTokenException: 403,
  ModelErrorException: 424,
  ModelNotReadyException: 429,
  ModelStreamErrorException: 424,
  ModelTimeoutException: 408,
  ResourceNotFoundException: 404,
  SerializationException: 400,
  ServiceQuotaExceededException: 400,
  ServiceUnavailableException: 503,
  ThrottlingException: 429,
  UnrecognizedClientException: 403,
  ValidationException: 400,
};

const AUTHENTICATION_ERRORS: ReadonlySet<string> = new Set([
  'ExpiredTokenException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'SerializationException',
  'UnrecognizedClientException',
]);

/** An answer that Bedrock gives instead of a result: the exception's name, its status and `{message}`. */
export class BedrockError extends Error {
  readonly status: number;

  constructor(
    override readonly name: string,
    message: string,
    status = STATUS_BY_NAME[name] ?? 500,
    /** Members of the body beside `message`, for example `originalStatusCode`. */
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.status = status;
  }

  /** Value of `x-amzn-errortype`: clients cut it at the first colon. */
  get typeHeader(): string {
    const namespace = AUTHENTICATION_ERRORS.has(this.name) ? AUTHENTICATION_NAMESPACE : SERVICE_NAMESPACE;
    return `${this.name}:${namespace}`;
  }

  get body(): Readonly<Record<string, unknown>> {
    return { ...this.details, message: this.message };
  }
}

export function validationError(message: string): BedrockError {
  return new BedrockError('ValidationException', message);
}

const MODEL_REFUSAL = 'The model returned the following errors: ';

/** A refusal by the model's own server, which Converse passes on behind a fixed phrase. */
export function modelRefusal(message: string): BedrockError {
  return validationError(`${MODEL_REFUSAL}${message}`);
}

/** InvokeModel passes on the model's words alone. */
export function withoutPhrase(error: BedrockError): BedrockError {
  return new BedrockError(error.name, error.message.replace(MODEL_REFUSAL, ''), error.status, error.details);
}
