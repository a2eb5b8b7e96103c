type Schema = Record<string, unknown>;

const MAX_DEPTH = 8;
/** Below this, only required members are given. */
const FULL_DEPTH = 4;
const FORMATS: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  'date-time': '2026-01-31T12:00:00Z',
  time: '12:00:00Z',
  duration: 'PT1H',
  email: 'sandbox@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

/** A value that fits a JSON schema, the same every time: constants, first choices and least numbers. */
export function schemaInstance(schema: unknown): unknown {
  return instance(schema, schema, 'value', 0);
}

function instance(node: unknown, root: unknown, name: string, depth: number): unknown {
  if (!isSchema(node)) return `sample ${name}`;
  if (typeof node['$ref'] === 'string') {
    return depth > MAX_DEPTH ? null : instance(lookup(node['$ref'], root), root, name, depth + 1);
  }
  const fixed = fixedValue(node);
  if (fixed !== undefined) return fixed;
  const parts = listOf(node['allOf']);
  if (parts.length > 0) return instance(merge(node, parts, root), root, name, depth);
  const choices = [...listOf(node['anyOf']), ...listOf(node['oneOf'])];
  if (choices.length > 0) return instance(choices[0], root, name, depth);
  return ofType(node, root, name, depth);
}

function ofType(node: Schema, root: unknown, name: string, depth: number): unknown {
  const type = Array.isArray(node['type']) ? node['type'][0] : node['type'];
  if (type === 'object' || (type === undefined && isSchema(node['properties']))) return object(node, root, depth);
  if (type === 'array') return array(node, root, name, depth);
  if (type === 'integer' || type === 'number') return number(node);
  if (type === 'boolean') return true;
  if (type === 'null') return null;
  return text(node, name);
}

function object(node: Schema, root: unknown, depth: number): Schema {
  const properties = isSchema(node['properties']) ? node['properties'] : {};
  const required = listOf(node['required']).map(String);
  // Optional members end a recursion; without `required` all are given, so that the sample shows something.
  const wanted = required.length > 0 || depth > FULL_DEPTH ? required : Object.keys(properties);
  return Object.fromEntries(wanted.map((key) => [key, instance(properties[key], root, key, depth + 1)]));
}

function array(node: Schema, root: unknown, name: string, depth: number): unknown[] {
  const least = typeof node['minItems'] === 'number' ? node['minItems'] : 0;
  const length = depth > MAX_DEPTH ? least : Math.max(1, least);
  return Array.from({ length }, () => instance(node['items'], root, name, depth + 1));
}

function number(node: Schema): number {
  const step = typeof node['multipleOf'] === 'number' ? node['multipleOf'] : 1;
  const above = typeof node['exclusiveMinimum'] === 'number' ? node['exclusiveMinimum'] + step : undefined;
  const least = typeof node['minimum'] === 'number' ? node['minimum'] : above;
  const most = typeof node['maximum'] === 'number' ? node['maximum'] : Infinity;
  return Math.min(least === undefined ? step : Math.ceil(least / step) * step, most);
}

function text(node: Schema, name: string): string {
  const format = FORMATS[String(node['format'])];
  if (format) return format;
  const least = typeof node['minLength'] === 'number' ? node['minLength'] : 0;
  const most = typeof node['maxLength'] === 'number' ? node['maxLength'] : Infinity;
  return `sample ${name}`.padEnd(least, '.').slice(0, most);
}

function fixedValue(node: Schema): unknown {
  if ('const' in node) return node['const'];
  const listed = [...listOf(node['enum']), ...listOf(node['examples'])];
  return listed.length > 0 ? listed[0] : node['default'];
}

function merge(node: Schema, parts: unknown[], root: unknown): Schema {
  const { allOf: _allOf, ...own } = node;
  const all = [
    own,
    ...parts.map((part) => (isSchema(part) && typeof part['$ref'] === 'string' ? lookup(part['$ref'], root) : part)),
  ];
  const schemas = all.filter(isSchema);
  return {
    ...Object.assign({}, ...schemas),
    properties: Object.assign({}, ...schemas.map((schema) => schema['properties'])),
    required: schemas.flatMap((schema) => listOf(schema['required'])),
  };
}

function lookup(reference: string, root: unknown): unknown {
  return reference
    .split('/')
    .slice(1)
    .reduce<unknown>((value, key) => (isSchema(value) ? value[decodeURIComponent(key)] : undefined), root);
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
