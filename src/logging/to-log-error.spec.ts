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

  it('ends at a cause that is its own', () => {
    const error = new Error('round');
    error.cause = error;
    expect(JSON.stringify(toLogError(error)).match(/"message":"round"/g)).toHaveLength(5);
  });

  it('does not repeat a thrown value that is no error', () => {
    expect(toLogError('Bearer sk-secret')).toEqual({ type: 'string', message: 'not an error' });
  });
});
