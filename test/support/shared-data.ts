import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Path of the shared test data, which lie beside the repository and are not part of it. */
export function sharedPath(name: string): string {
  return fileURLToPath(new URL(`../../../shared/${name}`, import.meta.url));
}

/** `describe`, or a visible skip where the shared file is absent. */
export function describeWithShared(name: string): jest.Describe {
  if (existsSync(sharedPath(name))) {
    return describe;
  }
  process.stdout.write(`skipped: ../shared/${name} is not on this machine\n`);
  return describe.skip;
}

/** Lines of a JSON Lines file; none where it is absent. */
export function readJsonLines<T>(name: string): T[] {
  const path = sharedPath(name);
  if (!existsSync(path)) {
    return [];
  }
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T);
}

/** A JSON file; undefined where it is absent. */
export function readJson(name: string): unknown {
  const path = sharedPath(name);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as unknown) : undefined;
}
