import type { TenantPolicy } from './tenant-policy.js';

/** A team that uses the gateway. */
export interface Tenant {
  id: string;
  name: string;
  externalId: string | null;
  status: TenantStatus;
  tags: Record<string, string>;
  policy: TenantPolicy;
  /** Counts changes; the ETag. */
  version: number;
  createdAt: Date;
  updatedAt: Date;
  deletedAt: Date | null;
}

export type TenantStatus = 'active' | 'suspended' | 'deleted';

export interface NewTenant {
  name: string;
  externalId?: string | null;
  tags?: Record<string, string>;
  policy: TenantPolicy;
}

/** What is absent stays as it is. */
export interface TenantChanges {
  name?: string;
  externalId?: string | null;
  tags?: Record<string, string>;
  policy?: TenantPolicy;
}

/** One page of a list, by the id of the last item of the page before. */
export interface PageRequest<Sort extends string> {
  after?: string;
  limit: number;
  sort: Sort;
  order: 'asc' | 'desc';
}

export interface Page<T> {
  items: T[];
  hasMore: boolean;
}

export type TenantPageRequest = PageRequest<'created_at' | 'name'> & {
  status?: TenantStatus;
  externalId?: string;
  name?: string;
  tag?: { name: string; value: string };
};
