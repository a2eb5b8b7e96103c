const EVERY_MS = 1_000;

/** Writes so many lines a second at most, and at its end says how many more there would have been. */
export class BoundedLog<T> {
  private noted = 0;

  constructor(
    private readonly linesMax: number,
    private readonly write: (line: T) => void,
    private readonly writeRest: (count: number) => void,
    private readonly after: (ms: number, run: () => void) => void = (ms, run) => void setTimeout(run, ms).unref(),
  ) {}

  note(line: T): void {
    if (this.noted === 0) this.after(EVERY_MS, () => this.startAnew());
    this.noted += 1;
    if (this.noted <= this.linesMax) this.write(line);
  }

  private startAnew(): void {
    const rest = this.noted - this.linesMax;
    this.noted = 0;
    if (rest > 0) this.writeRest(rest);
  }
}
