import type { StandardSchemaConverter } from '@nestjs/swagger';
import { z } from 'zod';

/** The JSON Schema of a Zod schema; those with an id become components. */
export function toJsonSchema(schema: z.ZodType, io: 'input' | 'output') {
  const { $defs: components = {}, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  delete rest.$schema;
  return { schema: rest, components };
}

/** OpenAPI 3.1 takes JSON Schema 2020-12 as it is, so nothing is translated down to what 3.0 knew. */
export const convertSchema: StandardSchemaConverter = (schema, { schemaType }) =>
  schema instanceof z.ZodType ? toJsonSchema(schema, schemaType) : undefined;
