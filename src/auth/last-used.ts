import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { PrismaService } from '../database/prisma.service.js';

const WRITE_EVERY_MS = 30_000;

interface Use {
  /** Null: an operator's key. */
  tenantId: string | null;
  keyId: string;
  atMs: number;
}

/** Notes when keys were last used, and writes it down in batches: never while a request waits. */
@Injectable()
export class LastUsed implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(LastUsed.name);
  private uses = new Map<string, Use>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly prisma: PrismaService) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.write(), WRITE_EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.write();
  }

  noteTenantKey(tenantId: string, keyId: string): void {
    this.note(tenantId, keyId);
  }

  noteAdminKey(keyId: string): void {
    this.note(null, keyId);
  }

  /** Writes what was noted. What cannot be written is lost: it is a help for people, nothing depends on it. */
  async write(): Promise<void> {
    const uses = [...this.uses.values()].sort((left, right) => (left.keyId < right.keyId ? -1 : 1));
    this.uses = new Map();
    if (uses.length === 0) return;
    const tenantIds = uses.map((use) => use.tenantId);
    const keyIds = uses.map((use) => use.keyId);
    const times = uses.map((use) => new Date(use.atMs));
    try {
      // The conditions make replicas that write late harmless; the order keeps them from deadlocking.
      await this.prisma.$executeRaw`
        WITH used AS (
          SELECT * FROM unnest(${tenantIds}::text[], ${keyIds}::text[], ${times}::timestamptz[]) AS u (tenant_id, id, at)
        ), of_tenants AS (
          UPDATE api_keys k SET last_used_at = u.at FROM used u
          WHERE k.tenant_id = u.tenant_id AND k.id = u.id AND (k.last_used_at IS NULL OR k.last_used_at < u.at)
        )
        UPDATE admin_keys k SET last_used_at = u.at FROM used u
        WHERE u.tenant_id IS NULL AND k.id = u.id AND (k.last_used_at IS NULL OR k.last_used_at < u.at)`;
    } catch (error) {
      this.logger.warn({ err: error }, 'The times of last use could not be written');
    }
  }

  private note(tenantId: string | null, keyId: string): void {
    const use = this.uses.get(keyId);
    if (use) use.atMs = Date.now();
    else this.uses.set(keyId, { tenantId, keyId, atMs: Date.now() });
  }
}
