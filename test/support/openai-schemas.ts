import { existsSync, readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { sharedPath } from './shared-data.js';

/** What is wrong with a body by one of OpenAI's own schemas, for example `chat.completion`; empty when nothing is. */
export function schemaErrors(name: string, body: unknown): string[] {
  const validate = compiled(name);
  return validate === undefined || validate(body)
    ? []
    : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
}

const cache = new Map<string, ValidateFunction | undefined>();

function compiled(name: string): ValidateFunction | undefined {
  if (!cache.has(name)) {
    const path = sharedPath(`openai-schemas/${name}.json`);
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats.default(ajv);
    cache.set(name, existsSync(path) ? ajv.compile(JSON.parse(readFileSync(path, 'utf8')) as object) : undefined);
  }
  return cache.get(name);
}
