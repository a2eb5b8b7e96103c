import type { KeyPrincipal } from '../auth/principal.js';
import { permissionDenied } from '../common/errors/gateway-error.js';
import type { ModelEntry } from '../models/model-entry.js';
import { mayUseModel, mayUseRoute } from './access-rules.js';

/** @throws GatewayError 403 `model_not_allowed` when the key's policy leaves the model, its scope or the region out */
export function requireModel(principal: KeyPrincipal, model: ModelEntry, region: string): void {
  if (!mayUseModel(principal, model) || !mayUseRoute(principal, { ...model, region })) {
    throw permissionDenied(`This key may not use the model '${model.requestedId}'.`, 'model_not_allowed');
  }
}
