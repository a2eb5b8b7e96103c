/** Keeps what is made for a key; past the bound, what has been kept longest is made anew. */
export class BoundedMap<T> {
  private readonly entries = new Map<string, T>();

  constructor(private readonly max: number) {}

  [Symbol.iterator](): MapIterator<[string, T]> {
    return this.entries[Symbol.iterator]();
  }

  getOrCreate(key: string, create: () => T): T {
    const known = this.entries.get(key);
    if (known !== undefined) return known;
    const created = create();
    const [oldest] = this.entries.keys();
    if (this.entries.size >= this.max && oldest !== undefined) this.entries.delete(oldest);
    this.entries.set(key, created);
    return created;
  }
}
