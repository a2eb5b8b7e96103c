import { toBaseId } from './capability.js';
import type { ListedModel, ListedProfile } from './model-source.js';

/** What a listed id leads to. */
export interface Listing {
  /** The id as a client sends it. */
  id: string;
  invokeId: string;
  baseId: string;
  name: string;
  createdAt: number | null;
}

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

/** Bedrock's lists, joined and looked up by id or ARN. */
export class ModelIndex {
  private readonly byId = new Map<string, Listing>();
  private readonly profileIds: ReadonlySet<string>;

  constructor(
    readonly models: readonly ListedModel[],
    readonly profiles: readonly ListedProfile[],
  ) {
    this.profileIds = new Set(profiles.map((profile) => profile.id));
    for (const model of models) {
      if (model.onDemand) {
        this.add({ id: model.id, invokeId: model.id, baseId: model.id, name: model.name, createdAt: model.createdAt });
      }
    }
    for (const profile of profiles) {
      const { id, name, modelId: baseId, createdAt } = profile;
      this.add({ id, invokeId: id, baseId, name, createdAt });
    }
  }

  get isEmpty(): boolean {
    return this.byId.size === 0;
  }

  get listings(): Listing[] {
    return [...this.byId.values()];
  }

  /**
   * The listing of an id. The bare id of a model that is callable only through a profile leads to the profile of the
   * region's own geography, or to the global one.
   */
  find(id: string, region: string): Listing | undefined {
    const listed = this.byId.get(id);
    if (listed !== undefined) {
      return listed;
    }
    if (id.startsWith('arn:')) {
      return this.byId.get(id.slice(id.lastIndexOf('/') + 1)) ?? this.findByArn(id);
    }
    const { geo, baseId } = toBaseId(id);
    const profileId = geo === undefined ? this.profileFor(baseId, region) : undefined;
    const profile = profileId === undefined ? undefined : this.byId.get(profileId);
    return profile === undefined ? undefined : { ...profile, id };
  }

  private add(listing: Listing): void {
    if (!this.byId.has(listing.id)) {
      this.byId.set(listing.id, listing);
    }
  }

  private findByArn(arn: string): Listing | undefined {
    const profile = this.profiles.find((candidate) => candidate.arn === arn);
    return profile === undefined ? undefined : this.byId.get(profile.id);
  }

  private profileFor(baseId: string, region: string): string | undefined {
    return geographiesOf(region)
      .map((geography) => `${geography}.${baseId}`)
      .find((id) => this.profileIds.has(id));
  }
}
