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
/** Without both of them nobody knows what there is. */
const ESSENTIAL = [MODELS, 'system-profiles'] as const;
const LISTS = [MODELS, ...RESOURCE_LISTS] as const;

type ListName = (typeof LISTS)[number];

/** One list of one region, as it was last read. */
interface KnownList {
  items: readonly object[];
  /** The same as text: what is stored is written only when it changes. */
  text: string;
}

/** What a refresh of a region found. */
export interface RefreshedRegion {
  index: ModelIndex;
  /** False when Bedrock did not tell one of the essential lists: then it is worth asking again soon. */
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
  private readonly refused = new Set<string>();
  /** Regions whose stored lists are known. */
  private readonly restored = new Set<string>();

  constructor(
    private readonly source: ModelSource,
    private readonly stored: ModelListRepository,
  ) {}

  /** Asks AWS. Never throws: a list that nobody knows is empty. */
  async read(region: string): Promise<RefreshedRegion> {
    await Promise.all(LISTS.map((list) => this.ask(region, list)));
    const complete = !ESSENTIAL.some((list) => this.failing.has(keyOf(region, list)));
    return { index: await this.remembered(region), complete };
  }

  /** What is known without asking AWS: the lists that were read last, by this process or an earlier one. Never throws. */
  async remembered(region: string): Promise<ModelIndex> {
    if (LISTS.some((list) => !this.known.has(keyOf(region, list)))) await this.restore(region);
    const itemsOf = (list: ListName) => {
      const key = keyOf(region, list);
      return this.refused.has(key) ? [] : (this.known.get(key)?.items ?? []);
    };
    const lists: RegionLists = {
      models: itemsOf(MODELS) as readonly ListedModel[],
      resources: Object.fromEntries(RESOURCE_LISTS.map((list) => [list, itemsOf(list)])) as Record<
        ResourceList,
        readonly ListedResource[]
      >,
    };
    const lacksLists = ESSENTIAL.map((list) => keyOf(region, list)).some(
      (key) => this.refused.has(key) || !this.known.has(key),
    );
    return new ModelIndex(region, lists, lacksLists);
  }

  private async ask(region: string, list: ListName): Promise<void> {
    const key = keyOf(region, list);
    try {
      const items =
        list === MODELS ? await this.source.listModels(region) : await this.source.listResources(region, list);
      this.hasRecovered(key, region, list);
      await this.keep(key, region, list, items);
    } catch (error) {
      this.hasFailed(key, region, list, error);
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

  private async restore(region: string): Promise<void> {
    if (this.restored.has(region)) {
      return;
    }
    const rows = await this.stored.findAll(region).catch(() => undefined);
    if (rows === undefined) {
      return;
    }
    this.restored.add(region);
    for (const { list, items } of rows) {
      // Another release may have stored another shape, which is then as good as nothing.
      const { data, success } = z.array(list === MODELS ? listedModelSchema : listedResourceSchema).safeParse(items);
      const key = keyOf(region, list);
      if (success && !this.known.has(key)) this.known.set(key, { items: data, text: '' });
    }
  }

  private hasFailed(key: string, region: string, list: string, error: unknown): void {
    if (error instanceof ListRefused) this.refused.add(key);
    else this.refused.delete(key);
    if (!this.failing.has(key)) {
      this.failing.add(key);
      this.logger.warn({ err: error }, `Bedrock's list of ${list} in ${region} cannot be read.`);
    }
  }

  private hasRecovered(key: string, region: string, list: string): void {
    this.refused.delete(key);
    if (this.failing.delete(key)) {
      this.logger.log(`Bedrock's list of ${list} in ${region} can be read again.`);
    }
  }
}

function keyOf(region: string, list: string): string {
  return `${region}/${list}`;
}
