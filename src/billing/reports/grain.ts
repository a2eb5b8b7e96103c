import { type Level, LEVELS } from './range-cover.js';
import { isBucket, type ReportDimension, tagOf } from './report-dimension.js';
import type { ReportFilters, ReportSelection, VisibleTenants } from './usage-report.js';

/**
 * What is told apart by what is read: nothing of who has used it; of a tenant's or a key's use nothing but the operation; of a tenant's
 * the model, too; all that most reports can be grouped by; end users and what they asked for; or single events.
 */
export type Grain = 'overall' | 'tenant' | 'key' | 'model' | 'series' | 'user' | 'event';

/** Where sums of a level lie. */
export interface RollupTable {
  table: string;
  /** The column with the moment at which the unit of a row begins. */
  at: string;
  /** Of several units in the table, the one to read. */
  unit?: Level;
  /** Whether it counts errors by itself; the outcome of a series says it for others. */
  hasErrors?: true;
}

const HOURLY: RollupTable = { table: 'usage_hourly', at: 'hour' };
const ofUnits = (table: string, units: readonly Level[], others: Pick<RollupTable, 'hasErrors'> = {}) =>
  Object.fromEntries(units.map((unit) => [unit, { table, at: 'starts_at', unit, ...others }]));

type Tables = Partial<Record<Level, RollupTable>>;
const FROM_SIX_HOURS = ['year', 'month', 'ten_days', 'day', 'six_hours'] as const;
const TABLES: Record<Exclude<Grain, 'user' | 'event'>, Tables> = {
  overall: ofUnits('usage_overall', ['month', 'day', 'hour']),
  tenant: ofUnits('usage_by_tenant', [...FROM_SIX_HOURS, 'hour'], { hasErrors: true }),
  // Hours of keys or models would be half as many rows as hours of series: not worth keeping for the ends of a range.
  key: { ...ofUnits('usage_by_key', FROM_SIX_HOURS, { hasErrors: true }), hour: HOURLY },
  model: { ...ofUnits('usage_by_model', FROM_SIX_HOURS, { hasErrors: true }), hour: HOURLY },
  series: {
    year: { table: 'usage_yearly', at: 'year' },
    month: { table: 'usage_monthly', at: 'month' },
    day: { table: 'usage_daily', at: 'day' },
    hour: HOURLY,
  },
};

type Told = Exclude<keyof ReportFilters, 'tags'> | 'tag';
/** From few sums to many. */
const TOLD: [Grain, readonly Told[]][] = [
  ['overall', ['model', 'family', 'region', 'operation', 'outcome']],
  ['tenant', ['tenant', 'operation']],
  ['key', ['tenant', 'key', 'tag', 'operation']],
  ['model', ['tenant', 'model', 'family', 'region', 'operation']],
  ['series', ['tenant', 'key', 'model', 'family', 'region', 'operation', 'outcome', 'tag']],
  ['user', ['tenant', 'end_user', 'requested_model', 'model', 'family', 'region', 'operation']],
];
/** Each day of each tenant is looked up. */
const USER_DAYS_MAX = 10_000;
const DAY_MS = 86_400_000;

/** What has the fewest rows that tell apart what groups and filters do. Sums over all tenants are for who sees them all. */
export function grainOf(
  visible: VisibleTenants,
  { groupBy, filters, from, to }: Pick<ReportSelection, 'groupBy' | 'filters' | 'from' | 'to'>,
): Grain {
  if (groupBy.includes('minute')) return 'event';
  const tenants = filters.tenant ?? visible;
  const days = ((to.getTime() - from.getTime()) / DAY_MS) * new Set(tenants).size;
  const told = [...groupBy.flatMap(toTold), ...filtersOf(filters)];
  const grains = TOLD.filter(([, dimensions]) => told.every((each) => dimensions.includes(each))).map(
    ([grain]) => grain,
  );
  const isUsable = (grain: Grain) =>
    grain === 'overall' ? visible === null : grain !== 'user' || (tenants !== null && days <= USER_DAYS_MAX);
  return grains.find(isUsable) ?? 'event';
}

/** The levels that a grain has sums of, from coarse to fine. */
export function levelsOf(grain: Grain): Level[] {
  if (grain === 'event') return [];
  if (grain === 'user') return ['month', 'day'];
  return LEVELS.filter((level) => TABLES[grain][level] !== undefined);
}

/** Throws for a level that is none of the grain's. */
export function tableOf(grain: Grain, level: Level): RollupTable {
  const table = grain === 'user' || grain === 'event' ? undefined : TABLES[grain][level];
  if (!table) throw new Error(`There are no sums of a ${level} by ${grain}.`);
  return table;
}

function toTold(dimension: ReportDimension): Told[] {
  if (isBucket(dimension)) return [];
  return [tagOf(dimension) === null ? (dimension as Told) : 'tag'];
}

function filtersOf({ tags, ...filters }: ReportFilters): Told[] {
  const named = Object.entries(filters).flatMap(([name, values]) => (values ? [name as Told] : []));
  return tags ? [...named, 'tag'] : named;
}
