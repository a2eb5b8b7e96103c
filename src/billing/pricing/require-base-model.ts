import { invalidRequest } from '../../common/errors/gateway-error.js';
import { toPriceSubject } from './to-price-subject.js';

/**
 * Prices and events have the id of the model; under which profile it is invoked is their scope. A price of the id of a
 * profile would rate nothing.
 * @throws GatewayError 400 naming `param` when the id is that of an inference profile
 */
export function requireBaseModel(id: string, param: string): void {
  const { model, scope } = toPriceSubject({ resolvedModel: id });
  if (id.startsWith('arn:') || model === id) return;
  const message = `'${id}' is an inference profile. Name its model, '${model}'; what the profile costs has the scope '${scope}'.`;
  throw invalidRequest(param, message, 'invalid_value');
}
