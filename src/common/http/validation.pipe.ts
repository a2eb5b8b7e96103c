import { StandardSchemaValidationPipe } from '@nestjs/common';
import { toInvalidRequest } from '../../openai/validation-issue.js';

/**
 * Takes nothing out of a value before it is validated. Nest would walk all of it, which keeps others waiting for
 * milliseconds, to delete members named `constructor` and `prototype`, which a tool may well have as parameters. Members
 * named `__proto__` do not get through the schemas, and where those take any JSON, not through `wellFormedJson`.
 */
class WholeValidationPipe extends StandardSchemaValidationPipe {
  protected override stripProtoKeys(): void {
    return;
  }
}

/** Validates `@Body({ schema })` and its like; a broken field is a 400 that names it. */
export function validationPipe(): StandardSchemaValidationPipe {
  return new WholeValidationPipe({ exceptionFactory: toInvalidRequest });
}
