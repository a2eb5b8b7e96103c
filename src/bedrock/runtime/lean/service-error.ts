import type { AnswerHead } from './http-sender.js';

type Members = Record<string, unknown>;

const NOT_JSON = 'Bedrock sent an answer that is not JSON.';
const REQUEST_ID_HEADERS = ['x-amzn-requestid', 'x-amzn-request-id', 'x-amz-request-id'];

/** AWS's id of the call, where its answer had one. */
export function requestIdOf({ headers }: AnswerHead): string | undefined {
  return REQUEST_ID_HEADERS.map((name) => headers[name]).find((id) => id !== undefined);
}

/** An answer with a status of failure, as the SDK would throw it: named as AWS's exception. */
export function toServiceError(head: AnswerHead, text: string): Error {
  const body = text === '' ? {} : parsed(text);
  if (body === undefined) return unreadableBody(head);
  const name = firstName(head.headers['x-amzn-errortype'] ?? body['code'] ?? body['__type']);
  const error = new Error(messageIn(body) ?? '');
  error.name = name ?? 'Unknown';
  return Object.assign(error, {
    $fault: head.status < 500 ? 'client' : 'server',
    ...details(body),
    ...answerOf(head),
  });
}

/** An answer whose body is not what its status and type say. Holds nothing of the body. */
export function unreadableBody(head: AnswerHead): Error {
  return Object.assign(new SyntaxError(NOT_JSON), answerOf(head));
}

/**
 * The failure without what the parser of JSON quotes of the answer: that may be words of the model. Of an event it is
 * told in the words of the SDK's decoder.
 */
export function withoutQuote(error: unknown): unknown {
  const { name, $metadata, $response } = error as Partial<ReturnType<typeof answerOf> & Error>;
  if (name !== 'SyntaxError') return error;
  if ($response === undefined) return new Error('The payload of an event message is not JSON.');
  return Object.assign(new SyntaxError(NOT_JSON), { $metadata, $response });
}

/** An exception or error message inside a stream: it has a name, a message and the id of the call, and no status of its own. */
export function toStreamException(name: string, payload: string, awsRequestId: string | undefined): Error {
  const body = parsed(payload);
  const error = new Error(messageIn(body) ?? payload);
  error.name = name.charAt(0).toUpperCase() + name.slice(1);
  return Object.assign(error, { ...details(body), $metadata: { requestId: awsRequestId } });
}

function messageIn(body: Members = {}): string | undefined {
  const text = body['message'] ?? body['Message'];
  return typeof text === 'string' ? text : undefined;
}

function answerOf(head: AnswerHead) {
  return {
    $metadata: { httpStatusCode: head.status, requestId: requestIdOf(head) },
    $response: { statusCode: head.status, headers: head.headers },
  };
}

/** What an exception says beside its message, for example the status that the model's own server gave. */
function details(body: Members = {}): Members {
  const status = body['originalStatusCode'];
  return status === undefined ? {} : { originalStatusCode: status };
}

/** `Name:http://…`, `namespace#Name` or a list of names. */
function firstName(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const [name = ''] = String(value).split(/[,:]/);
  return name.split('#').at(-1);
}

function parsed(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Members) : undefined;
  } catch {
    return undefined;
  }
}
