import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Response } from 'express';
import type { ModelLifecycle } from '../../models/model-entry.js';
import type { Hold } from '../overload/held-bytes.js';
import type { GatewayRequest } from './gateway-request.js';
import { lifecycleHeaders } from './lifecycle-headers.js';
import { onClose } from './on-close.js';
import { onCut } from './on-cut.js';

/** The place that an attempt went to, as the client may know it. */
export interface AnsweredBy {
  model: string;
  region: string;
  /** Which of the further accounts, counted from 1; 0 or absent: the account of first choice. */
  standIn?: number | undefined;
  /** Where the model stands in its life; absent for what is no model. */
  lifecycle?: ModelLifecycle | undefined;
}

/**
 * OpenAI's SDKs tell how long they wait and how often they have already tried: that for JavaScript for the whole answer,
 * that for Python for its next bytes.
 */
const TIMEOUT_HEADERS = ['x-stainless-timeout', 'x-stainless-read-timeout'];
const RETRY_COUNT_HEADER = 'x-stainless-retry-count';

/** Who waits for an answer: how long, how often it has asked already, and whether it is still there. */
export abstract class WaitingClient {
  /** By the clock of `performance.now()`; infinite where the client does not tell. */
  abstract readonly deadlineMs: number;
  /** Times that the client has sent this request before. */
  abstract readonly retryCount: number;
  /** Of its request's body. */
  abstract readonly bodyBytes: number;
  /** Aborts when the client has left, or the process ends before its answer. */
  abstract readonly left: AbortSignal;
  /** Counts bytes that are held in memory for its request. False when there is no room for them. */
  abstract holds(bytes: number): boolean;
  /** All that is held for its request stays held until the work is done, also when it leaves before. */
  abstract holdsDuring<T>(work: () => Promise<T>): Promise<T>;
  /** Tells the client which place its answer comes from; the last one counts. Nothing after the answer has begun. */
  abstract attempting(place: AnsweredBy): void;
}

/** The client of an HTTP request. */
export class HttpClient extends WaitingClient {
  readonly deadlineMs: number;
  readonly retryCount: number;
  readonly bodyBytes: number;
  private readonly held: Hold;
  private readonly gone = new AbortController();
  private attempts = 0;

  constructor(
    request: Pick<GatewayRequest, 'headers' | 'startedAt' | 'bodyBytes' | 'held'>,
    private readonly response: Response,
  ) {
    super();
    // As SDKs have it, 0 is no limit.
    const timeouts = TIMEOUT_HEADERS.map((name) => numberOf(request.headers[name]) || Number.POSITIVE_INFINITY);
    this.deadlineMs = request.startedAt + Math.min(...timeouts) * 1000;
    this.retryCount = numberOf(request.headers[RETRY_COUNT_HEADER]) ?? 0;
    this.bodyBytes = request.bodyBytes ?? 0;
    this.held = request.held;
    onClose(response, () => {
      if (!response.writableFinished) {
        this.gone.abort();
      }
    });
    onCut(response, () => this.gone.abort());
  }

  get left(): AbortSignal {
    return this.gone.signal;
  }

  holds(bytes: number): boolean {
    return this.held.take(bytes);
  }

  holdsDuring<T>(work: () => Promise<T>): Promise<T> {
    return this.held.during(work);
  }

  attempting({ model, region, standIn = 0, lifecycle }: AnsweredBy): void {
    this.attempts += 1;
    if (!this.response.headersSent) {
      this.response.setHeader('x-gateway-model', withoutAccount(model));
      this.response.setHeader('x-gateway-region', region);
      // Its number would be nothing for a client.
      this.response.setHeader('x-gateway-account', standIn === 0 ? 'primary' : `failover-${standIn}`);
      this.response.setHeader('x-gateway-attempts', String(this.attempts));
      for (const [name, value] of lifecycleHeaders(withoutAccount(model), lifecycle)) {
        if (value === null) this.response.removeHeader(name);
        else this.response.setHeader(name, value);
      }
    }
  }
}

/** The client of a data-plane request. */
export const Client = createParamDecorator((_: unknown, context: ExecutionContext): WaitingClient => {
  const http = context.switchToHttp();
  return new HttpClient(http.getRequest<GatewayRequest>(), http.getResponse<Response>());
});

function numberOf(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,9}(?:\.\d+)?$/.test(header) ? Number(header) : undefined;
}

/** An ARN holds the number of the account, which is nothing for a client. */
function withoutAccount(model: string): string {
  return model.startsWith('arn:') ? model.split(':').slice(5).join(':') : model;
}
