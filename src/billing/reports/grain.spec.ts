import { type Grain, grainOf } from './grain.js';
import type { ReportSelection, VisibleTenants } from './usage-report.js';

const TEN = Array.from({ length: 10 }, (_, n) => `ten_${n}`);
const YEAR = { from: new Date('2025-01-01'), to: new Date('2026-01-01') };
const LONG = { from: new Date('1990-01-01'), to: new Date('2026-01-01') };

it.each<[Grain, VisibleTenants, Partial<ReportSelection>]>([
  ['overall', null, { groupBy: ['model', 'month'] }],
  ['model', ['ten_0'], { groupBy: ['model', 'month'] }],
  ['tenant', null, { groupBy: ['tenant', 'operation', 'hour'] }],
  ['key', null, { groupBy: ['key', 'tag:team'] }],
  ['key', null, { groupBy: ['tenant'], filters: { tags: ['team=a'] } }],
  ['model', null, { groupBy: ['tenant', 'model', 'region'] }],
  ['series', null, { groupBy: ['tenant', 'outcome'] }],
  ['series', null, { groupBy: ['key'], filters: { model: ['m'] } }],
  ['user', null, { groupBy: ['end_user', 'model'], filters: { tenant: ['ten_0'] } }],
  ['user', TEN, { groupBy: ['day'], filters: { requested_model: ['m'] } }],
  ['user', null, { groupBy: ['end_user'], filters: { tenant: Array.from({ length: 99 }, () => 'ten_0') } }],
  // Not told by those sums, of tenants that nobody names, of more days than are looked up, or of a day's minutes.
  ['event', null, { groupBy: ['end_user', 'key'], filters: { tenant: ['ten_0'] } }],
  ['event', null, { groupBy: ['requested_model'] }],
  ['event', TEN, { groupBy: ['requested_model'], ...LONG }],
  ['event', null, { groupBy: ['minute'] }],
])('reads %s for what tenants %j ask: %j', (grain, visible, selection) => {
  expect(grainOf(visible, { groupBy: [], filters: {}, ...YEAR, ...selection })).toBe(grain);
});
