import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { toEventRecord } from '../../src/billing/metering/ledger-record.js';
import { LedgerStore } from '../../src/billing/metering/ledger-store.js';
import { runReconcile } from '../../src/billing/reconciliation/run-reconcile.js';
import { createSandbox } from '../../src/sandbox/sandbox.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { usageEvent } from '../support/usage-samples.js';

const MODEL = 'us.amazon.nova-lite-v1:0';
/** Two whole days, so that a test at midnight has its calls in the range. */
const DAY_MS = 86_400_000;
const TODAY = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS);
const RANGE = ['--from', TODAY.toISOString(), '--to', new Date(TODAY.getTime() + 2 * DAY_MS).toISOString()];

let gateway: TestGateway;
let folder: string;
let logs: string;
/** The log as the sandbox wrote it, by AWS request id. */
let lines: Map<string, string>;

async function chat(content: string, stream = false) {
  const answer = await fetch(`${gateway.baseUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.tenantKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content }], ...(stream && { stream }) }),
  });
  expect(answer.status).toBe(200);
  await answer.text();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reconcile-'));
  logs = join(folder, 'AWSLogs/123456789012/BedrockModelInvocationLogs');
  await mkdir(logs, { recursive: true });
  const log = join(folder, 'written.jsonl');
  gateway = await startTestGateway({}, { invocationLogFile: log, metricsFile: join(folder, 'metrics.json') });
  for (const content of ['one', 'two', 'three']) await chat(content);
  await chat('four', true);
  await gateway.call('POST', '/v1/embeddings', {
    key: gateway.tenantKey,
    body: { model: 'amazon.titan-embed-text-v2:0', input: 'hello' },
  });
  await gateway.call('POST', '/v1/rerank', {
    key: gateway.tenantKey,
    body: { model: 'cohere.rerank-v3-5:0', query: 'x', documents: ['x', 'y'] },
  });
  const guardrailConfig = { guardrailIdentifier: 'sandboxguard', guardrailVersion: '1' };
  await gateway.call('POST', '/v1/moderations', { key: gateway.tenantKey, body: { input: 'x', guardrailConfig } });
  gateway.sandbox.script.next({ fault: { kind: 'error', name: 'ValidationException', status: 400 } });
  await gateway.call('POST', '/v1/chat/completions', {
    key: gateway.tenantKey,
    body: { model: MODEL, messages: [{ role: 'user', content: 'refused' }] },
  });
  await gateway.sandbox.journal.close();
  const text = await readFile(log, 'utf8');
  lines = new Map(
    text
      .trim()
      .split('\n')
      .map((line) => [JSON.parse(line).requestId as string, line]),
  );
});
afterAll(async () => {
  await gateway.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  for (const name of await readdir(logs)) await rm(join(logs, name));
});

const reconcile = (...words: string[]) =>
  runReconcile(['--logs', folder, ...RANGE, ...words], () => Promise.resolve(gateway.database.url));

/** Half of the log plain, half zipped, as two files of different depth. */
async function writeLogs(all: readonly string[]): Promise<void> {
  await rm(join(folder, 'written.jsonl'), { force: true });
  const half = Math.ceil(all.length / 2);
  await writeFile(join(logs, 'a.json'), `${all.slice(0, half).join('\n')}\n`);
  await writeFile(join(logs, 'b.json.gz'), gzipSync(all.slice(half).join('\n')));
}

async function report(...words: string[]) {
  const { output, clean } = await reconcile('--format', 'json', ...words);
  return { ...JSON.parse(output), clean };
}

const chatIds = async () => {
  const events = await gateway.prisma.usageEvent.findMany({ where: { operation: 'chat', outcome: 'success' } });
  return events.map(({ awsRequestId, id, tenantId }) => ({ awsRequestId: awsRequestId ?? '', id, tenantId }));
};

describe('npm run reconcile', () => {
  it('finds ledger, logs and CloudWatch in agreement, whatever the operation', async () => {
    await writeLogs([...lines.values()]);
    const { drifts, matched, failed, foreign, metrics, clean } = await report(
      '--cloudwatch',
      join(folder, 'metrics.json'),
    );
    expect({ drifts, matched, failed, foreign, metrics, clean }).toEqual({
      drifts: [],
      matched: 6,
      failed: 1,
      foreign: 0,
      metrics: [],
      clean: true,
    });
  });

  it('finds what is missing, surplus and different, each by its name', async () => {
    const [first, second, third] = await chatIds();
    const changed = JSON.parse(lines.get(second!.awsRequestId)!);
    changed.output.outputTokenCount += 7;
    const others = new Map(lines);
    others.delete(first!.awsRequestId);
    others.set(second!.awsRequestId, JSON.stringify(changed));
    const lost = await gateway.prisma.usageEvent.findFirstOrThrow({ where: { id: third!.id } });
    await writeLogs([...others.values()]);
    await gateway.prisma.$executeRaw`DELETE FROM usage_events WHERE id = ${third!.id}::uuid`;
    const { drifts, clean } = await report();
    await gateway.prisma.usageEvent.create({ data: lost as never });
    expect(clean).toBe(false);
    expect(drifts).toHaveLength(3);
    expect(drifts).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'surplus', eventId: first!.id, tenantId: first!.tenantId, logged: null }),
        expect.objectContaining({ kind: 'different', eventId: second!.id, awsRequestId: second!.awsRequestId }),
        expect.objectContaining({
          kind: 'missing',
          awsRequestId: third!.awsRequestId,
          tenantId: third!.tenantId,
          model: MODEL,
        }),
      ]),
    );
  });

  it('joins an attempt whose AWS request id was never learned on its request', async () => {
    const [first] = await chatIds();
    await writeLogs([...lines.values()]);
    await gateway.prisma.$executeRaw`UPDATE usage_events SET aws_request_id = NULL WHERE id = ${first!.id}::uuid`;
    const joined = await report();
    await gateway.prisma.$executeRaw`
      UPDATE usage_events SET aws_request_id = ${first!.awsRequestId} WHERE id = ${first!.id}::uuid`;
    expect(joined).toMatchObject({ clean: true, matched: 6 });
  });

  it('leaves calls of others in the account aside, and calls beside the range', async () => {
    const [first] = await chatIds();
    const foreign = JSON.parse(lines.get(first!.awsRequestId)!);
    const old = { ...foreign, requestId: 'old', timestamp: '2020-01-01T00:00:00Z' };
    const other = { ...foreign, requestId: 'other', requestMetadata: { team: 'x' } };
    await writeLogs([...lines.values(), JSON.stringify(old), `2026-11-22T00:00:00.000Z ${JSON.stringify(other)}`]);
    expect(await report()).toMatchObject({ clean: true, foreign: 1, matched: 6 });
  });

  it('finds a call that came late for a locked month in that month, and in no other', async () => {
    const late = usageEvent({ id: randomUUID(), occurredAt: '2026-04-10T10:00:00.000Z', awsRequestId: 'late' });
    await gateway.prisma.$executeRaw`SELECT usage_close_month('2026-04-01T00:00Z', 'an operator')`;
    const store = new LedgerStore(gateway.database.url);
    await store.write([toEventRecord(late)]);
    await store.close();
    const logged = {
      schemaType: 'ModelInvocationLog',
      timestamp: late.occurredAt,
      requestId: late.awsRequestId,
      modelId: late.resolvedModel,
      requestMetadata: { tenant_id: late.tenantId, request_id: late.requestId },
      input: { inputTokenCount: late.inputTokens },
      output: { outputTokenCount: late.outputTokens },
    };
    await writeLogs([...lines.values(), JSON.stringify(logged)]);
    const april = join(folder, 'metrics-of-april.txt');
    const sums = { InputTokenCount: late.inputTokens, OutputTokenCount: late.outputTokens };
    await writeFile(
      april,
      JSON.stringify({
        MetricDataResults: Object.entries(sums).map(([metric, sum]) => ({
          Label: `${metric} ${late.resolvedModel}`,
          Timestamps: [late.occurredAt],
          Values: [sum],
        })),
      }),
    );
    const ofToday = await report('--cloudwatch', join(folder, 'metrics.json'));
    const ofApril = await report('--from', '2026-04-01', '--to', '2026-05-01', '--cloudwatch', april);
    await gateway.prisma.$executeRaw`DELETE FROM usage_events WHERE id = ${late.id}::uuid`;
    expect(ofToday).toMatchObject({ clean: true, drifts: [], metrics: [], matched: 6 });
    expect(ofApril).toMatchObject({ clean: true, drifts: [], metrics: [], matched: 1 });
  });

  it('is not clean with a line that cannot be read, and fails on an archive that is cut', async () => {
    await writeLogs([...lines.values(), '{"schemaType":"ModelInvocationLog","requestId":']);
    expect(await report()).toMatchObject({ clean: false, drifts: [], read: { unreadable: 1 } });
    const zipped = await readFile(join(logs, 'b.json.gz'));
    await writeFile(join(logs, 'b.json.gz'), zipped.subarray(0, zipped.length - 20));
    await expect(reconcile()).rejects.toThrow('unexpected end of file');
  });

  it('tells the sums that differ from those of CloudWatch', async () => {
    await writeLogs([...lines.values()]);
    const metrics = JSON.parse(await readFile(join(folder, 'metrics.json'), 'utf8'));
    const result = metrics.MetricDataResults.find(
      ({ Label }: { Label: string }) => Label === `OutputTokenCount ${MODEL}`,
    );
    const ledger = result.Values[0];
    result.Values[0] += 5;
    await writeFile(join(folder, 'other-metrics.txt'), JSON.stringify(metrics));
    const { metrics: drifts, clean } = await report('--cloudwatch', join(folder, 'other-metrics.txt'));
    expect(drifts).toEqual([
      { model: MODEL, day: expect.any(String), metric: 'OutputTokenCount', cloudwatch: ledger + 5, ledger },
    ]);
    expect(clean).toBe(false);
  });

  it('prints a table and CSV', async () => {
    const [first] = await chatIds();
    const others = new Map(lines);
    others.delete(first!.awsRequestId);
    await writeLogs([...others.values()]);
    const { output: table } = await reconcile();
    expect(table).toContain('5 calls agree, 0 are missing in the ledger, 1 are surplus, 0 differ.');
    expect(table).toContain(`${first!.tenantId} ${MODEL}`);
    const { output: csv } = await reconcile('--format', 'csv');
    expect(csv.split('\r\n')[1]).toMatch(new RegExp(`^surplus,${first!.tenantId},${MODEL},`));
  });

  it.each([
    [['--logs', '/x', '--from', '2026-01-01'], '--to'],
    [['--from', '2026-01-01', '--to', '2026-01-02'], '--logs'],
    [['--logs', '/x', '--from', '2026-01-02', '--to', '2026-01-01'], 'before'],
    [['--logs', '/x', '--from', '2026-01-01T01:00:00Z', '--to', '2026-01-02', '--cloudwatch', 'y'], 'whole days'],
    [['--logs', '/x', '--from', '2026-01-01', '--to', '2026-01-02', '--format', 'xml'], '--format'],
    [['--logs', '/no/such/folder', '--from', '2026-01-01', '--to', '2026-01-02'], 'ENOENT'],
  ])('says what is wrong with %j', async (words, message) => {
    await expect(runReconcile(words, () => Promise.resolve(gateway.database.url))).rejects.toThrow(message);
  });
});

describe('the sandbox', () => {
  it('writes a metric file also when nothing was called', async () => {
    const metricsFile = join(folder, 'empty.json');
    const sandbox = await createSandbox({ metricsFile });
    await sandbox.close();
    expect(JSON.parse(await readFile(metricsFile, 'utf8'))).toEqual({ MetricDataResults: [], Messages: [] });
  });
});
