import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdminApi } from '../../src/admin-cli/admin-api.js';
import { runCli } from '../../src/admin-cli/run-cli.js';
import { startAccessApp, type AccessApp } from '../support/access-app.js';
import { bulkFile } from '../support/price-list.js';

let gateway: AccessApp;

beforeAll(async () => {
  gateway = await startAccessApp();
});

afterAll(async () => {
  await gateway.close();
});

const run = (...words: string[]) => runCli(words, () => new AdminApi(gateway.baseUrl, gateway.adminKey));
const runJson = async (...words: string[]) => JSON.parse(await run(...words, '--json'));
const statusOf = async (key: string) => (await gateway.call('GET', '/v1/models', { key })).status;

describe(runCli.name, () => {
  it('creates a tenant, issues, rotates and revokes a key', async () => {
    const tenant = await runJson('tenants', 'create', 'search', '--models', 'anthropic.*,amazon.*');
    expect(tenant).toMatchObject({ name: 'search', allowed_models: ['anthropic.*', 'amazon.*'] });
    const { id, key } = await runJson('keys', 'create', tenant.id, 'ci', '--expires', '2099-01-01T00:00:00Z');
    expect(await statusOf(key)).toBe(200);
    const rotated = await runJson('keys', 'rotate', tenant.id, id, '--overlap', '0');
    expect([await statusOf(key), await statusOf(rotated.key)]).toEqual([401, 200]);
    await run('tenants', 'suspend', tenant.id);
    expect(await statusOf(rotated.key)).toBe(403);
    await run('tenants', 'resume', tenant.id);
    expect(await run('keys', 'revoke', tenant.id, id)).toContain('status: revoked\n');
    expect(await statusOf(rotated.key)).toBe(401);
    expect(await run('keys', 'list', tenant.id)).toMatch(new RegExp(`^id\tname\tstatus.*\n${id}\tci\trevoked`));
  });

  it('lists more than one page', async () => {
    for (let count = 0; count < 101; count += 1) {
      await gateway.call('POST', '/admin/v1/tenants', { body: { name: `many ${count}` } });
    }
    const { data } = await runJson('tenants', 'list');
    expect(data.filter(({ name }: { name: string }) => name.startsWith('many'))).toHaveLength(101);
  });

  it('verifies the audit log', async () => {
    expect(await run('audit', 'verify')).toContain('valid: true\n');
    await expect(run('audit', 'verify', '--seq', '1', '--hash', '0'.repeat(64))).rejects.toThrow('not whole');
  });

  it("compares the prices with AWS's list, and sets those that differ when told so", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'prices-'));
    try {
      const file = join(folder, 'index.json');
      const row = { usd: '0.0009', attributes: { model: 'Nova Pro', inferenceType: 'Input tokens' } };
      const rows = [
        { ...row, usagetype: 'USE1-NovaPro-input-tokens' },
        { ...row, usagetype: 'USE1-Other-input-tokens', attributes: { model: 'Other' } },
      ];
      await writeFile(file, JSON.stringify(bulkFile('AmazonBedrock', rows)));
      const shown = await run('prices', 'sync', '--file', file);
      expect(shown).toContain(
        'changed\tamazon.nova-pro-v1:0\tin_region\tus-east-1\tstandard\tinput\t0.8\t0.9\tUSE1-NovaPro',
      );
      expect(shown).toContain('unmapped\t-\t-\t-\t-\tno model of this name\t-\t-\tUSE1-Other-input-tokens\n');
      expect(shown).toContain('applied: 0\n');
      expect(await runJson('prices', 'sync', '--file', file, '--apply')).toMatchObject({ applied: 1, unchanged: 0 });
      const { body } = await gateway.call('GET', '/admin/v1/prices?model=amazon.nova-pro-v1:0');
      expect(body.data).toContainEqual(
        expect.objectContaining({ region: 'us-east-1', input: '0.9', output: '3.2', source: 'aws-price-list' }),
      );
      expect(await runJson('prices', 'sync', '--file', file, '--apply')).toMatchObject({ applied: 0, unchanged: 1 });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('re-rates and locks months', async () => {
    expect(await run('prices', 'rerate', '2026-01-01', '2026-02-01')).toContain('dry_run: true\n');
    expect(await runJson('prices', 'rerate', '2026-01-01', '2026-02-01', '--apply')).toMatchObject({ dry_run: false });
    expect(await run('months', 'lock', '2026-01')).toContain('month: 2026-01\n');
    expect(await run('months', 'list')).toContain('2026-01\t');
  });

  it.each([
    [['prices', 'sync'], 'Usage: prices sync --file'],
    [['prices', 'sync', '--file', 'package.json'], "package.json is not a file of AWS's price list."],
    [['keys', 'revok', 'a', 'b'], "There is no command 'keys revok'."],
    [['months', 'list', '--apply'], 'months list has no option --apply'],
    [['keys', 'create', 'only-a-tenant'], 'Usage: keys create <tenant> <name>'],
    [['tenants', 'list', '--overlap', '3'], 'tenants list has no option --overlap'],
    [['keys', 'list', 'none'], 'No tenant has this id.'],
    [['tenants', 'create', 'x', '--models', 'a b'], 'allowed_models[0]'],
  ])('says what is wrong with %j', async (words, message) => {
    await expect(run(...words)).rejects.toThrow(message);
  });

  it('explains itself', async () => {
    for (const words of [[], ['--help'], ['keys', '--help']]) {
      expect(await run(...words)).toContain('keys rotate <tenant> <key>');
    }
  });

  it('says that the gateway cannot be reached', async () => {
    const away = runCli(['tenants', 'list'], () => new AdminApi('http://127.0.0.1:9', 'ak-x'));
    await expect(away).rejects.toThrow('cannot be reached');
  });
});
