import { Injectable } from '@nestjs/common';
import { BedrockClients } from './bedrock-clients.js';

/** Whom a call is sent to, proxies apart. */
export interface RuntimeAddress {
  address: string;
  port: number;
}

const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** Where the calls of a region go, for those who tell of them. */
@Injectable()
export class RuntimeAddresses {
  private readonly known = new Map<string, RuntimeAddress | undefined>();

  constructor(private readonly clients: BedrockClients) {}

  /** Undefined until it has been looked up, which the first who asks begins. */
  of(region: string): RuntimeAddress | undefined {
    if (!this.known.has(region)) {
      this.known.set(region, undefined);
      void this.lookUp(region);
    }
    return this.known.get(region);
  }

  /** A region that has no address has no answered calls either, and tells so itself. */
  private async lookUp(region: string): Promise<void> {
    const endpoint = await this.clients
      .connection({ region, account: null })
      .endpoint()
      .catch(() => undefined);
    if (endpoint === undefined) return;
    const { hostname, port, protocol } = new URL(endpoint.origin);
    this.known.set(region, { address: hostname, port: port === '' ? (PORTS[protocol] ?? 443) : Number(port) });
  }
}
