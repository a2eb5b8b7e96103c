/** What requests are signed with. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
  /** Absent for credentials that last. */
  expiration?: Date | undefined;
}

/** Early enough that a slow or failing refresh has several more chances. */
const REFRESH_AHEAD_MS = 5 * 60_000;
/** A request must still be valid when it arrives. */
const LAST_USE_MS = 15_000;
/** A refresh ahead of time that failed is tried again no sooner. */
const RETRY_AFTER_MS = 10_000;
/** A source that fails only after so long is silent: it may be asked again, but not waited for. */
const SILENT_MS = 1_000;
/** How long that is believed; a source that nobody has asked since may be well again. */
const SILENCE_BELIEVED_MS = 10_000;

/**
 * Credentials that are fetched once for all that wait for them, and again in the background before they expire. A
 * failure then is nobody's as long as the old ones are valid. A source that was silent is waited for once, not with each
 * request: until it answers, those that need it fail at once.
 */
export class RefreshedCredentials {
  private current: AwsCredentials | undefined;
  private pending: Promise<AwsCredentials> | undefined;
  private nextRefreshAt = 0;
  private areRefused = false;
  private silence: { error: unknown; believedUntil: number } | undefined;

  constructor(
    private readonly fetch: () => Promise<AwsCredentials>,
    private readonly now: () => number = Date.now,
  ) {}

  /** Answers at once while there are credentials that are not known to be refused, or their source is silent. */
  get(): AwsCredentials | Promise<AwsCredentials> {
    const { current, silence } = this;
    const isSilent = silence !== undefined && (this.pending !== undefined || this.now() < silence.believedUntil);
    if (this.areRefused && this.pending !== undefined && !isSilent) {
      return this.pending;
    }
    const remainingMs = (current?.expiration?.getTime() ?? Infinity) - this.now();
    if (current === undefined || remainingMs <= LAST_USE_MS) {
      return isSilent ? this.refreshAfter(silence.error) : this.refresh();
    }
    if (remainingMs <= REFRESH_AHEAD_MS) this.refreshNow();
    return current;
  }

  /** AWS does not take them, whatever their time of expiry says: others may have been issued since. */
  refused(): void {
    this.areRefused ||= this.refreshNow();
  }

  /** In the background. False when it was tried lately. */
  private refreshNow(): boolean {
    if (this.now() < this.nextRefreshAt) return false;
    this.nextRefreshAt = this.now() + RETRY_AFTER_MS;
    void this.refresh().catch(() => undefined);
    return true;
  }

  private async refreshAfter(failure: unknown): Promise<never> {
    this.refresh().catch(() => undefined);
    throw failure;
  }

  private refresh(): Promise<AwsCredentials> {
    this.pending ??= this.fetched().finally(() => {
      this.pending = undefined;
      this.areRefused = false;
    });
    return this.pending;
  }

  private async fetched(): Promise<AwsCredentials> {
    const askedAt = this.now();
    try {
      this.current = await this.fetch();
      this.silence = undefined;
      return this.current;
    } catch (error) {
      const failedAt = this.now();
      const isSilent = failedAt - askedAt >= SILENT_MS;
      this.silence = isSilent ? { error, believedUntil: failedAt + SILENCE_BELIEVED_MS } : undefined;
      throw error;
    }
  }
}
