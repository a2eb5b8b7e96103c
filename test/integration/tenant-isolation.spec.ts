import { SYSTEM_ACTOR } from '../../src/audit/actor.js';
import { ApiKeyLookup } from '../../src/tenants/keys/api-key-lookup.js';
import { ApiKeyRepository } from '../../src/tenants/keys/api-key.repository.js';
import { ApiKeyService } from '../../src/tenants/keys/api-key.service.js';
import { TenantRepository } from '../../src/tenants/tenant.repository.js';
import { TenantService } from '../../src/tenants/tenant.service.js';
import { randomLetters } from '../../src/auth/secrets/secret-format.js';
import { SecretHasher } from '../../src/auth/secrets/secret-hasher.js';
import { PrismaService } from '../../src/database/prisma.service.js';
import { startAccessApp, type AccessApp } from '../support/access-app.js';

let gateway: AccessApp;
let prisma: PrismaService;
let mine: { tenantId: string; keyId: string };
let theirs: { tenantId: string; keyId: string };

beforeAll(async () => {
  gateway = await startAccessApp();
  prisma = gateway.app.get(PrismaService);
  const create = async (name: string) => {
    const tenant = await gateway.app.get(TenantService).create({ name, policy: {} }, SYSTEM_ACTOR);
    const { key } = await gateway.app
      .get(ApiKeyService)
      .create(tenant.id, { name: `${name}'s key`, policy: {} }, SYSTEM_ACTOR);
    return { tenantId: tenant.id, keyId: key.id };
  };
  [mine, theirs] = [await create('mine'), await create('theirs')];
});

afterAll(async () => {
  await gateway.close();
});

const theirKey = () => prisma.apiKey.findFirstOrThrow({ where: { id: theirs.keyId }, include: { secrets: true } });
const page = { limit: 100, sort: 'created_at', order: 'asc' } as const;

const keys = () => gateway.app.get(ApiKeyRepository, { strict: false });

describe(ApiKeyRepository.name, () => {
  it('finds and lists no key of another tenant', async () => {
    expect(await keys().find(mine.tenantId, theirs.keyId)).toBeNull();
    expect(await keys().findForUpdate(mine.tenantId, theirs.keyId, prisma)).toBeNull();
    const { items } = await keys().list(mine.tenantId, page);
    expect(items.map(({ id }) => id)).toEqual([mine.keyId]);
    await expect(keys().list(mine.tenantId, { ...page, after: theirs.keyId })).rejects.toMatchObject({ status: 400 });
  });

  it('changes no key of another tenant', async () => {
    const before = await theirKey();
    await expect(keys().update(mine.tenantId, theirs.keyId, { name: 'stolen' }, prisma)).rejects.toMatchObject({
      code: 'P2025',
    });
    await keys().expireSecrets(mine.tenantId, theirs.keyId, new Date(), prisma);
    const secret = { id: 's', hash: Buffer.alloc(32), prefix: '', lastFour: '', imported: false };
    await expect(keys().addSecret(mine.tenantId, theirs.keyId, secret, prisma)).rejects.toMatchObject({
      code: 'P2003',
    });
    expect(await theirKey()).toEqual(before);
  });

  it('does not count what was created for another tenant as its own', async () => {
    await keys().create(theirs.tenantId, 'key_shared_id', { name: 'a', policy: {}, createdBy: 'x' }, prisma);
    expect(await keys().find(mine.tenantId, 'key_shared_id')).toBeNull();
  });
});

describe(ApiKeyService.name, () => {
  it.each<[string, (service: ApiKeyService, keyId: string) => Promise<unknown>]>([
    ['get', (service, id) => service.get(mine.tenantId, id)],
    ['update', (service, id) => service.update(mine.tenantId, id, { name: 'stolen' }, null, SYSTEM_ACTOR)],
    ['revoke', (service, id) => service.revoke(mine.tenantId, id, SYSTEM_ACTOR)],
    ['rotate', (service, id) => service.rotate(mine.tenantId, id, 0, SYSTEM_ACTOR)],
  ])('%s answers a foreign id as one that does not exist', async (_, use) => {
    const before = await theirKey();
    const service = gateway.app.get(ApiKeyService);
    const [foreign, missing] = await Promise.allSettled([use(service, theirs.keyId), use(service, 'key_none')]);
    expect(foreign).toMatchObject({ status: 'rejected', reason: { status: 404, code: 'key_not_found' } });
    expect(foreign).toEqual(missing);
    expect(await theirKey()).toEqual(before);
  });
});

describe(TenantRepository.name, () => {
  it('lists only the tenants that are visible', async () => {
    const tenants = gateway.app.get(TenantRepository, { strict: false });
    const list = async (visible: string[] | null) =>
      (await tenants.list(visible, page)).items.map(({ name }) => name).sort();
    expect(await list([mine.tenantId])).toEqual(['mine']);
    expect(await list([])).toEqual([]);
    expect(await list(null)).toEqual(['default', 'mine', 'theirs']);
    const request = { ...page, after: theirs.tenantId };
    await expect(tenants.list([mine.tenantId], request)).rejects.toMatchObject({ status: 400 });
  });
});

describe(ApiKeyLookup.name, () => {
  it('finds the tenant of the secret and of no other', async () => {
    const digest = gateway.app.get(SecretHasher, { strict: false }).tenantKey(gateway.tenantKey);
    const lookup = gateway.app.get(ApiKeyLookup, { strict: false });
    expect(await lookup.findByDigest(digest)).toMatchObject({ principal: { tenantId: gateway.tenantId } });
    for (let bit = 0; bit < 256; bit += 1) {
      const near = Buffer.from(digest);
      near[bit >> 3]! ^= 1 << (bit & 7);
      expect(await lookup.findByDigest(near)).toBeNull();
    }
  });
});

describe('10,000 ids of other tenants', () => {
  it('never show a row and are all answered alike', async () => {
    const service = gateway.app.get(ApiKeyService);
    const answers = new Set<string>();
    for (let round = 0; round < 100; round += 1) {
      const ids = Array.from({ length: 100 }, () => `key_${randomLetters(22)}`);
      if (round === 50) ids[0] = theirs.keyId;
      const results = await Promise.allSettled(ids.map((id) => service.get(mine.tenantId, id)));
      for (const result of results) {
        answers.add(
          result.status === 'rejected' ? JSON.stringify({ ...result.reason, m: result.reason.message }) : 'found',
        );
      }
    }
    expect(answers.size).toBe(1);
    expect([...answers][0]).toContain('key_not_found');
  });
});
