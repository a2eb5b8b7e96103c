import type { AdminApi, Json } from './admin-api.js';
import { syncPrices } from './sync-prices.js';

/** One thing that an operator can do. */
export interface Command {
  /** The words that follow the command's name, in order. */
  parameters: readonly string[];
  /** The options it takes, with what each means. */
  options?: Readonly<Record<string, string>>;
  /** The options that take no value. */
  flags?: Readonly<Record<string, string>>;
  /** The members of a list's items that are printed. */
  columns?: readonly string[];
  summary: string;
  run(
    api: AdminApi,
    parameters: readonly string[],
    options: Readonly<Record<string, string>>,
    flags: readonly string[],
  ): Promise<Json>;
}

const tenantPath = (id = '') => `/admin/v1/tenants/${encodeURIComponent(id)}`;
const keyPath = (tenant = '', key = '') => `${tenantPath(tenant)}/keys/${encodeURIComponent(key)}`;

/** Every command by its name. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  'tenants list': {
    parameters: [],
    summary: 'List all tenants',
    run: (api) => api.list('/admin/v1/tenants'),
  },
  'tenants create': {
    parameters: ['name'],
    options: { models: 'patterns of the models it may use, separated by commas' },
    summary: 'Create a tenant',
    run: (api, [name], { models }) =>
      api.call('POST', '/admin/v1/tenants', {
        name,
        ...(models !== undefined && { allowed_models: models.split(',') }),
      }),
  },
  'tenants suspend': {
    parameters: ['tenant'],
    summary: 'Refuse all keys of a tenant until it is resumed',
    run: (api, [tenant]) => api.call('POST', `${tenantPath(tenant)}/suspend`),
  },
  'tenants resume': {
    parameters: ['tenant'],
    summary: 'End the suspension of a tenant',
    run: (api, [tenant]) => api.call('POST', `${tenantPath(tenant)}/resume`),
  },
  'keys list': {
    parameters: ['tenant'],
    summary: 'List the keys of a tenant',
    run: (api, [tenant]) => api.list(`${tenantPath(tenant)}/keys`),
  },
  'keys create': {
    parameters: ['tenant', 'name'],
    options: { expires: 'when it stops working, for example 2027-12-31T00:00:00Z' },
    summary: 'Issue a key; its secret is shown this once',
    run: (api, [tenant, name], { expires }) =>
      api.call('POST', `${tenantPath(tenant)}/keys`, { name, ...(expires !== undefined && { expires_at: expires }) }),
  },
  'keys rotate': {
    parameters: ['tenant', 'key'],
    options: { overlap: 'seconds for which the old secret keeps working; a day when absent' },
    summary: 'Give a key a new secret, shown this once',
    run: (api, [tenant, key], { overlap }) =>
      api.call(
        'POST',
        `${keyPath(tenant, key)}/rotate`,
        overlap === undefined ? {} : { overlap_seconds: Number(overlap) },
      ),
  },
  'keys revoke': {
    parameters: ['tenant', 'key'],
    summary: 'Revoke a key at once',
    run: (api, [tenant, key]) => api.call('DELETE', keyPath(tenant, key)),
  },
  'prices sync': {
    parameters: [],
    options: { file: "a bulk file of AWS's price list or an answer of GetProducts; several are separated by commas" },
    flags: { apply: 'set the prices that differ' },
    columns: ['change', 'model', 'scope', 'region', 'tier', 'price', 'before', 'after', 'usage_type'],
    summary: "Compare the prices with AWS's price list",
    async run(api, _parameters, { file }, flags) {
      if (file === undefined) throw new Error('Usage: prices sync --file <file>[,<file> …] [--apply]');
      return syncPrices(api, file.split(','), flags.includes('apply'));
    },
  },
  'prices rerate': {
    parameters: ['from', 'to'],
    options: { tenant: 'only this tenant', model: 'only this base model id' },
    flags: { apply: 'write what changes; otherwise it is only told' },
    columns: ['tenant_id', 'model', 'changed', 'priced', 'cost_before_usd', 'cost_after_usd', 'difference_usd'],
    summary: 'Rate the events of a time again, at the prices known now',
    run: (api, [from, to], { tenant, model }, flags) =>
      api.call('POST', '/admin/v1/rerate', {
        from,
        to,
        dry_run: !flags.includes('apply'),
        ...(tenant !== undefined && { tenant_id: tenant }),
        ...(model !== undefined && { model }),
      }),
  },
  'months list': {
    parameters: [],
    columns: ['month', 'locked_at', 'locked_by', 'late_events', 'adjustments'],
    summary: 'List the locked months',
    run: (api) => api.list('/admin/v1/months'),
  },
  'months lock': {
    parameters: ['month'],
    summary: 'Lock a month that is over, for example 2026-10',
    run: (api, [month = '']) => api.call('POST', `/admin/v1/months/${encodeURIComponent(month)}/lock`),
  },
  'audit verify': {
    parameters: [],
    options: { seq: 'number of an entry whose hash was kept elsewhere', hash: 'its hash' },
    summary: 'Check that the audit log is whole; exit code 1 when it is not',
    async run(api, _parameters, options) {
      const query = new URLSearchParams(options).toString();
      const verdict = await api.call('GET', `/admin/v1/audit/verify${query && `?${query}`}`);
      if (verdict['valid'] !== true) throw new Error(`The audit log is not whole: ${JSON.stringify(verdict, null, 2)}`);
      return verdict;
    },
  },
};
