import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isPublicAddress } from './public-address.js';

/** Addresses of this machine, as the system tells them. */
type Interfaces = ReturnType<typeof networkInterfaces>;

/**
 * Whether an address is public, and neither of this machine nor of a network that it is a part of. Also where those are
 * public, what runs there may be open to neighbours only, and a machine reaches itself past its firewall.
 */
export function isForeignAddress(address: string, interfaces: Interfaces = networkInterfaces()): boolean {
  if (!isPublicAddress(address)) return false;
  const own = new BlockList();
  for (const { cidr, family } of Object.values(interfaces).flatMap((addresses) => addresses ?? [])) {
    const [network = '', prefix = ''] = cidr?.split('/') ?? [];
    // Some tunnels say that everything is theirs.
    if (Number(prefix) > 0) own.addSubnet(network, Number(prefix), family === 'IPv6' ? 'ipv6' : 'ipv4');
  }
  return !own.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
