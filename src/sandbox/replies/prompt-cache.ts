import { createHash } from 'node:crypto';
import type { PromptPart } from './prompt.js';

const DEFAULT_MIN_TOKENS = 1024;
const LOOKBACK_PARTS = 20;
const MAX_ENTRIES = 10_000;
const LIFETIME_MS = { '5m': 5 * 60_000, '1h': 60 * 60_000 };

type Ttl = keyof typeof LIFETIME_MS;

/** How the tokens of one prompt divide; the four numbers add up to the whole prompt. */
export interface PromptUsage {
  inputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: Record<Ttl, number>;
}

interface Boundary {
  hash: string;
  tokens: number;
  /** Set where a cache point stands at this boundary. */
  ttl?: Ttl;
}

/**
 * Bedrock's prompt cache: what stands before a cache point is written once and read by later prompts that begin
 * in the same way. Points below the model's minimum do nothing; a point looks back over 20 blocks.
 */
export class PromptCache {
  private readonly expiry = new Map<string, number>();

  constructor(
    private readonly now: () => number,
    private readonly minTokens?: number,
  ) {}

  account(modelId: string, parts: readonly PromptPart[], minTokens: number | null): PromptUsage {
    const boundaries = boundariesOf(modelId, parts);
    const total = boundaries.at(-1)?.tokens ?? 0;
    const least = this.minTokens ?? minTokens ?? DEFAULT_MIN_TOKENS;
    const points = boundaries.filter(({ ttl, tokens }) => ttl && tokens >= least);
    const read = this.longestHit(boundaries, points);
    const written: Record<Ttl, number> = { '5m': 0, '1h': 0 };
    let covered = read;
    for (const { hash, tokens, ttl = '5m' } of points) {
      this.keep(hash, ttl);
      written[ttl] += Math.max(0, tokens - covered);
      covered = Math.max(covered, tokens);
    }
    return { inputTokens: total - covered, cacheReadTokens: read, cacheWriteTokens: written };
  }

  clear(): void {
    this.expiry.clear();
  }

  private longestHit(boundaries: readonly Boundary[], points: readonly Boundary[]): number {
    const hits = points.flatMap((point) => {
      const end = boundaries.indexOf(point);
      return boundaries
        .slice(Math.max(0, end - LOOKBACK_PARTS), end + 1)
        .filter(({ hash }) => (this.expiry.get(hash) ?? 0) > this.now())
        .map(({ tokens }) => tokens);
    });
    return Math.max(0, ...hits);
  }

  private keep(hash: string, ttl: Ttl): void {
    this.expiry.delete(hash);
    this.expiry.set(hash, this.now() + LIFETIME_MS[ttl]);
    const [oldest] = this.expiry.keys();
    if (this.expiry.size > MAX_ENTRIES && oldest) this.expiry.delete(oldest);
  }
}

function boundariesOf(modelId: string, parts: readonly PromptPart[]): Boundary[] {
  const running = createHash('sha256').update(modelId);
  const boundaries: Boundary[] = [];
  let tokens = 0;
  for (const part of parts) {
    if ('cachePoint' in part) {
      const last = boundaries.at(-1);
      if (last) last.ttl = part.cachePoint.ttl ?? '5m';
      continue;
    }
    tokens += part.tokens;
    running.update(part.content).update('\0');
    boundaries.push({ hash: running.copy().digest('base64'), tokens });
  }
  return boundaries;
}
