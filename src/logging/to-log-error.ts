/** What a log keeps of an error. Everything else that hangs on it may hold a request: bodies, headers, inputs. */
export interface LogError {
  type: string;
  message: string;
  code?: string;
  stack?: string;
  cause?: LogError;
}

const CAUSES_MAX = 4;

/** Picks an error's harmless parts; its causes are followed a few steps deep. */
export function toLogError(error: unknown, depth = 0): LogError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an error' };
  const { code } = error as NodeJS.ErrnoException;
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' && { code }),
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(error.cause !== undefined && depth < CAUSES_MAX && { cause: toLogError(error.cause, depth + 1) }),
  };
}
