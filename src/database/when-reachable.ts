import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { StartupError } from '../config/startup-error.js';

/** Bounds of a wait for the database; several pieces of work may share them. */
export interface DatabaseWait {
  /** `performance.now()` from which on there is one try and no other. */
  until: number;
  /** Ends the wait. */
  signal?: AbortSignal | undefined;
}

/** How Node, `pg` and Prisma tell what went wrong; the last one wraps it. */
interface Failure {
  code?: string;
  originalCode?: string;
  message?: string;
  errors?: readonly unknown[];
  cause?: unknown;
  meta?: { driverAdapterError?: unknown };
}

const RETRY_MS = 250;
const AWAY_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  // Prisma's: not reachable, no answer in time, connection closed.
  'P1001',
  'P1002',
  'P1017',
]);
/** Being shut down or started, too many connections, and what ends a connection: PostgreSQL manual, appendix A. */
const AWAY_STATES = /^(57P0[123]|53300|08[0-9A-Z]{3})$/;
/** `pg` gives a connection that ended or was silent no code; the last one is said where it ended between two statements. */
const PG_MESSAGE = /^Connection terminated|^timeout expired$|^Client has encountered a connection error/;

/** A wait that begins now. */
export function waitUpTo(waitMs: number, signal?: AbortSignal): DatabaseWait {
  return { until: performance.now() + waitMs, signal };
}

/**
 * Does `work` with a database that may not be there yet: as long as it is away, starting or recovering, again, until it
 * was waited for long enough. Rejects with the last error; one that no waiting helps is passed on at once.
 */
export async function whenReachable<T>(work: () => Promise<T>, { until, signal }: DatabaseWait): Promise<T> {
  for (let told = false; ; told = true) {
    try {
      return await work();
    } catch (error) {
      if (!isAway(error) || performance.now() >= until) throw error;
      if (!told) {
        const waitMs = Math.ceil(until - performance.now());
        Logger.warn(
          `The database cannot be reached; waiting for it up to ${waitMs} ms: ${reasonOf(error)}`,
          'Database',
        );
      }
    }
    await delay(RETRY_MS);
    if (signal?.aborted === true) throw new StartupError('Told to stop while waiting for the database.');
  }
}

/** A name with several addresses fails with one error for each, and with no message of its own. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

function isAway(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, originalCode, message, errors, cause, meta } = error as Failure;
  const said = code ?? originalCode ?? '';
  const isItself = AWAY_CODES.has(said) || AWAY_STATES.test(said) || PG_MESSAGE.test(message ?? '');
  return isItself || [...(errors ?? []), cause, meta?.driverAdapterError].some(isAway);
}
