import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { BoundedMap } from '../common/bounded-map.js';
import { notFound } from '../common/errors/gateway-error.js';
import { inTime } from '../common/in-time.js';
import type { GatewayError } from '../common/errors/gateway-error.js';
import type { ResolvedModel } from './model-entry.js';
import { ModelIndex, type Listing } from './model-index.js';
import { isAccountResource, toBedrockArn } from './model-resource.js';
import { RegionListsReader } from './region-lists.js';
import { resolveUnlisted } from './resolve-model.js';

/** Lists older than this are refreshed in the background when they are next read. */
const FRESH_MS = 5 * 60_000;
/** The same while AWS does not answer. */
const RETRY_MS = 30_000;
/** So long the first requests of a process wait for AWS's lists: where only the runtime can be reached it never answers. */
const FIRST_WAIT_MS = 1_000;
/** An unknown id may be a new model; asking AWS for each one would let a client use up the control plane's quota. */
const MISS_REFRESH_INTERVAL_MS = 10_000;
/** More than anybody uses at a time; ids of clients must not fill the memory. */
const ANSWERS_MAX = 1_000;
/** Anything else would reach the ledger, which cannot store every character. */
const MODEL_ID = /^[\x21-\x7e]+$/;
const PLAIN_ID = /^[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9a-z]+)*$/;

/** A model in one of the gateway's regions. */
export interface LocatedModel {
  region: string;
  model: ResolvedModel;
}

/** An id of the lists, in the gateway's regions that have it, the home region first. */
export interface ListedId extends Omit<Listing, 'model'> {
  models: LocatedModel[];
}

/** What an id leads to, the first choice first. */
export interface FoundModels {
  choices: readonly LocatedModel[];
  /** Profiles of a model that can be called without one, for callers who may not. */
  profiles: readonly LocatedModel[];
}

/**
 * What may be called in each of the gateway's regions: Bedrock's own lists, kept in memory and refreshed behind the
 * requests. While the home region's lists were never read, ids that look like Bedrock's pass, and Bedrock decides. Requests
 * wait for the lists at the start, for a moment, and for an id that these do not have; they never wait for an AWS that does not answer.
 */
@Injectable()
export class ModelCatalogue {
  private indexes: ReadonlyMap<string, ModelIndex> = new Map();
  /** What the present indexes say of an id. */
  private answers = new BoundedMap<FoundModels>(ANSWERS_MAX);
  /** Of the home region. */
  private isUnsure = true;
  private loadedAt = Number.NEGATIVE_INFINITY;
  private freshMs = FRESH_MS;
  private starting: Promise<void> | undefined;
  private refreshing: Promise<void> | undefined;

  constructor(
    private readonly reader: RegionListsReader,
    private readonly config: AppConfig,
  ) {}

  /** Every id that can be called, with what it is in each region; the order stays the same from call to call. */
  async list(): Promise<ListedId[]> {
    await this.ensureLoaded();
    const found = new Map<string, ListedId>();
    for (const [region, index] of this.indexes) {
      for (const { id, arn, name, createdAt, model } of index.listings) {
        const known = found.get(id);
        if (known === undefined) found.set(id, { id, arn, name, createdAt, models: [{ region, model }] });
        else known.models.push({ region, model });
      }
    }
    return [...found.values()];
  }

  /**
   * What a model id, inference profile id or ARN leads to; aliases are not known here.
   * @throws GatewayError 404 `model_not_found`
   */
  async find(id: string): Promise<FoundModels> {
    if (!MODEL_ID.test(id)) {
      throw notFound('The model does not exist: its id holds characters that no id has.', 'model_not_found', 'model');
    }
    await this.ensureLoaded();
    const found = this.lookUp(id) ?? (await this.lookUpAfterRefresh(id)) ?? this.unlisted(id);
    if (found === undefined) {
      throw modelNotFound(id);
    }
    // While no list could be read, Bedrock decides what has ended: a date in a table is not its word.
    const choices = found.choices.filter(({ model }) => this.isUnsure || model.lifecycle.status !== 'ended');
    if (choices.length === 0) {
      throw modelEnded(id, found.choices[0]?.model.lifecycle.endOfLifeAt ?? null);
    }
    return { ...found, choices };
  }

