import { emptyAnswer, isRetryable } from './retryable.js';

const named = (name: string, message = '') => Object.assign(new Error(message), { name });

describe(isRetryable.name, () => {
  it.each<[string, unknown, boolean]>([
    ['throttling', named('ThrottlingException', 'Too many tokens, please wait before trying again.'), true],
    ['a used-up day', named('ThrottlingException', 'Too many tokens per day, please wait before trying again.'), false],
    ['no capacity', named('ServiceUnavailableException'), true],
    ['a cold model', named('ModelNotReadyException'), true],
    ['a reset connection', Object.assign(new Error('reset'), { code: 'ECONNRESET' }), true],
    ['an empty stream', emptyAnswer(), true],
    ['a refused request', named('ValidationException'), false],
    ['a refused caller', named('AccessDeniedException'), false],
    ['something else', 'no error at all', false],
  ])('%s', (_name, error, expected) => {
    expect(isRetryable(error)).toBe(expected);
  });
});
