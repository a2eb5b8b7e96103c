import { Injectable } from '@nestjs/common';
import type { Owner } from './fair-queue.js';

/** Credentials that are remembered; beyond that the ones longest unseen are forgotten. */
const REMEMBERED_MAX = 20_000;

/**
 * Who a credential belongs to, as far as earlier requests have shown. Fairness between tenants begins before a key is
 * checked, so a new credential counts as an owner of its own.
 */
@Injectable()
export class LoadShares {
  private readonly owners = new Map<string, Owner>();

  ownerOf(secret: string | null, address: string | undefined): Owner {
    if (secret === null) return { id: `address ${address}`, weight: 1 };
    return this.owners.get(secret) ?? { id: secret, weight: 1 };
  }

  /** Call it when a request has been authenticated. */
  learn(secret: string | null, owner: Owner): void {
    if (secret === null) return;
    const known = this.owners.get(secret);
    if (known?.id === owner.id && known.weight === owner.weight) return;
    this.owners.delete(secret);
    this.owners.set(secret, owner);
    const [oldest] = this.owners.keys();
    if (this.owners.size > REMEMBERED_MAX && oldest !== undefined) this.owners.delete(oldest);
  }
}
