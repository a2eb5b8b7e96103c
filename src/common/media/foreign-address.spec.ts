import { isForeignAddress } from './foreign-address.js';

const of = (cidr: string | null, family: 'IPv4' | 'IPv6') => ({
  address: cidr?.split('/')[0] ?? '',
  netmask: '',
  mac: '',
  internal: false,
  cidr,
  ...(family === 'IPv6' ? { family, scopeid: 0 } : { family }),
});

const INTERFACES = {
  eth0: [of('18.66.1.9/28', 'IPv4'), of('2600:1f18:1:2::9/64', 'IPv6'), of(null, 'IPv4')],
  eth1: [of('2600:1f18:3:4::9/128', 'IPv6')],
  tun0: [of('3.3.3.3/0', 'IPv4')],
  gone: undefined,
} as Parameters<typeof isForeignAddress>[1];

describe(isForeignAddress.name, () => {
  it.each([
    ['18.66.1.9', false],
    ['18.66.1.14', false],
    ['18.66.1.16', true],
    ['3.3.3.3', true],
    ['2600:1f18:1:2::9', false],
    ['2600:1f18:1:2:ffff::', false],
    ['2600:1f18:1:3::', true],
    ['2600:1f18:3:4::9', false],
    ['2600:1f18:3:4::a', true],
    ['files.example', false],
    ['10.0.0.1', false],
  ])('says of %s %s', (address, expected) => {
    expect(isForeignAddress(address, INTERFACES)).toBe(expected);
  });
});
