import { z } from 'zod';
import { assess, BLOCKED_MESSAGE, coverage, requireGuardrail } from '../guardrails/guardrail.js';
import { readJson } from '../http/read-json.js';
import { respondJson } from '../http/respond.js';
import { readBody } from '../wire/constraints.js';
import { answerInstead, answerRaw, type Call, type CallRecord } from './attempt.js';
import type { SandboxState } from './sandbox-state.js';

const requestSchema = z.looseObject({
  source: z.enum(['INPUT', 'OUTPUT']),
  content: z.array(
    z.looseObject({
      text: z.looseObject({ text: z.string() }).optional(),
      image: z.unknown().optional(),
    }),
  ),
  outputScope: z.enum(['INTERVENTIONS', 'FULL']).optional(),
});

/** Answers ApplyGuardrail. `modelId` of the call is `{id}/version/{version}`. */
export async function applyGuardrail(state: SandboxState, call: Call): Promise<CallRecord> {
  const { exchange, operation, modelId, region } = call;
  const text = exchange.body.toString();
  const scripted = state.script.take({ operation, modelId, region, text, metadata: {} });
  const played = scripted && (await answerRaw(exchange, scripted));
  if (played) return played;

  const { content } = readBody(requestSchema, readJson(exchange.body));
  const [identifier = '', version = ''] = modelId.split('/version/');
  requireGuardrail(identifier, version);
  const instead = scripted && (await answerInstead(exchange, scripted));
  if (instead) return instead;

  const said = content.map((block) => block.text?.text ?? '');
  const whole = assess(said.join('\n'), version);
  const intervened = whole.actionReason !== 'No action.';
  const masked = said.map((part) => ({ text: assess(part, version).masked }));
  const outputs = whole.blocked ? [{ text: BLOCKED_MESSAGE }] : intervened ? masked : [];
  await respondJson(
    exchange,
    {
      action: intervened ? 'GUARDRAIL_INTERVENED' : 'NONE',
      actionReason: whole.actionReason,
      assessments: [whole.report],
      guardrailCoverage: coverage(said.join('\n')),
      // Both names are on the wire; the SDK reads `outputs`.
      output: outputs,
      outputs,
      usage: whole.usage,
    },
    scripted ?? {},
  );
  return { units: { textUnits: billedUnits(whole.usage) } };
}

/** Each policy bills its own units; words are free. */
function billedUnits(usage: Readonly<Record<string, number>>): number {
  const { contentPolicyUnits = 0, topicPolicyUnits = 0, sensitiveInformationPolicyUnits = 0 } = usage;
  return contentPolicyUnits + topicPolicyUnits + sensitiveInformationPolicyUnits;
}
