import { array, assert, constantFrom, double, nat, oneof, property, record } from 'fast-check';
import type { OthersDemand, QuotaDemand } from './quota-demand.repository.js';
import { SharedParts } from './shared-parts.js';
import type { Demand } from './share-out.js';

const QUOTA = 'us-east-1 amazon.nova-lite-v1:0';

/** Processes that tell each other, one after another, what they want and hold. */
class Group {
  private readonly said = new Map<string, readonly QuotaDemand[]>();
  private readonly parts = new Map<string, SharedParts>();

  exchange(processId: string, own?: Demand): void {
    const others: OthersDemand[] = [...this.said]
      .filter(([other]) => other !== processId)
      .flatMap(([other, demands]) => demands.map((demand) => ({ ...demand, processId: other })));
    const parts = new SharedParts(new Map(own && [[QUOTA, own]]), others);
    this.said.set(processId, parts.toDemands());
    this.parts.set(processId, parts);
  }

  partsOf(quota: string) {
    return [...this.parts.values()].map((parts) => parts.of(quota));
  }

  heldBy(processId: string): number {
    return this.parts.get(processId)?.of(QUOTA).tokens ?? 0;
  }

  namesOf(processId: string): string[] {
    return (this.said.get(processId) ?? []).map(({ quota }) => quota);
  }
}

const requestsOf = (group: Group) => group.partsOf(QUOTA).map(({ requests }) => requests);
const wants = (demand: number, used = 0): Demand => ({ demand, weight: 1, usedTokens: used, usedRequests: used });

describe(SharedParts.name, () => {
  it('gives the whole to one that is alone, and nothing at first to one that comes', () => {
    const group = new Group();
    group.exchange('first');
    group.exchange('second');
    expect(requestsOf(group)).toEqual([1, 0]);
    group.exchange('first');
    group.exchange('second');
    expect(requestsOf(group)).toEqual([0.5, 0.5]);
  });

  it('lets one grow as soon as the other has left what it wants', () => {
    const group = new Group();
    for (const name of ['first', 'second', 'first', 'second']) group.exchange(name);
    group.exchange('first', wants(5));
    expect(requestsOf(group)).toEqual([0.5, 0.5]);
    group.exchange('second');
    expect(requestsOf(group)).toEqual([0.5, expect.closeTo(0.05, 9)]);
    group.exchange('first', wants(5));
    expect(requestsOf(group)).toEqual([expect.closeTo(0.95, 9), expect.closeTo(0.05, 9)]);
  });

  it('names a quota only as long as somebody wants it', () => {
    const group = new Group();
    group.exchange('first', wants(5));
    group.exchange('second');
    expect([group.namesOf('first'), group.namesOf('second')]).toEqual([
      ['', QUOTA],
      ['', QUOTA],
    ]);
    group.exchange('first');
    group.exchange('second');
    group.exchange('first');
    expect([group.namesOf('first'), group.namesOf('second')]).toEqual([[''], ['']]);
  });

  it('counts what those have used that are gone, and gives their part to the others', () => {
    const gone = { ...wants(0.4, 0.4), quota: QUOTA, processId: null, held: { rate: 0, tokens: 0, requests: 0 } };
    const parts = new SharedParts(new Map([[QUOTA, wants(5)]]), [gone]);
    expect(parts.of(QUOTA)).toEqual({
      rate: expect.closeTo(0.6, 9),
      tokens: expect.closeTo(0.36, 9),
      requests: expect.closeTo(0.36, 9),
    });
  });

  it('never gives out more than the whole, whoever comes, wants or speaks first', () => {
    const step = record({
      processId: constantFrom('first', 'second', 'third', 'fourth'),
      demand: oneof(double({ min: 0, max: 20, noNaN: true }), constantFrom(0)),
      used: double({ min: 0, max: 1, noNaN: true }),
      weight: nat(5),
    });
    assert(
      property(array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const group = new Group();
        for (const { processId, demand, used, weight } of steps) {
          // A process uses no more than it has.
          const usedTokens = used * group.heldBy(processId);
          const own = { demand, weight, usedTokens, usedRequests: usedTokens };
          group.exchange(processId, demand + usedTokens > 0 ? own : undefined);
          const parts = group.partsOf(QUOTA);
          for (const name of ['rate', 'tokens', 'requests'] as const) {
            expect(parts.reduce((sum, part) => sum + part[name], 0)).toBeLessThanOrEqual(1 + 1e-9);
          }
        }
      }),
    );
  });
});
