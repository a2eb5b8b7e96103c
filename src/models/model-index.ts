import { toBaseId } from './capability.js';
import type { ResolvedModel } from './model-entry.js';
import { toBedrockArn } from './model-resource.js';
import type { ListedModel, ListedResource, ResourceList } from './model-source.js';
import { resolveImported, resolveModel } from './resolve-model.js';

/** What a listed id leads to. */
export interface Listing {
  /** The id as the list of models shows it; it tells nobody an account. */
  id: string;
  /** The ARN of a thing of the account, under which it can be called too. */
  arn: string | null;
  name: string;
  /** Unix seconds. */
  createdAt: number | null;
  model: ResolvedModel;
}

/** Everything that Bedrock lists in one region. */
export interface RegionLists {
  models: readonly ListedModel[];
  resources: Readonly<Record<ResourceList, readonly ListedResource[]>>;
}

type Served = Pick<ResolvedModel, 'scope' | 'destinations'>;

const FOUNDATION_MODEL = 'foundation-model/';
const CUSTOM_MODEL = /^custom-model\/([a-z0-9-]+\.[^/]+)\/[^/]+$/;

/** The geography of a region's own profiles, as Bedrock's profile ids begin. */
function geographiesOf(region: string): string[] {
  if (region.startsWith('us-gov-')) return ['us-gov'];
  if (region.startsWith('us-')) return ['us', 'global'];
  if (region.startsWith('ca-')) return ['ca', 'us', 'global'];
  if (region.startsWith('eu-')) return ['eu', 'global'];
  if (region === 'ap-northeast-1' || region === 'ap-northeast-3') return ['jp', 'apac', 'global'];
  if (region === 'ap-southeast-2' || region === 'ap-southeast-4') return ['au', 'apac', 'global'];
  if (region === 'ap-south-1' || region === 'ap-south-2') return ['in', 'apac', 'global'];
  if (region.startsWith('ap-')) return ['apac', 'global'];
  return ['global'];
}

/** Bedrock's lists of one region, joined and looked up by id or ARN. */
export class ModelIndex {
  private readonly byId = new Map<string, Listing>();
  private readonly byArn = new Map<string, Listing>();
  private readonly modelsById: ReadonlyMap<string, ListedModel>;
  private readonly destinationsByProfile: ReadonlyMap<string, readonly string[]>;

  constructor(
    private readonly region: string,
    private readonly lists: RegionLists,
    private readonly lacksLists = false,
  ) {
    const { models, resources } = lists;
    this.modelsById = new Map(models.map((model) => [model.id, model]));
    this.destinationsByProfile = new Map(
      resources['system-profiles'].map(({ id, serves }) => [id, serves.map((arn) => toBedrockArn(arn)?.region ?? '')]),
    );
    for (const model of models.filter(({ onDemand }) => onDemand)) {
      this.addModel(model);
    }
    for (const profile of resources['system-profiles']) this.addSystemProfile(profile);
    for (const profile of resources['application-profiles']) this.addServed(profile);
    for (const router of resources['prompt-routers']) this.addServed(router);
    for (const { arn, architecture, ...imported } of resources['imported-models']) {
      this.addOfAccount({ ...imported, arn }, resolveImported(arn, architecture, region));
    }
    for (const list of ['custom-deployments', 'provisioned-throughputs'] as const) {
      for (const resource of resources[list]) {
        const inRegion = { scope: 'in-region', destinations: [region] };
        this.addOfAccount(resource, this.resolve(resource.arn, this.baseOf(resource) ?? resource.arn, inRegion));
      }
    }
  }

  get isEmpty(): boolean {
    return this.byId.size === 0;
  }

  /** Whether the region may have models that are not known here, because its lists could not be read. */
  get isUnsure(): boolean {
    return this.lacksLists || this.isEmpty;
  }

  get listings(): Listing[] {
    return [...this.byId.values()];
  }

  /** What an id leads to, the first choice first. A model that needs a profile leads to all of its profiles. */
  find(id: string): Listing[] {
    const arn = toBedrockArn(id);
    if (arn !== undefined && arn.region !== '' && arn.region !== this.region) {
      return [];
    }
    const exact = this.byId.get(id) ?? this.byArn.get(id) ?? (arn && this.findBehindArn(arn.resource));
    if (exact !== undefined) {
      return [exact];
    }
    const bare = toBaseId(id);
    return bare.kind === 'foundation-model' ? this.profilesOf(bare.baseId) : [];
  }

