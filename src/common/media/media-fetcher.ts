import { get as getHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { get as getHttps } from 'node:https';
import { GatewayError } from '../errors/gateway-error.js';
import type { WaitingClient } from '../http/waiting-client.js';
import { overloaded } from '../overload/refusal.js';
import { AddressGuard } from './address-guard.js';
import { isForeignAddress } from './foreign-address.js';
import { type Resolve, resolveForeign } from './resolve-addresses.js';

/** A fetched file. `mediaType` is what the server called it, in lower case and without parameters. */
export interface FetchedFile {
  bytes: Uint8Array;
  mediaType?: string;
}

/** Bound of all files of one request: far more than Bedrock takes in one call, and what a process can hold. */
const BYTES_TOGETHER_MAX = 50 * 1024 * 1024;

/** Who waits for the files. */
export type FileReader = Pick<WaitingClient, 'left' | 'holds'>;

/** What the files of one request share: a bound, and their end when one of them is refused or nobody waits any more. */
export class FetchedTogether {
  private readonly refusal = new AbortController();

  constructor(
    private readonly reader: FileReader,
    private bytesLeft = BYTES_TOGETHER_MAX,
  ) {}

  /** Aborts when nobody needs the files: the request is refused for one of them, or its client has left. */
  get unneeded(): AbortSignal {
    return AbortSignal.any([this.refusal.signal, this.reader.left]);
  }

  /**
   * False when that is too much for one request.
   * @throws GatewayError 503 when it is too much for the process
   */
  take(bytes: number): boolean {
    this.bytesLeft -= bytes;
    if (!this.reader.holds(bytes)) throw overloaded();
    return this.bytesLeft >= 0;
  }

  refuse(): void {
    this.refusal.abort();
  }
}

export interface MediaFetcherOptions {
  /** Bound of one file. */
  bytesMax: number;
  /** Bound of the whole fetch, redirects and body included. */
  timeoutMs: number;
  redirectsMax: number;
  /** Ports that may be asked; an attacker would try others to scan what else runs on a host. */
  ports: readonly number[];
  isAllowedAddress: (address: string) => boolean;
  resolve: Resolve;
}

const DEFAULTS: MediaFetcherOptions = {
  bytesMax: 25 * 1024 * 1024,
  timeoutMs: 15_000,
  redirectsMax: 3,
  ports: [80, 443],
  isAllowedAddress: (address) => isForeignAddress(address),
  resolve: (hostname) => resolveForeign(hostname),
};

/** Everything that Converse takes as a file, and what servers say when they do not know. */
const ALLOWED_TYPE =
  /^(?:image|audio|video)\/|^text\/(?:csv|html|markdown|x-markdown|plain)$|^application\/(?:pdf|csv|xhtml\+xml|msword|vnd\.ms-excel|vnd\.openxmlformats-officedocument\.(?:wordprocessingml\.document|spreadsheetml\.sheet)|octet-stream)$|^binary\/octet-stream$/;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Why a fetch ended, in words for the client. The URL is not repeated: its query may hold a signature. */
class MediaRefused extends Error {}

/** One text for a forbidden address and for one that is not there, so that nobody can map our network with it. */
const UNREACHABLE = 'the server could not be reached';

function typeOf(response: IncomingMessage): string | undefined {
  const type = response.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  return type === '' ? undefined : type;
}

/**
 * Fetches files that a request names by URL. Whoever writes the URL must not reach anything that only this machine
 * can reach: every hop goes through an `AddressGuard`.
 */
export class MediaFetcher {
  private readonly options: MediaFetcherOptions;
  private readonly guard: AddressGuard;

  constructor(options: Partial<MediaFetcherOptions> = {}) {
    this.options = { ...DEFAULTS, ...options };
    this.guard = new AddressGuard(this.options.isAllowedAddress, this.options.resolve);
  }

  /**
   * @param param path of the request's field that holds the URL
   * @param together shared by the files of one request, which are counted while they arrive
   * @throws GatewayError 400 naming `param` for whatever goes wrong, and 503 when there is no room for it
   */
  async fetch(url: string, param: string, together: FetchedTogether): Promise<FetchedFile> {
    const timeout = AbortSignal.timeout(this.options.timeoutMs);
    const signal = AbortSignal.any([timeout, together.unneeded]);
    try {
      const response = await this.follow(url, signal);
      const mediaType = typeOf(response);
      const bytes = await this.read(response, together);
      // A body without a length ends with its connection, also when that was ended here.
      signal.throwIfAborted();
      return mediaType === undefined ? { bytes } : { bytes, mediaType };
    } catch (error) {
      together.refuse();
      if (error instanceof GatewayError) throw error;
      throw new GatewayError(`The file of ${param} could not be fetched: ${this.reasonOf(error, timeout)}.`, {
        status: 400,
        type: 'invalid_request_error',
        code: 'invalid_url',
        param,
        cause: error,
      });
    }
  }

  private reasonOf(error: unknown, timeout: AbortSignal): string {
    if (timeout.aborted) {
      return `it took longer than ${this.options.timeoutMs} ms`;
    }
    return error instanceof MediaRefused ? error.message : UNREACHABLE;
  }

  /** The first answer that is no redirect. */
  private async follow(address: string, signal: AbortSignal): Promise<IncomingMessage> {
    let url = this.check(address);
    for (let redirects = 0; ; redirects += 1) {
      const response = await this.open(url, signal);
      const { statusCode = 0, headers } = response;
      if (statusCode === 200) {
        return response;
      }
      response.destroy();
      if (!REDIRECTS.has(statusCode) || headers.location === undefined) {
        throw new MediaRefused(`the server answered with status ${statusCode}`);
      }
      if (redirects === this.options.redirectsMax) {
        throw new MediaRefused(`there were more than ${redirects} redirects`);
      }
      const next = this.check(headers.location, url);
      if (url.protocol === 'https:' && next.protocol !== 'https:') {
        throw new MediaRefused('it was redirected from https to http');
      }
      url = next;
    }
  }

  /** What can be told from the URL alone. */
  private check(address: string, base?: URL): URL {
    const url = URL.parse(address, base?.href);
    if (url === null) {
      throw new MediaRefused('the URL is not valid');
    }
    if (url.protocol !== 'https:' && url.protocol !== 'http:') {
      throw new MediaRefused('the URL must begin with https');
    }
    if (url.username !== '' || url.password !== '') {
      throw new MediaRefused('the URL must not hold credentials');
    }
    const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
    if (!this.options.ports.includes(port)) {
      throw new MediaRefused('the port is not allowed');
    }
    if (!this.guard.mayReach(url)) {
      throw new MediaRefused(UNREACHABLE);
    }
    return url;
  }

  private open(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
    const options: RequestOptions = {
      agent: false,
      signal,
      lookup: this.guard.lookup,
      headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'bedrock-gateway' },
    };
    return new Promise((resolve, reject) => {
      const request = url.protocol === 'https:' ? getHttps(url, options, resolve) : getHttp(url, options, resolve);
      request.on('error', reject);
      // What is no answer, like a switch of protocols, ends the request without an error.
      request.on('close', () => reject(new MediaRefused(UNREACHABLE)));
      this.guard.watch(request);
    });
  }

  private async read(response: IncomingMessage, together: FetchedTogether): Promise<Uint8Array> {
    const { bytesMax } = this.options;
    const type = typeOf(response);
    const encoding = response.headers['content-encoding'] ?? 'identity';
    try {
      if (type !== undefined && !ALLOWED_TYPE.test(type)) {
        throw new MediaRefused(`the server sent a file of the type ${/^[\w.+/-]{1,80}$/.exec(type)?.[0] ?? 'unknown'}`);
      }
      // Compressed bytes would have to be counted after they are unpacked; images and documents are compressed anyway.
      if (encoding.toLowerCase() !== 'identity') {
        throw new MediaRefused('the server sent a compressed file');
      }
      const chunks: Buffer[] = [];
      let size = Number(response.headers['content-length'] ?? 0) > bytesMax ? Infinity : 0;
      if (size <= bytesMax) {
        for await (const chunk of response as AsyncIterable<Buffer>) {
          size += chunk.length;
          if (size > bytesMax) {
            break;
          }
          if (!together.take(chunk.length)) {
            throw new MediaRefused('the files of this request are too large together');
          }
          chunks.push(chunk);
        }
      }
      if (size > bytesMax) {
        throw new MediaRefused(`it is larger than ${bytesMax} bytes`);
      }
      if (size === 0) {
        throw new MediaRefused('it is empty');
      }
      return Buffer.concat(chunks);
    } finally {
      response.destroy();
    }
  }
}
