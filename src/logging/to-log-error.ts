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
  const { message, stack } = toWords(error);
  return {
    type: error.name,
    message,
    ...(typeof code === 'string' && { code }),
    ...(stack !== undefined && { stack }),
    ...(error.cause !== undefined && depth < CAUSES_MAX && { cause: toLogError(error.cause, depth + 1) }),
  };
}

/** Prisma puts all arguments of a query that is wrong into its message, whatever its `errorFormat`; the last line says what is wrong. */
function toWords(error: Error): { message: string; stack: string | undefined } {
  const { name, message, stack } = error;
  if (name !== 'PrismaClientValidationError') return { message, stack };
  const last = message.trimEnd().split('\n').at(-1) ?? '';
  return { message: last, stack: stack?.replace(message, () => last) };
}
