const EVERY_MS = 1_000;

/** Says each second how many requests were refused in it, and why: a line for each would be work for those that are served. */
export class RefusalLog {
  private readonly counts = new Map<string, number>();

  constructor(
    private readonly write: (refused: Record<string, number>) => void,
    private readonly after: (ms: number, run: () => void) => void = (ms, run) => void setTimeout(run, ms).unref(),
  ) {}

  note(reason: string): void {
    if (this.counts.size === 0) this.after(EVERY_MS, () => this.flush());
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
  }

  private flush(): void {
    const refused = Object.fromEntries(this.counts);
    this.counts.clear();
    this.write(refused);
  }
}
