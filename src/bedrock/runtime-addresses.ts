import { Injectable } from '@nestjs/common';
import { BoundedMap } from '../common/bounded-map.js';
import { BedrockClients } from './bedrock-clients.js';

/** Whom a call is sent to, proxies apart. */
export interface RuntimeAddress {
  address: string;
  port: number;
}

/** More than AWS has regions; a client may name any in an ARN. */
const REGIONS_MAX = 200;
const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** Where the calls of a region go, for those who tell of them. */
@Injectable()
export class RuntimeAddresses {
  private readonly known = new BoundedMap<{ found?: RuntimeAddress }>(REGIONS_MAX);

  constructor(private readonly clients: BedrockClients) {}

  /** Undefined until it has been looked up, which the first who asks begins. */
  of(region: string): RuntimeAddress | undefined {
    const entry = this.known.getOrCreate(region, () => {
      const created = {};
      void this.lookUp(region, created);
      return created;
    });
    return entry.found;
  }

  /** A region that has no address has no answered calls either, and tells so itself. */
  private async lookUp(region: string, entry: { found?: RuntimeAddress }): Promise<void> {
    const endpoint = await this.clients
      .connection({ region, account: null })
      .endpoint()
      .catch(() => undefined);
    if (endpoint === undefined) return;
    const { hostname, port, protocol } = new URL(endpoint.origin);
    entry.found = { address: hostname, port: port === '' ? (PORTS[protocol] ?? 443) : Number(port) };
  }
}
