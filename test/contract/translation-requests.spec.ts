import { failuresOf, type Assertion } from '../support/assertions.js';
import { knowsRulesOf, refusalOf } from '../support/bedrock-rules.js';
import { observeRequest } from '../support/prepare-request.js';
import { describeWithShared, readJsonLines } from '../support/shared-data.js';

const CASES = 'cases/translation.jsonl';

interface Case {
  id: string;
  kind: string;
  model: string;
  input: Record<string, unknown>;
  expected: { assert: Assertion[] };
}

const KINDS = new Set(['request', 'request_error', 'request_url']);
const cases = readJsonLines<Case>(CASES).filter((one) => KINDS.has(one.kind));

describeWithShared(CASES)('translation cases of requests', () => {
  it.each(cases.map((one) => [one.id, one] as const))('%s', async (_id, { model, input, expected }) => {
    expect(failuresOf(expected.assert, await observeRequest(model, input))).toEqual([]);
  });

  it.each(
    cases.filter((one) => one.kind === 'request' && knowsRulesOf(one.model)).map((one) => [one.id, one] as const),
  )('%s passes the rules of Bedrock', async (_id, { model, input }) => {
    const { status, body } = await observeRequest(model, input);
    const { url_path: _path, ...converse } = body as Record<string, unknown>;
    expect(status === 200 ? refusalOf(model, converse, input['stream'] === true) : undefined).toBeUndefined();
  });
});
