import type { AdminRouteOptions } from './decorators.js';
import type { AdminRole } from './principal.js';
import { judgeRoute, mayGrant, type Verdict } from './roles.js';

const operator = (role: AdminRole, tenantIds: string[] | null = null) => ({ id: 'o', name: 'o', role, tenantIds });

describe(judgeRoute.name, () => {
  const own: AdminRouteOptions = { role: 'admin', tenantParam: 'tenantId' };
  const filtered: AdminRouteOptions = { role: 'viewer', ownTenants: true };

  it.each<[AdminRole, AdminRouteOptions, Verdict]>([
    ['owner', { role: 'owner' }, 'allowed'],
    ['admin', { role: 'owner' }, 'forbidden'],
    ['admin', { role: 'viewer' }, 'allowed'],
    ['viewer', { role: 'admin' }, 'forbidden'],
    ['viewer', own, 'forbidden'],
    ['viewer', filtered, 'allowed'],
    ['tenant_admin', { role: 'viewer' }, 'forbidden'],
    ['tenant_admin', filtered, 'allowed'],
    ['tenant_admin', own, 'allowed'],
    ['tenant_admin', { role: 'owner', tenantParam: 'tenantId' }, 'forbidden'],
  ])('%s on %j: %s', (role, route, verdict) => {
    const tenantIds = role === 'tenant_admin' ? ['t1'] : null;
    expect(judgeRoute(operator(role, tenantIds), route, { tenantId: 't1' })).toBe(verdict);
  });

  it.each([{ tenantId: 't2' }, {}, { tenantId: ['t1', 't2'] }])("hides others' tenants: %j", (params) => {
    expect(judgeRoute(operator('tenant_admin', ['t1']), own, params)).toBe('hidden');
    expect(judgeRoute(operator('tenant_admin', []), own, params)).toBe('hidden');
  });
});

describe(mayGrant.name, () => {
  it.each<[AdminRole, AdminRole, boolean]>([
    ['owner', 'owner', true],
    ['admin', 'owner', false],
    ['admin', 'admin', true],
    ['admin', 'tenant_admin', true],
    ['viewer', 'viewer', false],
    ['tenant_admin', 'tenant_admin', false],
  ])('%s gives %s: %s', (role, granted, expected) => {
    expect(mayGrant({ role }, granted)).toBe(expected);
  });
});
