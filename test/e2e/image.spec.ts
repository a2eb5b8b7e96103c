import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let folder: string;

/** What the last stage of the Dockerfile puts together, and no more. */
beforeAll(async () => {
  database = await createTestDatabase();
  folder = mkdtempSync(path.join(tmpdir(), 'gateway-image-'));
  copyFileSync('package.json', path.join(folder, 'package.json'));
  for (const name of ['dist', 'node_modules', 'prisma', 'scripts']) {
    symlinkSync(path.resolve(name), path.join(folder, name));
  }
  for (const [change] of readFileSync('Dockerfile', 'utf8').matchAll(/npm pkg set \S+/g)) {
    execFileSync('sh', ['-c', change], { cwd: folder });
  }
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await database.close();
});

describe('the image', () => {
  it('migrates by npm run db:migrate, without sources and a compiler', () => {
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, DATABASE_URL: database.url, API_KEY_PEPPER: 'p'.repeat(32) };
    const output = execFileSync('npm', ['run', '--silent', 'db:migrate'], { cwd: folder, env, encoding: 'utf8' });
    expect(output).toBe('Nothing to apply.\n');
  });
});
