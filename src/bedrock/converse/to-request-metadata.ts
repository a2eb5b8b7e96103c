import { invalidRequest } from '../../common/errors/gateway-error.js';

/** Converse's own limit. */
const ENTRIES_MAX = 16;

/**
 * Entries for Bedrock's invocation log. The gateway's own say which tenant and key called, so a client cannot override
 * them.
 * @throws GatewayError 400 when there are more entries than Bedrock takes
 */
export function toRequestMetadata(
  client: Readonly<Record<string, string>> | undefined,
  gateway: Readonly<Record<string, string>>,
): Record<string, string> | undefined {
  const entries = { ...client, ...gateway };
  const count = Object.keys(entries).length;
  if (count > ENTRIES_MAX) {
    const own = Object.keys(gateway).length;
    throw invalidRequest(
      'requestMetadata',
      `Invalid 'requestMetadata': at most ${ENTRIES_MAX - own} entries beside the ${own} of the gateway.`,
    );
  }
  return count === 0 ? undefined : entries;
}
