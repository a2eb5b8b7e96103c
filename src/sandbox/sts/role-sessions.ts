const DEFAULT_SESSION_SECONDS = 3600;

/** A session that the sandbox has given out for a role. */
export interface RoleSession {
  roleArn: string;
  roleSessionName: string;
  externalId: string | null;
  tags: Readonly<Record<string, string>>;
  /** Signs the requests of this session, as the journal shows it. */
  accessKeyId: string;
  /** The access key that the session was asked for with. */
  assumedBy: string | null;
  expiration: Date;
}

/** Every session, in the order in which they were given out. */
export class RoleSessions {
  private sessions: RoleSession[] = [];
  /** How long sessions last from now on; tests shorten it. */
  sessionSeconds = DEFAULT_SESSION_SECONDS;

  constructor(private readonly now: () => number) {}

  open(session: Omit<RoleSession, 'accessKeyId' | 'expiration'>): RoleSession {
    const accessKeyId = `ASIASANDBOX${String(this.sessions.length + 1).padStart(9, '0')}`;
    const opened = { ...session, accessKeyId, expiration: new Date(this.now() + this.sessionSeconds * 1000) };
    this.sessions.push(opened);
    return opened;
  }

  list(): readonly RoleSession[] {
    return this.sessions;
  }

  clear(): void {
    this.sessions = [];
  }
}
