import { WaitingClient, type AnsweredBy } from '../../src/common/http/waiting-client.js';

/** Waits for ever, has not asked before, and stays. There is room for so many bytes of its files. */
export class PatientClient extends WaitingClient {
  constructor(private readonly roomFor = Number.POSITIVE_INFINITY) {
    super();
  }

  readonly deadlineMs: number = Number.POSITIVE_INFINITY;
  readonly retryCount: number = 0;
  readonly bodyBytes: number = 0;
  readonly places: AnsweredBy[] = [];
  held = 0;
  private readonly gone = new AbortController();

  get left(): AbortSignal {
    return this.gone.signal;
  }

  leave(): void {
    this.gone.abort();
  }

  override holds(bytes: number): boolean {
    this.held += bytes;
    return this.held <= this.roomFor;
  }

  override holdsDuring<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  override attempting(place: AnsweredBy): void {
    this.places.push(place);
  }
}
