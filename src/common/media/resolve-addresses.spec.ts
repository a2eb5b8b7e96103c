import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { resolveForeign } from './resolve-addresses.js';

const TYPE_A = 1;
const HEADER_BYTES = 12;
const ADDRESSES = new Map([
  [TYPE_A, Buffer.from([93, 184, 215, 14])],
  [28, Buffer.from('26062800021f00000000000000000001', 'hex')],
]);
const NO_SUCH_NAME = 3;

/** A name as DNS writes it: labels, each after its length. */
function nameOf(query: Buffer): string {
  const labels: string[] = [];
  for (let at = HEADER_BYTES; query[at] !== 0; at += query[at]! + 1) {
    labels.push(query.toString('latin1', at + 1, at + 1 + query[at]!));
  }
  return labels.join('.');
}

/** Source: RFC 1035, sections 4.1.1 to 4.1.4. */
function toAnswer(query: Buffer, isKnown: boolean): Buffer {
  const questionEnd = query.indexOf(0, HEADER_BYTES) + 5;
  const type = query.readUInt16BE(questionEnd - 4);
  const address = ADDRESSES.get(type)!;
  const head = Buffer.from([
    query[0]!,
    query[1]!,
    0x81,
    isKnown ? 0x80 : 0x80 + NO_SUCH_NAME,
    0,
    1,
    0,
    Number(isKnown),
  ]);
  const record = Buffer.concat([
    Buffer.from([0xc0, HEADER_BYTES, 0, type, 0, 1, 0, 0, 0, 60, 0, address.length]),
    address,
  ]);
  const question = query.subarray(HEADER_BYTES, questionEnd);
  return Buffer.concat([head, Buffer.alloc(4), question, isKnown ? record : Buffer.alloc(0)]);
}

describe(resolveForeign.name, () => {
  let server: Socket;
  let servers: string[];
  let held: (() => void)[];

  beforeEach(async () => {
    held = [];
    server = createSocket('udp4', (query: Buffer, { port, address }: RemoteInfo) => {
      const name = nameOf(query);
      const answer = () => server.send(toAnswer(query, name.startsWith('known')), port, address);
      if (name.endsWith('silent.example')) held.push(answer);
      else answer();
    });
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    servers = [`127.0.0.1:${server.address().port}`];
  });
  afterEach(async () => {
    await new Promise<void>((resolve) => server.close(resolve));
  });

  it('tells the addresses of both families', async () => {
    expect(await resolveForeign('known.example', servers)).toEqual([
      { address: '93.184.215.14', family: 4 },
      { address: '2606:2800:21f::1', family: 6 },
    ]);
  });

  it('rejects for a name that nobody knows', async () => {
    await expect(resolveForeign('unknown.example', servers)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('holds up no other name while the servers of many are silent', async () => {
    let settled = 0;
    const names = Array.from({ length: 20 }, (_, n) => `known-${n}.silent.example`);
    const waiting = names.map((name) => resolveForeign(name, servers).finally(() => (settled += 1)));
    expect(await resolveForeign('known.example', servers)).toHaveLength(2);
    expect(await lookup('localhost')).toBeDefined();
    expect([settled, held.length >= names.length]).toEqual([0, true]);
    for (const answer of held) answer();
    expect((await Promise.all(waiting)).map(({ length }) => length)).toEqual(names.map(() => 2));
  });
});
