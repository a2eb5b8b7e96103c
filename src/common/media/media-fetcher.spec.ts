import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PatientClient } from '../../../test/support/patient-client.js';
import { GatewayError } from '../errors/gateway-error.js';
import { FetchedTogether, MediaFetcher, type MediaFetcherOptions } from './media-fetcher.js';
import { isPublicAddress } from './public-address.js';

const PNG = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const LOOPBACK = [{ address: '127.0.0.1', family: 4 }];

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

describe(MediaFetcher.name, () => {
  let server: Server;
  let port: number;
  let handler: Handler;
  let requests: string[];

  beforeAll(async () => {
    server = createServer((request, response) => {
      requests.push(`${request.headers.host ?? ''}${request.url ?? ''}`);
      handler(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  beforeEach(() => {
    requests = [];
    handler = (_request, response) => response.writeHead(200, { 'content-type': 'image/png' }).end(PNG);
  });

  /** A fetcher that takes this test's server for a public one. */
  function fetcher(options: Partial<MediaFetcherOptions> = {}): MediaFetcher {
    return new MediaFetcher({
      ports: [port, 80, 443],
      isAllowedAddress: (address) => address === '127.0.0.1' || isPublicAddress(address),
      resolve: () => Promise.resolve(LOOPBACK),
      ...options,
    });
  }

  async function refusal(url: string, options?: Partial<MediaFetcherOptions>): Promise<string> {
    const error: unknown = await fetcher(options)
      .fetch(url, 'messages[0].content[1]', new FetchedTogether(new PatientClient()))
      .then(
        () => undefined,
        (reason: unknown) => reason,
      );
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ status: 400, param: 'messages[0].content[1]', type: 'invalid_request_error' });
    return (error as GatewayError).message;
  }

  function here(path = '/a.png'): string {
    return `http://files.example:${port}${path}`;
  }

  it('returns the bytes and what the server calls them', async () => {
    handler = (_request, response) => response.writeHead(200, { 'content-type': 'Image/PNG; x=1' }).end(PNG);
    const file = await fetcher().fetch(here(), 'p', new FetchedTogether(new PatientClient()));
    expect(file.mediaType).toBe('image/png');
    expect(Buffer.from(file.bytes)).toEqual(PNG);
  });

  it('takes a file that the server does not name', async () => {
    handler = (_request, response) => response.writeHead(200).end(PNG);
    expect(await fetcher().fetch(here(), 'p', new FetchedTogether(new PatientClient()))).not.toHaveProperty(
      'mediaType',
    );
  });

  it('follows three redirects and no fourth', async () => {
    handler = (request, response) => {
      const hop = Number(request.url?.slice(1));
      if (hop === 3) {
        response.writeHead(200, { 'content-type': 'image/png' }).end(PNG);
      } else {
        response.writeHead(302, { location: `/${hop + 1}` }).end();
      }
    };
    expect((await fetcher().fetch(here('/0'), 'p', new FetchedTogether(new PatientClient()))).bytes).toHaveLength(
      PNG.length,
    );
    expect(requests).toHaveLength(4);
    expect(await refusal(here('/-1'))).toContain('more than 3 redirects');
  });

  describe('the way to machines that only we can reach', () => {
    it.each([
      'http://127.0.0.1/',
      'http://2130706433/',
      'http://0x7f000001/',
      'http://0177.0.0.1/',
      'http://127.1/',
      'http://0/',
      'http://0x7f.1/',
      'http://①②⑦.0.0.1/',
      'http://127.0.0.1./',
      'http://[::1]/',
      'http://[::]/',
      'http://[::ffff:127.0.0.1]/',
      'http://[::ffff:7f00:1]/',
      'http://[0:0:0:0:0:ffff:169.254.169.254]/',
      'http://[64:ff9b::169.254.169.254]/',
      'http://[2002:a9fe:a9fe::]/',
      'http://[fd00:ec2::254]/latest/meta-data/',
      'http://[fe80::1]/',
      'http://169.254.169.254/latest/meta-data/iam/security-credentials/',
      'http://169.254.170.2/v2/credentials',
      'http://2852039166/latest/meta-data/',
      'http://0xa9fea9fe/',
      'http://0251.0376.0251.0376/',
      'http://10.0.0.1/',
      'http://192.168.0.1/',
      'http://100.100.100.200/',
      'http://224.0.0.1/',
      'http://255.255.255.255/',
    ])('is closed to the address %s', async (url) => {
      const message = await refusal(url, { isAllowedAddress: isPublicAddress });
      expect(message).toContain('could not be reached');
      expect(requests).toEqual([]);
    });

    it.each([
      ['loopback', ['127.0.0.1']],
      ['metadata', ['169.254.169.254']],
      ['a mapped address', ['::ffff:127.0.0.1']],
      ['a public and a private address', ['8.8.8.8', '10.0.0.1']],
      ['nothing', []],
    ])('is closed to a name that resolves to %s', async (_name, addresses) => {
      const resolve = () =>
        Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
      expect(await refusal('http://rebind.example/', { isAllowedAddress: isPublicAddress, resolve })).toContain(
        'could not be reached',
      );
    });

    it('is closed to a name that is public when checked and private when connected', async () => {
      let asked = 0;
      const resolve = () => {
        asked += 1;
        return Promise.resolve(asked === 1 ? LOOPBACK : [{ address: '127.0.0.2', family: 4 }]);
      };
      handler = (_request, response) => response.writeHead(302, { location: here('/b') }).end();
      expect(await refusal(here('/a'), { resolve })).toContain('could not be reached');
      expect(requests).toEqual([`files.example:${port}/a`]);
    });

    it('is closed when the resolver’s answer is not where the socket went', async () => {
      let checks = 0;
      const isAllowedAddress = () => (checks += 1) === 1;
      expect(await refusal(here(), { isAllowedAddress })).toContain('could not be reached');
      expect(checks).toBe(2);
    });

    it.each([
      'http://169.254.169.254/',
      'http://127.0.0.2/',
      'http://[::1]/',
      '//10.0.0.1/',
      'file:///etc/passwd',
      'gopher://x/',
      'data:image/png;base64,AA==',
    ])('is closed to a redirect to %s', async (location) => {
      handler = (_request, response) => response.writeHead(302, { location }).end();
      await refusal(here());
      expect(requests).toHaveLength(1);
    });

    it('gives a forbidden name and a missing one the same words', async () => {
      const forbidden = await refusal('http://intranet.example/', {
        resolve: () => Promise.resolve([{ address: '10.0.0.1', family: 4 }]),
      });
      const missing = await refusal('http://missing.example/', {
        resolve: () => Promise.reject(new Error('ENOTFOUND')),
      });
      expect(forbidden).toBe(missing);
    });
  });

  it.each([
    ['file:///etc/passwd', 'begin with https'],
    ['ftp://files.example/', 'begin with https'],
    ['javascript:alert(1)', 'begin with https'],
    ['https://user:secret@files.example/', 'credentials'],
    ['https://files.example:22/', 'port'],
    ['http://files.example:6379/', 'port'],
    ['https://', 'not valid'],
    ['not a url', 'not valid'],
  ])('refuses %s', async (url, reason) => {
    const message = await refusal(url);
    expect(message).toContain(reason);
    expect(message).not.toContain('secret');
    expect(requests).toEqual([]);
  });

  it.each([
    ['a missing file', 404, {}, 'status 404'],
    ['a page in JSON', 200, { 'content-type': 'application/json' }, 'application/json'],
    ['a script', 200, { 'content-type': 'text/javascript' }, 'text/javascript'],
    ['packed bytes', 200, { 'content-type': 'image/png', 'content-encoding': 'gzip' }, 'compressed'],
    ['an announced size beyond the limit', 200, { 'content-type': 'image/png', 'content-length': '1000' }, 'larger'],
    ['a redirect without a place', 302, {}, 'status 302'],
  ])('refuses %s', async (_name, status, headers, reason) => {
    handler = (_request, response) => {
      response.writeHead(status, headers);
      response.write(PNG);
      response.end();
    };
    expect(await refusal(here(), { bytesMax: 100 })).toContain(reason);
  });

  it('stops reading at the limit, whatever was announced', async () => {
    const closed = Promise.withResolvers<void>();
    handler = (_request, response) => {
      response.writeHead(200, { 'content-type': 'image/png' });
      response.on('close', closed.resolve);
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(1000)));
      };
      response.on('drain', more);
      more();
    };
    expect(await refusal(here(), { bytesMax: 5_000 })).toContain('larger than 5000 bytes');
    await closed.promise;
  });

  it('stops reading when the files of a request are too large together', async () => {
    const together = new FetchedTogether(new PatientClient(), PNG.length * 2);
    const media = fetcher();
    await media.fetch(here('/1.png'), 'one', together);
    await media.fetch(here('/2.png'), 'two', together);
    await expect(media.fetch(here('/3.png'), 'three', together)).rejects.toMatchObject({
      status: 400,
      param: 'three',
      message: expect.stringContaining('too large together') as string,
    });
  });

  it('ends the other files of a request when one is refused', async () => {
    const together = new FetchedTogether(new PatientClient());
    const closed = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    handler = (request, response) => {
      if (request.url === '/missing.png') {
        response.writeHead(404).end();
        return;
      }
      response.on('close', closed.resolve);
      begun.resolve();
    };
    const media = fetcher();
    const slow = media.fetch(here('/slow.png'), 'one', together).catch((error: unknown) => error);
    await begun.promise;
    await expect(media.fetch(here('/missing.png'), 'two', together)).rejects.toThrow('status 404');
    expect(await slow).toMatchObject({ status: 400, param: 'one' });
    await closed.promise;
  });

  it('ends the fetch of a file when nobody waits for it any more', async () => {
    const client = new PatientClient();
    const begun = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    handler = (_request, response) => {
      response.on('close', closed.resolve);
      response.writeHead(200, { 'content-type': 'image/png' }).write(PNG, () => begun.resolve());
    };
    const fetched = fetcher()
      .fetch(here(), 'p', new FetchedTogether(client))
      .catch((error: unknown) => error);
    await begun.promise;
    client.leave();
    await closed.promise;
    expect(await fetched).toMatchObject({ message: expect.stringContaining('could not be reached') as string });
  });

  it('counts what it fetches while it arrives, and says that there is no room', async () => {
    const client = new PatientClient(PNG.length);
    const together = new FetchedTogether(client);
    await fetcher().fetch(here('/1.png'), 'one', together);
    expect(client.held).toBe(PNG.length);
    await expect(fetcher().fetch(here('/2.png'), 'two', together)).rejects.toMatchObject({
      status: 503,
      code: 'overloaded',
      headers: { 'retry-after': expect.stringMatching(/^[123]$/) as string, 'x-should-retry': 'true' },
    });
  });

  it.each([
    ['switches to another protocol', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: a\r\n\r\n'],
    ['sends two lengths', `HTTP/1.1 200 OK\r\ncontent-length: 8\r\ncontent-length: 9\r\n\r\n${PNG.toString('latin1')}`],
    ['sends headers without an end', `HTTP/1.1 200 OK\r\nx-long: ${'a'.repeat(100_000)}\r\n\r\n`],
  ])('refuses what a server says that %s', async (_name, bytes) => {
    handler = (_request, { socket }) => socket?.write(bytes, 'latin1');
    expect(await refusal(here())).toContain('could not be reached');
  });

  it('takes no part of a file for the whole when time is over', async () => {
    handler = (_request, { socket }) => socket?.write(`HTTP/1.1 200 OK\r\n\r\n${PNG.toString('latin1')}`, 'latin1');
    expect(await refusal(here(), { timeoutMs: 50 })).toContain('longer than 50 ms');
  });

  it('refuses an empty file', async () => {
    handler = (_request, response) => response.writeHead(200, { 'content-type': 'image/png' }).end();
    expect(await refusal(here())).toContain('empty');
  });

  it.each([
    ['never answers', () => undefined],
    [
      'never ends',
      (_request: IncomingMessage, response: ServerResponse) => {
        response.writeHead(200, { 'content-type': 'image/png' });
        response.write(PNG);
      },
    ],
  ])('gives up on a server that %s', async (_name, slow) => {
    handler = slow;
    expect(await refusal(here(), { timeoutMs: 50 })).toContain('longer than 50 ms');
  });

  it('refuses a body that breaks off', async () => {
    handler = (_request, response) => {
      response.writeHead(200, { 'content-type': 'image/png', 'content-length': '100' });
      response.write(PNG, () => response.destroy());
    };
    expect(await refusal(here())).toContain('could not be reached');
  });
});
