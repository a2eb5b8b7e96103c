import type { ConverseRequest } from '../wire/converse-request.js';
import { schemaInstance } from './schema-instance.js';

const ASKS_FOR_JSON = /\b(?:answer|respond|reply|return|output)\b[^.]{0,80}\bjson\b/i;

/**
 * What a model answers that its system prompt tells to answer in JSON: an instance of the schema that stands there, or
 * else some object. Undefined when nothing asks for JSON.
 */
export function promptedJson(request: Pick<ConverseRequest, 'system'>, userText: string): string | undefined {
  const prompt = (request.system ?? []).map((block) => block.text ?? '').find((text) => ASKS_FOR_JSON.test(text));
  if (prompt === undefined) {
    return undefined;
  }
  const schema = schemaIn(prompt);
  return JSON.stringify(schema === undefined ? { sandbox: true, you_said: userText.trim() } : schemaInstance(schema));
}

function schemaIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
    return typeof value === 'object' && value !== null && 'properties' in value ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
