import type { OpenUsageEvent, RatedUsageEvent } from './usage-event.js';

/** A record on its way into the ledger, serialised once for the database and the journal alike. */
export interface LedgerRecord {
  kind: 'intent' | 'event';
  id: string;
  json: string;
}

const LINE = /^\{"kind":"(intent|event)","record":(\{.*\})\}$/;

/** An attempt that has begun; `writerId` is the process that answers for it. */
export function toIntentRecord(event: OpenUsageEvent, writerId: string): LedgerRecord {
  return { kind: 'intent', id: event.id, json: JSON.stringify({ ...event, writerId }) };
}

export function toEventRecord(event: RatedUsageEvent): LedgerRecord {
  return { kind: 'event', id: event.id, json: JSON.stringify(event) };
}

/** One line of the journal, without its line break. */
export function toLine({ kind, json }: LedgerRecord): string {
  return `{"kind":"${kind}","record":${json}}`;
}

/** Null for a line that was cut while it was written: nobody was told that it is durable. */
export function fromLine(line: string): LedgerRecord | null {
  const [, kind, json] = LINE.exec(line) ?? [];
  if (!kind || !json) {
    return null;
  }
  try {
    const { id } = JSON.parse(json) as { id: string };
    return { kind: kind as LedgerRecord['kind'], id, json };
  } catch {
    return null;
  }
}
