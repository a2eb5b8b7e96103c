import { readFile } from 'node:fs/promises';
import { newPricesSchema, toPriceBody, toPrices } from '../admin/prices/price.schema.js';
import { toOfferRows } from '../billing/pricing/aws-price-list/offer-rows.js';
import { planSync } from '../billing/pricing/aws-price-list/plan-sync.js';
import type { AdminApi, Json } from './admin-api.js';

/** Most prices that the admin API takes at once. */
const BATCH = 1_000;

/**
 * Compares the gateway's prices with files of AWS's price list and, with `apply`, sets those that differ. Answers the
 * difference, with every row that could not be told.
 */
export async function syncPrices(api: AdminApi, files: readonly string[], apply: boolean): Promise<Json> {
  const rows = [];
  for (const file of files) rows.push(...(await readRows(file)));
  const now = new Date();
  const { data } = await api.list('/admin/v1/prices');
  const bodies = (data as Json[]).map(toNewPrice);
  const known = bodies.flatMap((body) => toPrices(newPricesSchema.parse({ data: [body] }), now));
  const { lines, prices, unchanged, ignored } = planSync(rows, known, now);
  const wanted = apply ? prices : [];
  for (let start = 0; start < wanted.length; start += BATCH) {
    const batch = wanted.slice(start, start + BATCH).map((price) => toPriceBody(price));
    await api.call('PUT', '/admin/v1/prices', { data: batch.map(toNewPrice) });
  }
  return { applied: wanted.length, unchanged, ignored, data: lines };
}

/** @throws Error that tells the operator which file is no price list */
async function readRows(file: string) {
  const text = await readFile(file, 'utf8');
  try {
    return toOfferRows(JSON.parse(text));
  } catch (error) {
    throw new Error(`${file} is not a file of AWS's price list.`, { cause: error });
  }
}

/** A price as it is set, of one as it is shown. */
function toNewPrice({ id: _id, object: _object, ...price }: Json): Json {
  return price;
}
