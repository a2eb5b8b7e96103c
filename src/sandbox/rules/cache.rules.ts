import { BedrockError, modelRefusal } from '../errors/bedrock-error.js';
import type { CachePoint, ConverseRequest } from '../wire/converse-request.js';
import type { Rule } from './rule.js';

const DEFAULT_MAX_POINTS = 4;

export const cachingIsSupported: Rule = (request, { capabilities }) =>
  cachePoints(request).length > 0 && capabilities.promptCaching === null
    ? new BedrockError(
        'AccessDeniedException',
        'You invoked an unsupported model or your request did not allow prompt caching. See the documentation for more information.',
      )
    : undefined;

export const cachePointsAreBounded: Rule = (request, { capabilities }) => {
  const found = cachePoints(request).length;
  const limit = capabilities.promptCaching?.maxPoints ?? DEFAULT_MAX_POINTS;
  return found > limit
    ? modelRefusal(`A maximum of ${limit} blocks with cache_control may be provided. Found ${found}.`)
    : undefined;
};

export const cacheTtlIsSupported: Rule = (request, { capabilities }) => {
  const wrong = cachePoints(request).find(({ ttl }) => ttl && !capabilities.promptCaching?.ttls.includes(ttl));
  return wrong && `This model doesn't support a ttl of ${wrong.ttl} for prompt caching. Remove ttl and try again.`;
};

export const longerTtlComesFirst: Rule = (request) => {
  const ttls = cachePoints(request).map(({ ttl }) => ttl ?? '5m');
  return ttls.includes('5m') && ttls.lastIndexOf('1h') > ttls.indexOf('5m')
    ? modelRefusal(
        "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks are processed in the following order: `tools`, `system`, `messages`.",
      )
    : undefined;
};

/** In the order in which the prompt is read: tools, system, messages. */
function cachePoints(request: ConverseRequest): CachePoint[] {
  const holders = [
    ...(request.toolConfig?.tools ?? []),
    ...(request.system ?? []),
    ...(request.messages ?? []).flatMap((message) => message.content),
  ];
  return holders.flatMap(({ cachePoint }) => (cachePoint ? [cachePoint] : []));
}
