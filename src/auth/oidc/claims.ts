import type { JWTPayload } from 'jose';
import { permissionDenied } from '../../common/errors/gateway-error.js';
import type { AdminPrincipal, AdminRole } from '../principal.js';

/** Where a token says what its bearer may do. */
export interface ClaimMapping {
  roleClaim: string;
  /** Values of that claim and the role that each stands for. */
  roleMap: readonly (readonly [value: string, role: string])[];
  tenantsClaim: string;
}

const ROLES_FROM_HIGHEST: readonly AdminRole[] = ['owner', 'admin', 'viewer', 'tenant_admin'];

/** The operator that a verified token stands for. Throws a 403 when it holds no role here. */
export function toOperator(claims: JWTPayload, mapping: ClaimMapping): AdminPrincipal {
  const values = readTexts(claims, mapping.roleClaim);
  const granted = mapping.roleMap.filter(([value]) => values.includes(value)).map(([, role]) => role);
  const role = ROLES_FROM_HIGHEST.find((candidate) => granted.includes(candidate));
  if (!role) throw permissionDenied('Your token holds no role for this gateway.');
  const tenantIds = role === 'tenant_admin' ? readTexts(claims, mapping.tenantsClaim) : null;
  return { id: `oidc:${claims.sub}`, name: toName(claims), role, tenantIds };
}

function toName(claims: JWTPayload): string {
  const name = [claims['email'], claims['preferred_username'], claims.sub].find((claim) => typeof claim === 'string');
  return String(name).slice(0, 200);
}

/** The texts of a claim, one or a list. Only own members are followed: `constructor` is not a claim. */
function readTexts(claims: JWTPayload, path: string): string[] {
  const names = Object.hasOwn(claims, path) ? [path] : path.split('.');
  const found = names.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, name)
        ? (value as Record<string, unknown>)[name]
        : undefined,
    claims,
  );
  return (Array.isArray(found) ? found : [found]).filter((value) => typeof value === 'string');
}
