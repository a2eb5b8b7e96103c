import { inspect } from 'node:util';
import { StartupError } from '../config/startup-error.js';

/** An error as an operator reads it: its message when that says all, otherwise everything that is known. */
export function explain(error: unknown): string {
  return isExplained(error) ? error.message : inspect(error);
}

/** Errors of the operating system say what, how and where: `EACCES: permission denied, mkdir '/data'`. */
function isExplained(error: unknown): error is Error {
  return error instanceof StartupError || (error instanceof Error && 'syscall' in error);
}
