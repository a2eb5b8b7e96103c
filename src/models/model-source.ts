import { z } from 'zod';

const unixSeconds = z.int().nullable();

/** A foundation model as Bedrock lists it in one region. */
export const listedModelSchema = z.object({
  id: z.string(),
  name: z.string(),
  inputModalities: z.array(z.string()),
  outputModalities: z.array(z.string()),
  /** False: callable only through an inference profile. */
  onDemand: z.boolean(),
  streaming: z.boolean(),
  lifecycle: z.enum(['ACTIVE', 'LEGACY']),
  /** Start of life; null where Bedrock does not say, as are the next two. */
  createdAt: unixSeconds,
  legacyAt: unixSeconds,
  endOfLifeAt: unixSeconds,
});
export type ListedModel = z.infer<typeof listedModelSchema>;

/** What else is called as a model, each kind by a list of its own. */
export const RESOURCE_LISTS = [
  'system-profiles',
  'application-profiles',
  'imported-models',
  'custom-models',
  'custom-deployments',
  'provisioned-throughputs',
  'prompt-routers',
] as const;
export type ResourceList = (typeof RESOURCE_LISTS)[number];

/** An inference profile, a model or a router of the account. */
export const listedResourceSchema = z.object({
  /** What is sent to Bedrock: the id of a system-defined profile, the ARN of anything else. */
  id: z.string(),
  arn: z.string(),
  name: z.string(),
  /** ARNs of what serves it, the one that tells what it can do first. */
  serves: z.array(z.string()),
  /** What Bedrock says of an imported model, for example `llama`. */
  architecture: z.string().nullable(),
  createdAt: unixSeconds,
});
export type ListedResource = z.infer<typeof listedResourceSchema>;

/** AWS refuses a list to the gateway's credentials, so what it held cannot be called for them either. */
export class ListRefused extends Error {}

/** Where the catalogue learns what exists. The lists fail apart: an account may be allowed one and not the other. */
export abstract class ModelSource {
  /** @throws ListRefused and, where AWS does not answer, other errors */
  abstract listModels(region: string): Promise<ListedModel[]>;
  /** @throws ListRefused and, where AWS does not answer, other errors */
  abstract listResources(region: string, list: ResourceList): Promise<ListedResource[]>;
}
