import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * IPv4 ranges that are not the public internet. Sources: the IANA special-purpose registry, and for the last one
 * Azure, whose virtual machines find their metadata behind a public address.
 */
const NOT_PUBLIC_V4: readonly [network: string, prefix: number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['168.63.129.16', 32],
];

/** Ranges inside 2000::/3 that reach IPv4 (Teredo, 6to4), or nothing (documentation, benchmarks, ORCHID). */
const NOT_PUBLIC_V6: readonly [network: string, prefix: number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const notPublic = new BlockList();
for (const [network, prefix] of NOT_PUBLIC_V4) {
  notPublic.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of NOT_PUBLIC_V6) {
  notPublic.addSubnet(network, prefix, 'ipv6');
}

/** The only block of IPv6 that IANA gives out: everything private, mapped or translated lies outside of it. */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/**
 * Whether an address that a socket may connect to is one of the public internet. Takes addresses as sockets and
 * resolvers write them, so 2130706433 and 0x7f.1 are not addresses here and are not public.
 */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) {
    return !notPublic.check(address, 'ipv4');
  }
  // A zone (`fe80::1%eth0`) only ever names a link of this machine.
  if (!isIPv6(address) || address.includes('%')) {
    return false;
  }
  return globalUnicast.check(address, 'ipv6') && !notPublic.check(address, 'ipv6');
}
