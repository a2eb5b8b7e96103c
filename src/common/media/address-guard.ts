import type { LookupAddress } from 'node:dns';
import type { ClientRequest } from 'node:http';
import { isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import type { Resolve } from './resolve-addresses.js';

class AddressForbidden extends Error {}

/**
 * Keeps a request from addresses that whoever wrote its URL must not reach: they are checked at the moment of
 * connecting, so a name that resolves to something else a second later gains nothing.
 */
export class AddressGuard {
  constructor(
    private readonly isAllowedAddress: (address: string) => boolean,
    private readonly resolve: Resolve,
  ) {}

  /** What can be told from the URL alone. Sockets do not ask `lookup` about an address, so ask this before. */
  mayReach(url: URL): boolean {
    // URL parsing has already turned 0x7f.1 into 127.0.0.1.
    const host = url.hostname.replace(/^\[|\]$/g, '');
    return isIP(host) === 0 || this.isAllowedAddress(host);
  }

  /** The resolver of the request's socket: it connects to nothing but what this returns. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    callbackify(this.allowedAddresses)(hostname, (error, addresses) => {
      if (error !== null) {
        callback(error, '', 0);
      } else if (options.all === true) {
        callback(null, addresses);
      } else {
        callback(null, addresses[0].address, addresses[0].family);
      }
    });
  };

  /** Ends the request when its socket has gone elsewhere all the same. */
  watch(request: ClientRequest): void {
    request.on('socket', (socket) => {
      socket.once('connect', () => {
        if (!this.isAllowedAddress(socket.remoteAddress ?? '')) {
          socket.destroy(new AddressForbidden());
        }
      });
    });
  }

  private readonly allowedAddresses = async (hostname: string): Promise<[LookupAddress, ...LookupAddress[]]> => {
    const [first, ...others] = await this.resolve(hostname);
    // One forbidden address spoils the name: no honest one has both kinds.
    if (first === undefined || ![first, ...others].every(({ address }) => this.isAllowedAddress(address))) {
      throw new AddressForbidden();
    }
    return [first, ...others];
  };
}
