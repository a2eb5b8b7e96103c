import type { Call, CallRecord } from './attempt.js';
import { applyGuardrail } from './apply-guardrail.js';
import { converse } from './converse.js';
import { countTokensOf } from './count-tokens.js';
import { invoke } from './invoke.js';
import type { SandboxState } from './sandbox-state.js';

type Operation = (state: SandboxState, call: Call) => Promise<CallRecord>;

interface RuntimeRoute {
  path: RegExp;
  operation: string;
  answer: Operation;
}

/** The model id is everything between: clients may leave the slash of an ARN as it is. */
const RUNTIME_ROUTES: readonly RuntimeRoute[] = [
  { path: /^\/model\/(.+)\/converse$/, operation: 'Converse', answer: converse },
  { path: /^\/model\/(.+)\/converse-stream$/, operation: 'ConverseStream', answer: converse },
  { path: /^\/model\/(.+)\/invoke$/, operation: 'InvokeModel', answer: invoke },
  {
    path: /^\/model\/(.+)\/invoke-with-response-stream$/,
    operation: 'InvokeModelWithResponseStream',
    answer: invoke,
  },
  { path: /^\/model\/(.+)\/count-tokens$/, operation: 'CountTokens', answer: countTokensOf },
  { path: /^\/guardrail\/(.+\/version\/.+)\/apply$/, operation: 'ApplyGuardrail', answer: applyGuardrail },
];

/** A call of the runtime API, found by its path. */
export interface FoundRoute {
  operation: string;
  modelId: string;
  answer: Operation;
}

export function findRuntimeRoute(path: string): FoundRoute | undefined {
  for (const { path: pattern, operation, answer } of RUNTIME_ROUTES) {
    const match = pattern.exec(path);
    if (match) return { operation, answer, modelId: decodeURIComponent(match[1] ?? '') };
  }
  return undefined;
}
