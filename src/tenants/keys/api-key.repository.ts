import { Injectable } from '@nestjs/common';
import { invalidRequest } from '../../common/errors/gateway-error.js';
import { Prisma } from '../../database/generated/client.js';
import { PrismaService } from '../../database/prisma.service.js';
import type { Page } from '../tenant.js';
import type { KeyPolicy } from '../tenant-policy.js';
import type { ApiKey, ApiKeyChanges, ApiKeyPageRequest, ApiKeyStatus, NewApiKey, NewSecret } from './api-key.js';

const SECRETS = {
  select: { id: true, prefix: true, lastFour: true, imported: true, createdAt: true, expiresAt: true },
  orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
} satisfies Prisma.ApiKey$secretsArgs;
const WITH_SECRETS = { secrets: SECRETS } satisfies Prisma.ApiKeyInclude;

type Row = Prisma.ApiKeyGetPayload<{ include: typeof WITH_SECRETS }>;

/** Prisma's code for a violated unique constraint. */
const UNIQUE_VIOLATION = 'P2002';

@Injectable()
export class ApiKeyRepository {
  constructor(private readonly prisma: PrismaService) {}

  async create(
    tenantId: string,
    id: string,
    key: NewApiKey & { createdBy: string },
    db: Prisma.TransactionClient,
  ): Promise<void> {
    const { name, createdBy, policy } = key;
    await db.apiKey.create({
      data: { tenantId, id, name, createdBy, policy, tags: key.tags ?? {}, expiresAt: key.expiresAt ?? null },
    });
  }

  /** Throws a 400 when the secret is already in use, which only an import can bring about. */
  async addSecret(
    tenantId: string,
    keyId: string,
    secret: NewSecret & { id: string },
    db: Prisma.TransactionClient,
  ): Promise<void> {
    try {
      await db.apiKeySecret.create({ data: { tenantId, keyId, ...secret } });
    } catch (error) {
      if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === UNIQUE_VIOLATION) {
        throw invalidRequest('secret', 'secret cannot be imported: it is already in use.', 'already_exists');
      }
      throw error;
    }
  }

  /** Ends the key's secrets at that moment, those that end earlier excepted. */
  async expireSecrets(tenantId: string, keyId: string, at: Date, db: Prisma.TransactionClient): Promise<void> {
    await db.apiKeySecret.updateMany({
      where: { tenantId, keyId, OR: [{ expiresAt: null }, { expiresAt: { gt: at } }] },
      data: { expiresAt: at },
    });
  }

  async find(tenantId: string, id: string, db: Prisma.TransactionClient = this.prisma): Promise<ApiKey | null> {
    const row = await db.apiKey.findUnique({ where: { tenantId_id: { tenantId, id } }, include: WITH_SECRETS });
    return row && toApiKey(row);
  }

  /** The same, locked until the transaction ends, so that nobody changes it in between. */
  async findForUpdate(tenantId: string, id: string, db: Prisma.TransactionClient): Promise<ApiKey | null> {
    await db.$executeRaw`SELECT 1 FROM api_keys WHERE tenant_id = ${tenantId} AND id = ${id} FOR UPDATE`;
    return this.find(tenantId, id, db);
  }

  async update(
    tenantId: string,
    id: string,
    changes: ApiKeyChanges & { revokedAt?: Date },
    db: Prisma.TransactionClient,
  ): Promise<ApiKey> {
    const row = await db.apiKey.update({
      where: { tenantId_id: { tenantId, id } },
      data: { ...changes, version: { increment: 1 } },
      include: WITH_SECRETS,
    });
    return toApiKey(row);
  }

  /** Throws a 400 when `after` is not a key of this tenant. */
  async list(tenantId: string, request: ApiKeyPageRequest): Promise<Page<ApiKey>> {
    const last = request.after === undefined ? null : await this.find(tenantId, request.after);
    if (request.after !== undefined && last === null) {
      throw invalidRequest('after', 'after must be the id of a key of this list.');
    }
    const rows = await this.prisma.apiKey.findMany({
      where: { tenantId, AND: [statusFilter(request.status), last ? behind(last, request) : {}] },
      orderBy: [
        request.sort === 'name' ? { name: request.order } : { createdAt: request.order },
        { id: request.order },
      ],
      take: request.limit + 1,
      include: WITH_SECRETS,
    });
    return { items: rows.slice(0, request.limit).map(toApiKey), hasMore: rows.length > request.limit };
  }
}

/** By its values: a cursor of Prisma has to be in the list itself, which a key that was just revoked has left. */
function behind(last: ApiKey, { sort, order }: ApiKeyPageRequest): Prisma.ApiKeyWhereInput {
  const beyond = order === 'asc' ? 'gt' : 'lt';
  const [field, value] = sort === 'name' ? ['name', last.name] : ['createdAt', last.createdAt];
  return { OR: [{ [field]: { [beyond]: value } }, { [field]: value, id: { [beyond]: last.id } }] };
}

function statusFilter(status: ApiKeyStatus | undefined): Prisma.ApiKeyWhereInput {
  const now = new Date();
  if (status === 'revoked') return { revokedAt: { not: null } };
  if (status === 'expired') return { revokedAt: null, expiresAt: { lte: now } };
  if (status === 'active') return { revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] };
  return {};
}

function toApiKey(row: Row): ApiKey {
  return { ...row, tags: row.tags as Record<string, string>, policy: row.policy as KeyPolicy };
}