  private lookUp(id: string): FoundModels | undefined {
    const found = this.answers.getOrCreate(id, () => this.search(id));
    return found.choices.length === 0 ? undefined : found;
  }

  private search(id: string): FoundModels {
    const byRegion = [...this.indexes].map(([region, index]) => ({
      choices: index.find(id).map(({ model }) => ({ region, model })),
      profiles: index.profilesOf(id).map(({ model }) => ({ region, model })),
    }));
    return {
      choices: inTurns(byRegion.map((found) => found.choices)),
      profiles: inTurns(byRegion.map((found) => found.profiles)),
    };
  }

  private async lookUpAfterRefresh(id: string): Promise<FoundModels | undefined> {
    if (this.isUnsure || performance.now() - this.loadedAt < MISS_REFRESH_INTERVAL_MS) {
      return undefined;
    }
    await this.refresh();
    return this.lookUp(id);
  }

  /** Accounts name models by ARN that the lists need not hold; a model that has ended is in no list. */
  private unlisted(id: string): FoundModels | undefined {
    const arn = toBedrockArn(id);
    // An ARN says where it is; whether the caller may go there is asked later.
    const region = arn?.region || this.regions[0];
    const model = resolveUnlisted(id, region);
    const passes = arn !== undefined || (this.isUnsure && PLAIN_ID.test(id)) || model.lifecycle.status === 'ended';
    return passes && !isAccountResource(id) ? { choices: [{ region, model }], profiles: [] } : undefined;
  }

  /** The home region first. */
  private get regions(): readonly [string, ...string[]] {
    const { awsRegion, awsFailoverRegions } = this.config;
    return [awsRegion, ...awsFailoverRegions.filter((region) => region !== awsRegion)];
  }

  private async ensureLoaded(): Promise<void> {
    if (performance.now() - this.loadedAt > this.freshMs) void this.refresh();
    if (this.indexes.size === 0) await (this.starting ??= this.start());
  }

  /** When AWS does not answer soon, what was stored must do. */
  private async start(): Promise<void> {
    await inTime(this.refresh(), FIRST_WAIT_MS, 'AWS').catch(() => undefined);
    if (this.indexes.size > 0) return;
    const remembered = await Promise.all(
      this.regions.map(async (region) => [region, await this.reader.remembered(region)] as const),
    );
    if (this.indexes.size === 0) this.use(remembered);
  }

  /** One refresh at a time; never throws. */
  private refresh(): Promise<void> {
    this.refreshing ??= this.load().finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  private async load(): Promise<void> {
    const regions = await Promise.all(
      this.regions.map(async (region) => [region, await this.reader.read(region)] as const),
    );
    this.use(regions.map(([region, { index }]) => [region, index]));
    this.freshMs = regions.every(([, { complete }]) => complete) ? FRESH_MS : RETRY_MS;
    this.loadedAt = performance.now();
  }

  private use(indexes: readonly (readonly [region: string, index: ModelIndex])[]): void {
    this.indexes = new Map(indexes);
    this.isUnsure = this.indexes.get(this.regions[0])?.isUnsure ?? true;
    this.answers = new BoundedMap(ANSWERS_MAX);
  }
}

export function modelNotFound(id: string): GatewayError {
  return notFound(`The model '${id}' does not exist or is not available.`, 'model_not_found', 'model');
}

function modelEnded(id: string, endOfLifeAt: number | null): GatewayError {
  const since = endOfLifeAt === null ? '' : ` on ${new Date(endOfLifeAt * 1000).toISOString().slice(0, 10)}`;
  const message = `The model '${id}' has reached the end of its life${since}; Bedrock no longer serves it.`;
  return notFound(message, 'model_not_found', 'model');
}

/** The first of every region before the second of any: what is asked for counts more than where it runs. */
function inTurns<T>(lists: readonly (readonly T[])[]): T[] {
  const most = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: most }, (_, at) => lists.flatMap((list) => list[at] ?? [])).flat();
}
