/** Why the gateway cannot start, in words for an operator: it is printed without a stack trace. Holds no secret. */
export class StartupError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = new.target.name;
  }
}
