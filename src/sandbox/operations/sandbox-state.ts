import type { IncomingHttpHeaders } from 'node:http';
import type { ApplicationProfile } from '../catalogue/account-resources.js';
import type { ModelDirectory } from '../catalogue/model-directory.js';
import type { Exchange } from '../http/exchange.js';
import type { Journal } from '../journal/journal.js';
import type { PromptCache } from '../replies/prompt-cache.js';
import type { Script } from '../script/script.js';
import type { RoleSessions } from '../sts/role-sessions.js';

/** A request as it came, whatever becomes of it. */
export interface ReceivedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** What the operations of one sandbox share. */
export interface SandboxState {
  applicationProfiles: readonly ApplicationProfile[];
  directory: ModelDirectory;
  journal: Journal;
  promptCache: PromptCache;
  script: Script;
  roles: RoleSessions;
  /** Requests that have no whole answer yet. */
  exchanges: Set<Exchange>;
  onRequest: ((request: ReceivedRequest) => void) | undefined;
}
