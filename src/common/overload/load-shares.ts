import { Injectable } from '@nestjs/common';
import type { Owner } from './fair-queue.js';

/** Credentials that are remembered; beyond that the ones learned first are forgotten. */
const REMEMBERED_MAX = 20_000;

/** All whose credential is not known yet, together: whoever makes up new ones gains nothing by it. */
const STRANGERS: Owner = { id: 'strangers', weight: 1 };

/** Who a credential belongs to, as far as earlier requests have shown: fairness begins before a key is checked. */
@Injectable()
export class LoadShares {
  private readonly owners = new Map<string, Owner>();

  ownerOf(secret: string | null): Owner {
    return (secret === null ? undefined : this.owners.get(secret)) ?? STRANGERS;
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
