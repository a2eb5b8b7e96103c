import type { Behaviour, Fault } from '../script/behaviour.js';

export type FaultOf<Kind extends Fault['kind']> = Extract<Fault, { kind: Kind }>;

/** The first fault of a kind. */
export function faultOf<Kind extends Fault['kind']>(
  behaviour: Partial<Behaviour>,
  kind: Kind,
): FaultOf<Kind> | undefined {
  return behaviour.fault?.find((fault): fault is FaultOf<Kind> => fault.kind === kind);
}
