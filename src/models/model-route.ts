import type { ModelEntry } from './model-entry.js';

/** The AWS role that a request is sent under. */
export interface RouteAccount {
  roleArn: string;
  externalId: string | null;
  /** Session tags, for AWS's own cost reports. */
  sessionTags: Readonly<Record<string, string>>;
}

/** One place that a request may be sent to. */
export interface RouteCandidate {
  model: ModelEntry;
  region: string;
  /** Null: the gateway's own credentials. */
  account: RouteAccount | null;
  /** Which of the further accounts this is, counted from 1; 0 is the account of first choice. */
  standIn: number;
}

/** What a requested model leads to for one caller: where its requests may be sent, the first choice first. */
export interface ModelRoute {
  /** The model as the answer names it, whichever candidate serves. */
  name: string;
  /** All of them are within the caller's policy. */
  candidates: readonly [RouteCandidate, ...RouteCandidate[]];
}
