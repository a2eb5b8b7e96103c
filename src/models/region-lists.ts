import { Injectable, Logger } from '@nestjs/common';
import { z } from 'zod';
import { ModelIndex, type RegionLists } from './model-index.js';
import { ModelListRepository } from './model-list.repository.js';
import {
  listedModelSchema,
  listedResourceSchema,
  ListRefused,
  ModelSource,
  RESOURCE_LISTS,
  type ListedModel,
  type ListedResource,
  type ResourceList,
} from './model-source.js';

const MODELS = 'foundation-models';

/** One list of one region, as it was last read. */
interface KnownList {
  items: readonly object[];
  /** The same as text: what is stored is written only when it changes. */
  text: string;
}

/** What a refresh of a region found. */
export interface RefreshedRegion {
  index: ModelIndex;
  /** False when Bedrock did not tell its foundation models: then it is worth asking again soon. */
  complete: boolean;
}

/**
 * Bedrock's lists of every region. Each fails alone: one that AWS refuses is empty, and while AWS does not answer, the
 * last one is kept, in memory and in the database, so that it outlives an outage and a restart. A failure is logged when it begins and not again until it has ended.
 */
@Injectable()
export class RegionListsReader {
  private readonly logger = new Logger(RegionListsReader.name);
  private readonly known = new Map<string, KnownList>();
  private readonly failing = new Set<string>();

  constructor(
    private readonly source: ModelSource,
    private readonly stored: ModelListRepository,
  ) {}

  /** Never throws: a list that nobody knows is empty. */
  async read(region: string): Promise<RefreshedRegion> {
    const resource = async (list: ResourceList) =>
      [
        list,
        await this.current(region, list, listedResourceSchema, () => this.source.listResources(region, list)),
      ] as const;
    const [models, ...resources] = await Promise.all([
      this.current<ListedModel>(region, MODELS, listedModelSchema, () => this.source.listModels(region)),
      ...RESOURCE_LISTS.map(resource),
    ]);
    const lists: RegionLists = {
      models,
      resources: Object.fromEntries(resources) as Record<ResourceList, readonly ListedResource[]>,
    };
    const lacksLists = [MODELS, 'system-profiles'].some((list) => this.isUnknown(keyOf(region, list)));
    return { index: new ModelIndex(region, lists, lacksLists), complete: !this.failing.has(keyOf(region, MODELS)) };
  }

  private async current<T extends object>(
    region: string,
    list: string,
    schema: z.ZodType<T>,
    read: () => Promise<T[]>,
  ): Promise<readonly T[]> {
    const key = keyOf(region, list);
    try {
      const items = await read();
      this.hasRecovered(key, region, list);
      await this.keep(key, region, list, items);
      return items;
    } catch (error) {
      this.hasFailed(key, region, list, error);
      if (error instanceof ListRefused) {
        return [];
      }
      return this.lastGood(key, region, list, schema);
    }
  }

  private async keep(key: string, region: string, list: string, items: readonly object[]): Promise<void> {
    const text = JSON.stringify(items);
    if (this.known.get(key)?.text === text) {
      return;
    }
    this.known.set(key, { items, text });
    try {
      await this.stored.save(region, list, items);
    } catch (error) {
      // Forgotten, so that the next refresh writes it.
      this.known.set(key, { items, text: '' });
      this.logger.warn({ err: error }, `Bedrock's list of ${list} in ${region} could not be stored.`);
    }
  }

  private async lastGood<T extends object>(
    key: string,
    region: string,
    list: string,
    schema: z.ZodType<T>,
  ): Promise<readonly T[]> {
    const known = this.known.get(key);
    if (known !== undefined) {
      return known.items as readonly T[];
    }
    // Another release may have stored another shape, which is then as good as nothing.
    const stored = await this.stored.find(region, list).catch(() => null);
    const { data: items = [], success } = z.array(schema).safeParse(stored);
    if (success) {
      this.known.set(key, { items, text: '' });
    }
    return items;
  }

  /** Neither read now nor at any time before. */
  private isUnknown(key: string): boolean {
    return this.failing.has(key) && !this.known.has(key);
  }

  private hasFailed(key: string, region: string, list: string, error: unknown): void {
    if (!this.failing.has(key)) {
      this.failing.add(key);
      this.logger.warn({ err: error }, `Bedrock's list of ${list} in ${region} cannot be read.`);
    }
  }

  private hasRecovered(key: string, region: string, list: string): void {
    if (this.failing.delete(key)) {
      this.logger.log(`Bedrock's list of ${list} in ${region} can be read again.`);
    }
  }
}

function keyOf(region: string, list: string): string {
  return `${region}/${list}`;
}
