import { WaitingClient, type AnsweredBy } from '../../src/common/http/waiting-client.js';

/** Waits for ever, has not asked before, and stays. */
export class PatientClient extends WaitingClient {
  readonly deadlineMs: number = Number.POSITIVE_INFINITY;
  readonly retryCount: number = 0;
  readonly bodyBytes: number = 0;
  readonly places: AnsweredBy[] = [];
  private readonly gone = new AbortController();

  get left(): AbortSignal {
    return this.gone.signal;
  }

  leave(): void {
    this.gone.abort();
  }

  override attempting(place: AnsweredBy): void {
    this.places.push(place);
  }
}
