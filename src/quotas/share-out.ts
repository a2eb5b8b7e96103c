/** What one process wants of a quota, and what it has used of it that has not filled again, as parts of the whole. */
export interface Demand {
  /** By the minute; above 1 it wants more than there is. */
  demand: number;
  /** Of the tenants that want it, together. */
  weight: number;
  usedTokens: number;
  usedRequests: number;
}

/** The part of a quota that one process has. */
export interface Part {
  /** Of what fills again. */
  rate: number;
  /** Of what may be taken at once. */
  tokens: number;
  requests: number;
}

/**
 * So much all processes may ask for together, whether they want it or not: the first request of one that was idle must
 * not wait until the others know of it.
 */
const SPARE = 0.1;

/**
 * The part of a quota that the first of its users has. What fills again goes by demand, and what has been used cannot be
 * given away before it has filled. The parts of all users together are the whole.
 */
export function partOf(own: Demand, others: readonly Demand[]): Part {
  const rate = shareOf(own, others);
  const all = [own, ...others];
  const free = (used: 'usedTokens' | 'usedRequests') =>
    Math.max(0, 1 - all.reduce((sum, { [used]: part }) => sum + part, 0));
  return {
    rate,
    tokens: own.usedTokens + rate * free('usedTokens'),
    requests: own.usedRequests + rate * free('usedRequests'),
  };
}

/**
 * What a process may have of its part at once: one that grows waits for those that still hold what they are to leave. What
 * it has used, it has.
 */
export function partWithin(part: Part, own: Demand, held: readonly Part[]): Part {
  const left = (name: keyof Part) => Math.max(0, 1 - held.reduce((sum, { [name]: taken }) => sum + taken, 0));
  return {
    rate: Math.min(part.rate, left('rate')),
    tokens: Math.max(own.usedTokens, Math.min(part.tokens, left('tokens'))),
    requests: Math.max(own.usedRequests, Math.min(part.requests, left('requests'))),
  };
}

/**
 * Who wants less than its part by weight gets what it wants, and the others share the rest; what nobody wants is shared,
 * too.
 */
export function shareOf(
  own: Pick<Demand, 'demand' | 'weight'>,
  others: readonly Pick<Demand, 'demand' | 'weight'>[],
): number {
  const least = SPARE / (1 + others.length);
  const first = atLeast(own, least);
  const wants = [first, ...others.map((other) => atLeast(other, least))];
  let open = wants;
  let rest = 1;
  for (;;) {
    const perWeight = rest / weightOf(open);
    const modest = open.filter(({ demand, weight }) => demand <= perWeight * weight);
    if (modest.length === 0) break;
    rest -= modest.reduce((sum, { demand }) => sum + demand, 0);
    open = open.filter((want) => !modest.includes(want));
  }
  if (open.length === 0) return first.demand + (rest * first.weight) / weightOf(wants);
  return open.includes(first) ? (rest * first.weight) / weightOf(open) : first.demand;
}

function atLeast({ demand, weight }: Pick<Demand, 'demand' | 'weight'>, least: number) {
  return { demand: Math.max(least, demand), weight: Math.max(1, weight) };
}

function weightOf(wants: readonly { weight: number }[]): number {
  return wants.reduce((sum, { weight }) => sum + weight, 0);
}
