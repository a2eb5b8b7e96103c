import { failuresOf, type Assertion } from '../support/assertions.js';
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
});
