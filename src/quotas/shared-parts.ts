import type { OthersDemand, QuotaDemand } from './quota-demand.repository.js';
import { partOf, partWithin, type Demand, type Part } from './share-out.js';

/** Under this name a process tells that it is there, and what it holds of every quota that it does not name. */
const ANY = '';
const NOTHING: Demand = { demand: 0, weight: 0, usedTokens: 0, usedRequests: 0 };

/** The parts of one process of all quotas, as far as it knows of the others. */
export class SharedParts {
  private readonly others = new Map<string, OthersDemand[]>();

  constructor(
    private readonly own: ReadonlyMap<string, Demand>,
    others: readonly OthersDemand[],
  ) {
    for (const other of others) {
      const known = this.others.get(other.quota);
      if (known === undefined) this.others.set(other.quota, [other]);
      else known.push(other);
    }
  }

  of(quota: string): Part {
    const own = this.own.get(quota) ?? NOTHING;
    const named = this.others.get(quota) ?? [];
    const saying = new Set(named.map(({ processId }) => processId));
    const silent = this.living.filter(({ processId }) => !saying.has(processId));
    const held = [...named, ...(quota === ANY ? [] : silent)].map((other) => other.held);
    return partWithin(partOf(own, [...named, ...silent.map(() => NOTHING)]), own, held);
  }

  /** What the others must know: also what it holds of a quota that only they want. */
  toDemands(): QuotaDemand[] {
    const wanted = [...this.others].filter(([, others]) => others.some(isWanting)).map(([quota]) => quota);
    return [...new Set([ANY, ...this.own.keys(), ...wanted])].map((quota) => ({
      ...(this.own.get(quota) ?? NOTHING),
      quota,
      held: this.of(quota),
    }));
  }

  private get living(): readonly OthersDemand[] {
    return this.others.get(ANY) ?? [];
  }
}

function isWanting({ demand, usedTokens, usedRequests }: Demand): boolean {
  return demand > 0 || usedTokens > 0 || usedRequests > 0;
}
