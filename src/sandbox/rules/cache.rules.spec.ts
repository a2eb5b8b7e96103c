import type { ConverseRequest } from '../wire/converse-request.js';
import * as rules from './cache.rules.js';
import { refusalOf, user } from './rule-samples.js';

const promptCaching = { ttls: ['5m', '1h'] as const, maxPoints: 4, minTokens: null };

function points(...ttls: (undefined | '5m' | '1h')[]): ConverseRequest {
  const blocks = ttls.map((ttl) => ({ cachePoint: { type: 'default' as const, ...(ttl ? { ttl } : {}) } }));
  return { messages: [user({ text: 'a' }, ...blocks)] };
}

describe('rules of prompt caching', () => {
  it('refuse a cache point where there is no cache', () => {
    expect(refusalOf(rules.cachingIsSupported, { request: points('5m') })).toContain(
      'You invoked an unsupported model or your request did not allow prompt caching.',
    );
  });

  it('refuse a fifth cache point', () => {
    const request = points(undefined, undefined, undefined, undefined, undefined);

    expect(refusalOf(rules.cachePointsAreBounded, { request, capabilities: { promptCaching } })).toContain(
      'A maximum of 4 blocks with cache_control may be provided. Found 5.',
    );
  });

  it('refuse a lifetime that the model does not have', () => {
    const capabilities = { promptCaching: { ...promptCaching, ttls: ['5m'] as const } };

    expect(refusalOf(rules.cacheTtlIsSupported, { request: points('1h'), capabilities })).toContain('a ttl of 1h');
  });

  it('refuse a longer lifetime after a shorter one, in the order tools, system, messages', () => {
    const request = { ...points('1h'), system: [{ cachePoint: { type: 'default' as const } }] };

    expect(refusalOf(rules.longerTtlComesFirst, { request })).toContain("a ttl='1h' cache_control block must not come");
  });

  it.each(Object.entries(rules))('%s accepts four points, the longest first', (_name, rule) => {
    const request = points('1h', '1h', '5m', undefined);

    expect(refusalOf(rule, { request, capabilities: { promptCaching } })).toBeUndefined();
  });
});
