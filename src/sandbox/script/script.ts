import { type Behaviour, type BehaviourInput, behaviourSchema } from './behaviour.js';

/** What a behaviour may be matched by. */
export interface ScriptedRequest {
  operation: string;
  modelId: string;
  region: string;
  text: string;
  metadata: Readonly<Record<string, string>>;
  /** Names of the offered tools. */
  tools?: readonly string[];
  afterToolResult?: boolean;
}

/** Behaviours waiting for their request, in the order in which they were given. */
export class Script {
  private waiting: { behaviour: Behaviour; left: number }[] = [];

  /** Answers the next request that matches. Throws a ZodError for a behaviour that it cannot read. */
  next(input: BehaviourInput): void {
    const behaviour = behaviourSchema.parse(input);
    this.waiting.push({ behaviour, left: behaviour.times });
  }

  take(request: ScriptedRequest): Behaviour | undefined {
    return this.use(({ match }) => fits(match ?? {}, request));
  }

  /** Only a behaviour that names the operation: a list in the background must not use up what is meant for a call. */
  takeFor(operation: string): Behaviour | undefined {
    return this.use(({ match }) => match?.operation === operation);
  }

  /** Number of behaviours that no request has used up. */
  get pending(): number {
    return this.waiting.length;
  }

  clear(): void {
    this.waiting = [];
  }

  private use(isMeant: (behaviour: Behaviour) => boolean): Behaviour | undefined {
    const entry = this.waiting.find(({ behaviour }) => isMeant(behaviour));
    if (!entry) return undefined;
    entry.left -= 1;
    if (entry.left === 0) this.waiting = this.waiting.filter((other) => other !== entry);
    return entry.behaviour;
  }
}

function fits(match: NonNullable<Behaviour['match']>, request: ScriptedRequest): boolean {
  return (
    (match.operation === undefined || match.operation === request.operation) &&
    (match.modelId === undefined || match.modelId === request.modelId) &&
    (match.region === undefined || match.region === request.region) &&
    (match.textIncludes === undefined || request.text.includes(match.textIncludes)) &&
    (match.tool === undefined || (request.tools?.includes(match.tool) ?? false)) &&
    (match.afterToolResult === undefined || match.afterToolResult === (request.afterToolResult ?? false)) &&
    Object.entries(match.metadata ?? {}).every(([key, value]) => request.metadata[key] === value)
  );
}
