import type { ApplicationProfile } from '../catalogue/account-resources.js';
import type { ModelDirectory } from '../catalogue/model-directory.js';
import type { Journal } from '../journal/journal.js';
import type { PromptCache } from '../replies/prompt-cache.js';
import type { Script } from '../script/script.js';

/** What the operations of one sandbox share. */
export interface SandboxState {
  applicationProfiles: readonly ApplicationProfile[];
  directory: ModelDirectory;
  journal: Journal;
  promptCache: PromptCache;
  script: Script;
}