  /** The system-defined profiles of a model, that of the region's own geography first. */
  profilesOf(baseId: string): Listing[] {
    const own = geographiesOf(this.region).map((geography) => `${geography}.${baseId}`);
    return own.flatMap((id) => this.byId.get(id) ?? []);
  }

  private findBehindArn(resource: string): Listing | undefined {
    return this.byId.get(resource) ?? this.byId.get(resource.slice(resource.indexOf('/') + 1));
  }

  private addModel({ id, name, createdAt }: ListedModel): void {
    const model = this.resolve(id, id, { scope: 'in-region', destinations: [this.region] });
    this.add({ id, arn: null, name, createdAt, model });
  }

  private addSystemProfile({ id, name, createdAt }: ListedResource): void {
    const { baseId, geo = null } = toBaseId(id);
    const destinations = this.destinationsByProfile.get(id) ?? null;
    this.add({ id, arn: null, name, createdAt, model: this.resolve(id, baseId, { scope: geo, destinations }) });
  }

  /** A profile of the account, or a router: it is served where and by what its models are. */
  private addServed(resource: ListedResource): void {
    const bases = [...new Set(resource.serves.flatMap((arn) => this.baseOfArn(arn) ?? []))];
    const [baseId = resource.arn, ...otherBaseIds] = bases;
    const model = this.resolve(resource.arn, baseId, this.servedBy(resource, baseId));
    this.addOfAccount(resource, { ...model, otherBaseIds });
  }

  private addOfAccount({ arn, name, createdAt }: Omit<ListedResource, 'architecture'>, model: ResolvedModel): void {
    const listing = { id: toBedrockArn(arn)?.resource ?? arn, arn, name, createdAt, model };
    this.add(listing);
    this.byArn.set(arn, listing);
  }

  private add(listing: Listing): void {
    if (!this.byId.has(listing.id)) {
      this.byId.set(listing.id, listing);
    }
  }

  private resolve(invokeId: string, baseId: string, served: Served): ResolvedModel {
    return resolveModel({ invokeId, baseId, listed: this.modelsById.get(baseId) }, served);
  }

  private baseOf({ serves }: ListedResource): string | undefined {
    return serves.map((arn) => this.baseOfArn(arn)).find((base) => base !== undefined);
  }

  private baseOfArn(arn: string): string | undefined {
    const { baseId, kind } = toBaseId(arn);
    if (kind !== 'opaque') {
      return baseId;
    }
    const named = CUSTOM_MODEL.exec(toBedrockArn(arn)?.resource ?? '')?.[1];
    const custom = this.lists.resources['custom-models'].find((candidate) => candidate.arn === arn);
    return named === undefined ? custom && this.baseOf(custom) : toBaseId(named).baseId;
  }

  /** The scope of what serves in just these regions: the profile of the account is made from a system-defined one. */
  private servedBy({ serves }: ListedResource, baseId: string): Served {
    const destinations = [...new Set(serves.flatMap((arn) => this.destinationsOf(arn)))];
    if (destinations.length === 1 && destinations[0] === this.region) {
      return { scope: 'in-region', destinations };
    }
    const wanted = toKey(destinations);
    const like = [...this.destinationsByProfile].find(
      ([id, regions]) => toBaseId(id).baseId === baseId && toKey(regions) === wanted,
    );
    return { scope: like === undefined ? null : (toBaseId(like[0]).geo ?? null), destinations };
  }

  /** A profile that the lists do not hold may lead anywhere. */
  private destinationsOf(arn: string): readonly string[] {
    const { region = '', resource = '' } = toBedrockArn(arn) ?? {};
    if (resource.startsWith(FOUNDATION_MODEL)) {
      return [region];
    }
    return this.destinationsByProfile.get(resource.slice(resource.indexOf('/') + 1)) ?? [''];
  }
}

function toKey(regions: readonly string[]): string {
  return [...new Set(regions)].sort().join();
}
