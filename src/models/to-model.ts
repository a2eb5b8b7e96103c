import type { Listing } from './model-index.js';

/** OpenAI's model object. */
export interface Model {
  id: string;
  object: 'model';
  /** Unix seconds; 0 where Bedrock does not say, so that the value stays the same from call to call. */
  created: number;
  owned_by: string;
  /** A readable name, which OpenAI's object lacks: application profiles have only an ARN for an id. */
  display_name: string;
}

export interface ModelList {
  object: 'list';
  data: Model[];
}

export function toModel(listing: Listing): Model {
  return {
    id: listing.id,
    object: 'model',
    created: listing.createdAt ?? 0,
    owned_by: 'bedrock',
    display_name: listing.name,
  };
}
