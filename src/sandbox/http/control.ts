import { behaviourSchema } from '../script/behaviour.js';
import type { SandboxState } from '../operations/sandbox-state.js';
import type { Exchange } from './exchange.js';

export const CONTROL_PREFIX = '/sandbox';

type Handler = (state: SandboxState, exchange: Exchange) => unknown;

/** The sandbox's own endpoints. They need no authorization: the sandbox holds nothing worth guarding. */
const CONTROLS: Readonly<Record<string, Handler>> = {
  'GET /sandbox': () => ({ name: 'Bedrock sandbox', isModel: false }),
  'POST /sandbox/script': (state, exchange) => {
    const behaviours = [JSON.parse(exchange.body.toString()) as unknown].flat();
    const parsed = behaviours.map((behaviour) => behaviourSchema.safeParse(behaviour));
    const wrong = parsed.find((result) => !result.success);
    if (wrong) throw new ControlError(400, wrong.error.issues[0]?.message ?? 'invalid behaviour');
    for (const { data } of parsed) if (data) state.script.next(data);
    return { pending: state.script.pending };
  },
  'GET /sandbox/journal': (state, exchange) => ({
    entries: state.journal.list(Number(exchange.url.searchParams.get('since') ?? 0)),
  }),
  'DELETE /sandbox/journal': (state) => {
    state.journal.clear();
    return {};
  },
  'POST /sandbox/reset': (state) => {
    state.journal.clear();
    state.script.clear();
    state.promptCache.clear();
    state.roles.clear();
    return {};
  },
};

class ControlError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export async function answerControl(state: SandboxState, exchange: Exchange): Promise<void> {
  const control = CONTROLS[`${exchange.request.method} ${exchange.url.pathname}`];
  if (!control) return exchange.json(404, { message: 'The sandbox has no such control.' });
  try {
    return await exchange.json(200, control(state, exchange));
  } catch (error) {
    if (error instanceof SyntaxError) return exchange.json(400, { message: 'The body is not valid JSON.' });
    if (error instanceof ControlError) return exchange.json(error.status, { message: error.message });
    throw error;
  }
}
