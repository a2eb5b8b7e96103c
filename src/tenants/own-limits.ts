import { z } from 'zod';

/** Lua prints numbers below 10^14 in full, and nobody needs more. */
export const LIMIT_AMOUNT_MAX = 1_000_000_000_000;

export const limitAmount = z.int().min(0).max(LIMIT_AMOUNT_MAX);

const amount = limitAmount.nullish();

/** Limits that are part of a tenant or a key itself, over all its models. */
export const ownLimitsSchema = z
  .strictObject({
    requests_per_minute: amount,
    requests_per_day: amount,
    tokens_per_minute: amount,
    tokens_per_day: amount,
    concurrent_requests: amount,
  })
  .describe('Rate limits. null or absent: unlimited, 0: nothing.');

export type OwnLimits = z.infer<typeof ownLimitsSchema>;

/** The first of a key's limits that is wider than its tenant's, with that one; null when there is none. */
export function findWider(
  key: OwnLimits | null | undefined,
  tenant: OwnLimits | null | undefined,
): { name: keyof OwnLimits; most: number } | null {
  for (const name of ownLimitsSchema.keyof().options) {
    const [own, most] = [key?.[name], tenant?.[name]];
    if (own != null && most != null && own > most) {
      return { name, most };
    }
  }
  return null;
}
