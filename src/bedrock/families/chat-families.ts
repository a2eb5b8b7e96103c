import type { ModelEntry } from '../../models/model-entry.js';
import type { ChatFamily } from './chat-family.js';

/** The families in the order of the list; the first that serves a model has it, the last serves all. */
export class ChatFamilies {
  constructor(private readonly families: readonly ChatFamily[]) {}

  for(model: ModelEntry): ChatFamily {
    const family = this.families.find((candidate) => candidate.serves(model));
    if (family === undefined) {
      throw new Error('No family serves this model: the catch-all is missing from the list.');
    }
    return family;
  }
}
