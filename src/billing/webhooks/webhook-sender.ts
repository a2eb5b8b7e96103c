import { request as requestHttp, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Injectable } from '@nestjs/common';
import { AddressGuard } from '../../common/media/address-guard.js';
import { isPublicAddress } from '../../common/media/public-address.js';
import { resolveAsSystem, resolveForeign } from '../../common/media/resolve-addresses.js';
import { AppConfig } from '../../config/app-config.js';

const TIMEOUT_MS = 10_000;

/** Why a URL cannot be the one of a webhook, or null when it can. */
export type UrlProblem = 'must be an https: URL without credentials' | 'must not lead to a private address' | null;

/** Sends events. Operators name the URLs, but our network is not theirs to look into: see `AddressGuard`. */
@Injectable()
export class WebhookSender {
  private readonly guard: AddressGuard;
  private readonly protocols: readonly string[];

  constructor({ webhookAllowPrivate }: AppConfig) {
    this.guard = webhookAllowPrivate
      ? new AddressGuard(() => true, resolveAsSystem)
      : new AddressGuard(isPublicAddress, (hostname) => resolveForeign(hostname));
    this.protocols = webhookAllowPrivate ? ['https:', 'http:'] : ['https:'];
  }

  /** What can be told of a URL before anything is sent to it. */
  problemOf(address: string): UrlProblem {
    const url = URL.parse(address);
    if (url === null || !this.protocols.includes(url.protocol) || url.username !== '' || url.password !== '') {
      return 'must be an https: URL without credentials';
    }
    return this.guard.mayReach(url) ? null : 'must not lead to a private address';
  }

  /**
   * Answers the status of the receiver. Redirects are not followed. Throws when there is no answer within ten seconds,
   * when the signal aborts, or when the name leads to an address that is not allowed.
   */
  async post(address: string, body: string, headers: Record<string, string>, signal: AbortSignal): Promise<number> {
    const url = new URL(address);
    const problem = this.problemOf(address);
    if (problem !== null) {
      throw new Error(problem);
    }
    const options: RequestOptions = {
      method: 'POST',
      agent: false,
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      lookup: this.guard.lookup,
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'bedrock-gateway',
      },
    };
    return new Promise((resolve, reject) => {
      const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, (response) => {
        resolve(response.statusCode ?? 0);
        // What it says beside its status is of no use.
        response.destroy();
      });
      request.on('error', reject);
      this.guard.watch(request);
      request.end(body);
    });
  }
}
