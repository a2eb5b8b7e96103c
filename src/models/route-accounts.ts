import type { KeyPrincipal } from '../auth/principal.js';
import type { AppConfig } from '../config/app-config.js';
import type { AwsRolePolicy } from '../tenants/access-policy.js';
import { accountIdOf } from './model-resource.js';
import type { RouteAccount, RouteCandidate } from './model-route.js';

type Settings = Pick<AppConfig, 'awsFailoverRoles' | 'awsFailoverExternalId'>;

/** The account that a caller's requests are sent to first. */
export function accountOf({ tenantId, policy }: KeyPrincipal): RouteAccount | null {
  return toAccount(tenantId, policy.awsRole);
}

/**
 * Every account that a caller's requests may be sent to, the first choice first. A tenant with a role of its own pays
 * for itself, and is not sent to the gateway's accounts. A guardrail is in one account only, so no other stands in. A
 * role that is named twice is one account.
 */
export function accountsOf(principal: KeyPrincipal, settings: Settings): readonly (RouteAccount | null)[] {
  const { tenantId, policy } = principal;
  const ofGateway = policy.awsRole === null ? toRoles(settings) : [];
  const others = policy.guardrail === null ? (policy.awsFailoverRoles ?? ofGateway) : [];
  const accounts = [accountOf(principal), ...others.map((role) => toAccount(tenantId, role))];
  return accounts.filter((account, index) => accounts.findIndex((other) => isSame(account, other)) === index);
}

function isSame(one: RouteAccount | null, other: RouteAccount | null): boolean {
  return one?.roleArn === other?.roleArn && one?.externalId === other?.externalId;
}

/**
 * The places under each of the accounts, where it has them. Of two that follow each other, place and account differ in
 * turn, since either may be what fails.
 */
export function overAccounts(
  places: readonly Pick<RouteCandidate, 'model' | 'region'>[],
  accounts: readonly (RouteAccount | null)[],
): RouteCandidate[] {
  const choices = places.flatMap((place, step) =>
    accounts.map((account, standIn) => ({ candidate: { ...place, account, standIn }, distance: step + standIn })),
  );
  return choices
    .filter(({ candidate }) => hasModel(candidate, accounts))
    .toSorted((one, other) => one.distance - other.distance)
    .map(({ candidate }) => candidate);
}

/**
 * What an ARN with an account's number names is asked of that account alone. Where no role is known to be in it, the
 * first account is asked: the own one, whose number nobody has told, or one that the other has shared it with.
 */
function hasModel({ model, account, standIn }: RouteCandidate, accounts: readonly (RouteAccount | null)[]): boolean {
  const owner = accountIdOf(model.invokeId);
  if (owner === undefined) return true;
  const isOwner = (other: RouteAccount | null) => other !== null && accountIdOf(other.roleArn) === owner;
  return accounts.some(isOwner) ? isOwner(account) : standIn === 0;
}

function toRoles({ awsFailoverRoles, awsFailoverExternalId }: Settings): AwsRolePolicy[] {
  return awsFailoverRoles.map((arn) => ({ arn, externalId: awsFailoverExternalId ?? null }));
}

/** Tagged by tenant and not by key: each set of tags is a session of its own. */
function toAccount(tenantId: string, role: AwsRolePolicy | null): RouteAccount | null {
  return role === null
    ? null
    : { roleArn: role.arn, externalId: role.externalId, sessionTags: { tenant_id: tenantId } };
}
