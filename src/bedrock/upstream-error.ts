/** What the SDK leaves on an error; exceptions inside a stream come without `$metadata` and `$response`. */
interface UpstreamError {
  name?: unknown;
  message?: unknown;
  Message?: unknown;
  code?: unknown;
  originalStatusCode?: unknown;
  $fault?: unknown;
  $metadata?: { httpStatusCode?: number; requestId?: string };
  $response?: { statusCode?: number; headers?: Record<string, string | undefined> };
}

const DECIMAL = /^\d+(?:\.\d+)?$/;

export function asUpstream(error: unknown): UpstreamError {
  return typeof error === 'object' && error !== null ? error : {};
}

function headerOf(error: unknown, name: string): string | undefined {
  const headers = asUpstream(error).$response?.headers ?? {};
  const key = Object.keys(headers).find((candidate) => candidate.toLowerCase() === name);
  return key === undefined ? undefined : headers[key];
}

/** HTTP status of Bedrock's answer; undefined when there was none, or inside a stream that had begun with 200. */
export function statusOf(error: unknown): number | undefined {
  const { $metadata, $response } = asUpstream(error);
  return $metadata?.httpStatusCode ?? $response?.statusCode;
}

/** The request id that AWS support asks for, when Bedrock sent one. */
export function awsRequestIdOf(error: unknown): string | undefined {
  return asUpstream(error).$metadata?.requestId ?? headerOf(error, 'x-amzn-requestid');
}

/**
 * The AWS exception's name, or the system's error code where no answer came, for example `ThrottlingException` or
 * `ECONNRESET`. Undefined when the failure has no name of its own.
 */
export function exceptionNameOf(error: unknown): string | undefined {
  const { name, code } = asUpstream(error);
  // The SDK renames every broken connection to TimeoutError and keeps the system's code beside it.
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code)) {
    return code;
  }
  if (typeof name !== 'string' || name === 'Error' || name === 'Unknown' || name === '') {
    return undefined;
  }
  // Exceptions that the SDK does not know inside a stream keep the union member's name, for example modelTimeoutException.
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Bedrock's own words. Some layers spell the member `Message`, and unknown stream exceptions hold the whole body. */
export function messageOf(error: unknown): string {
  const { message, Message } = asUpstream(error);
  const text = [message, Message].find((candidate) => typeof candidate === 'string' && candidate !== '');
  if (typeof text !== 'string' || text === 'UnknownError') {
    return '';
  }
  if (!text.startsWith('{')) {
    return text;
  }
  try {
    const body = JSON.parse(text) as UpstreamError;
    return messageOf(body);
  } catch {
    return '';
  }
}

/** Milliseconds that Bedrock asks to wait, from `retry-after` as seconds or a date, or from a header that counts them. */
export function retryAfterMsOf(error: unknown): number | undefined {
  const exact = headerOf(error, 'retry-after-ms') ?? headerOf(error, 'x-amz-retry-after');
  if (exact !== undefined && DECIMAL.test(exact)) {
    return Number(exact);
  }
  const value = headerOf(error, 'retry-after');
  if (value === undefined) {
    return undefined;
  }
  const ms = DECIMAL.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
