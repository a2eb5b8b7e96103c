import { testConfig } from '../../test/support/config.js';
import { PrismaService } from '../database/prisma.service.js';
import { toLogError } from './to-log-error.js';

describe(toLogError.name, () => {
  it('drops what hangs on an error: bodies, headers, inputs', () => {
    const error = Object.assign(new TypeError('broken'), {
      code: 'ECONNRESET',
      $response: { body: 'the prompt' },
      request: { headers: { authorization: 'Bearer sk-secret' } },
    });
    const logged = toLogError(new Error('outer', { cause: error }));
    expect(logged).toMatchObject({
      type: 'Error',
      message: 'outer',
      cause: { type: 'TypeError', message: 'broken', code: 'ECONNRESET' },
    });
    expect(JSON.stringify(logged)).not.toMatch(/the prompt|sk-secret/);
  });

  it('drops the arguments of a query that Prisma found wrong', async () => {
    const prisma = new PrismaService(testConfig('postgresql://nobody@127.0.0.1:9/none'));
    const where = { name: 5, externalId: 'a secret' } as never;
    const error: unknown = await prisma.tenant.findFirst({ where }).catch((failure: unknown) => failure);
    expect(JSON.stringify(error instanceof Error && error.message)).toContain('a secret');
    const logged = toLogError(new Error('outer', { cause: error }));
    expect(logged.cause).toMatchObject({
      type: 'PrismaClientValidationError',
      message: expect.stringMatching(/^Argument `name`: Invalid value provided/),
      stack: expect.stringContaining('    at '),
    });
    expect(JSON.stringify(logged)).not.toContain('a secret');
  });

  it('ends at a cause that is its own', () => {
    const error = new Error('round');
    error.cause = error;
    expect(JSON.stringify(toLogError(error)).match(/"message":"round"/g)).toHaveLength(5);
  });

  it('does not repeat a thrown value that is no error', () => {
    expect(toLogError('Bearer sk-secret')).toEqual({ type: 'string', message: 'not an error' });
  });
});
