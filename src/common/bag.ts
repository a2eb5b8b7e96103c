interface Place<T> {
  readonly item: T;
  index: number;
}

/**
 * What comes and goes with each request, in no order. Of what stands in a `Set` or a `Map` that lives long, much outlives
 * its removal: V8 replaces the table every few entries and links each to its successor, so that one dead table that has grown
 * old keeps all later ones, and what stood in them, until the next full collection
 * (`docs/decisions/2026-11-27-young-garbage.md`). Here the last item takes the place of one that goes.
 */
export class Bag<T> {
  private readonly places: Place<T>[] = [];

  get size(): number {
    return this.places.length;
  }

  get items(): T[] {
    return this.places.map(({ item }) => item);
  }

  /** Answers what takes the item out again, once. */
  add(item: T): () => void {
    const place = { item, index: this.places.length };
    this.places.push(place);
    return () => this.remove(place);
  }

  private remove(place: Place<T>): void {
    if (this.places[place.index] !== place) return;
    const last = this.places.pop();
    if (last === undefined || last === place) return;
    this.places[place.index] = last;
    last.index = place.index;
  }
}
