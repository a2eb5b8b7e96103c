import type { Verdict } from './verdict.js';

/** What a client makes the most of: a failure that may pass it can sit out, a refusal it can mend. */
const WORTH: Readonly<Record<Verdict, number>> = {
  throttled: 2,
  fault: 2,
  'account-fault': 2,
  final: 1,
  unauthenticated: 0,
  elsewhere: 0,
  'other-account': 0,
};

interface Seen {
  error: unknown;
  worth: number;
  target: object;
}

/**
 * The failure that a client is told of, out of all attempts of its call. A target that is merely throttled is the one
 * to ask again, whatever a stand-in that lacks the model or the rights to it has said afterwards.
 */
export class ToldFailure {
  private told: Seen | undefined;

  /** Undefined while nothing has failed. */
  get error(): unknown {
    return this.told?.error;
  }

  saw(error: unknown, verdict: Verdict, target: object): void {
    const worth = WORTH[verdict];
    const { told } = this;
    if (told === undefined || told.target === target || worth > told.worth || (worth === told.worth && worth > 0)) {
      this.told = { error, worth, target };
    }
  }

  /** What is told when no attempt has failed. */
  unlessSeen(error: unknown): void {
    this.told ??= { error, worth: 0, target: this };
  }
}
