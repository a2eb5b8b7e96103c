import { StandardSchemaValidationPipe } from '@nestjs/common';
import { toInvalidRequest } from '../../openai/validation-issue.js';

/** Validates `@Body({ schema })` and its like; a broken field is a 400 that names it. */
export function validationPipe(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({ exceptionFactory: toInvalidRequest });
}
