import type { LookupAddress } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';

/** Addresses of a name. Rejects when it has none. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

/** For each of the tries, which take longer one by one. */
const TIMEOUT_MS = 2_000;
const TRIES_MAX = 2;

/**
 * Asks DNS itself, for names that come from outside. The system's resolver works on two threads of the process: two
 * names whose servers are silent would hold up every other name for as long, Bedrock's included.
 * @param servers addresses with ports, instead of those that the system asks
 */
export async function resolveForeign(hostname: string, servers?: readonly string[]): Promise<LookupAddress[]> {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES_MAX });
  if (servers !== undefined) resolver.setServers(servers);
  const [four, six] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  const found = [...toAddresses(four, 4), ...toAddresses(six, 6)];
  if (found.length === 0 && four.status === 'rejected') throw four.reason;
  return found;
}

/** As the system resolves names: with its file of hosts and its search domains, which a private network may need. */
export const resolveAsSystem: Resolve = (hostname) => lookup(hostname, { all: true });

function toAddresses(answer: PromiseSettledResult<string[]>, family: 4 | 6): LookupAddress[] {
  return answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family })) : [];
}
