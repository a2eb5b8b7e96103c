import { createHash } from 'node:crypto';

/** Converse's pattern for tool names; it is OpenAI's, too, but models and clients break it. */
const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const HASH_DIGITS = 8;

/** The names of one request's tools as Bedrock takes them, and the way back. */
export class ToolNames {
  /** Client's names by the name that is sent, for those that differ. */
  readonly renamed = new Map<string, string>();

  /** The name to send; the same for the same name every time. */
  toNative(name: string): string {
    if (TOOL_NAME.test(name)) {
      return name;
    }
    const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_DIGITS);
    const native = `${name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64 - HASH_DIGITS - 1)}_${hash}`;
    this.renamed.set(native, name);
    return native;
  }
}
