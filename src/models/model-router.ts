import { Injectable } from '@nestjs/common';
import type { KeyPrincipal } from '../auth/principal.js';
import { permissionDenied } from '../common/errors/gateway-error.js';
import { AppConfig } from '../config/app-config.js';
import { mayUseModel, mayUseRoute } from '../tenants/access-rules.js';
import { ModelCatalogue } from './model-catalogue.js';
import type { ModelRoute, RouteAccount, RouteCandidate } from './model-route.js';

/** Finds where a caller's requests for a model may be sent. */
@Injectable()
export class ModelRouter {
  constructor(
    private readonly catalogue: ModelCatalogue,
    private readonly config: AppConfig,
  ) {}

  /**
   * The route of a client's model id; `undefined` is the default model. Every candidate is within the key's policy.
   * @throws GatewayError 404 `model_not_found`; 403 `model_not_allowed` when the policy leaves no candidate
   */
  async route(principal: KeyPrincipal, requested: string | undefined): Promise<ModelRoute> {
    const model = await this.catalogue.resolve(requested);
    const account = accountOf(principal);
    const [first, ...others] = [{ model, region: this.config.awsRegion, account }].filter((candidate) =>
      isAllowed(principal, candidate),
    );
    if (first === undefined) {
      throw permissionDenied(`This key may not use the model '${model.requestedId}'.`, 'model_not_allowed');
    }
    return { name: model.requestedId, candidates: [first, ...others] };
  }
}

function isAllowed(principal: KeyPrincipal, { model, region }: RouteCandidate): boolean {
  return mayUseModel(principal, model) && mayUseRoute(principal, { ...model, region });
}

/** Tagged by tenant and not by key: each set of tags is a session of its own. */
function accountOf({ tenantId, policy }: KeyPrincipal): RouteAccount | null {
  const role = policy.awsRole;
  return role === null
    ? null
    : { roleArn: role.arn, externalId: role.externalId, sessionTags: { tenant_id: tenantId } };
}
