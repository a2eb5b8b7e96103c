/**
 * Names that each stand for one thing. The tries for a name are remembered: a client decides how often it says the same, and to begin
 * anew each time would take the square of that.
 */
export class UnusedNames {
  private readonly used = new Set<string>();
  private readonly tries = new Map<string, number>();

  /** The wish itself, or else the first of its variants (2, 3, …) that nothing has been called yet. */
  take(wish: string, toVariant: (count: number) => string): string {
    let name = wish;
    let count = this.tries.get(wish) ?? 1;
    while (this.used.has(name)) {
      count += 1;
      name = toVariant(count);
    }
    this.tries.set(wish, count);
    this.used.add(name);
    return name;
  }
}
