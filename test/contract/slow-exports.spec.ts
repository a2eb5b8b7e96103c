import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { ReportGroup } from '../../src/billing/reports/usage-report.js';
import { UsageReportService } from '../../src/billing/reports/usage-report.service.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { until } from '../support/until.js';

const NAME = 'x'.repeat(32 * 1024);
/** What the sockets of a connection and the buffers between them can hold. */
const BUFFERED_MAX = 24 * 1024 * 1024;
/** Looks at a counter that has to be the same every time. */
const LOOKS = 25;

let gateway: TestGateway;
let taken = 0;
let isLetGo = false;

beforeAll(async () => {
  gateway = await startTestGateway();
  Object.defineProperty(gateway.app.get(UsageReportService), 'all', { value: groupsWithoutEnd });
});

afterAll(() => gateway.close());

async function* groupsWithoutEnd(): AsyncGenerator<ReportGroup> {
  const labels = { tenant_id: 'tenant', tenant_name: NAME };
  const counts = { requests: 1, attempts: 1, errors: 0, estimated_attempts: 0, unpriced_attempts: 0 };
  const tokens = { input_tokens: 1, output_tokens: 1, cache_read_tokens: 0, attempts_without_usage: 0 };
  const written = { cache_write_tokens: 0, cache_write_5m_tokens: 0, cache_write_1h_tokens: 0 };
  const sums = { ...counts, ...tokens, ...written, cost_pico_usd: 1n };
  try {
    for (;;) {
      taken += 1;
      yield await Promise.resolve({ key: ['tenant'], labels, sums });
    }
  } finally {
    isLetGo = true;
  }
}

/** Resolves when nothing more was read for a while. */
async function stalled(): Promise<void> {
  let before = -1;
  let looks = 0;
  await until(() => {
    looks = taken > 0 && taken === before ? looks + 1 : 0;
    before = taken;
    return Promise.resolve(looks >= LOOKS);
  }, 'the export to come to a halt');
}

it.each(['csv', 'ndjson'])('an export as %s reads no more than its client takes, and ends with it', async (format) => {
  taken = 0;
  isLetGo = false;
  const path = `/admin/v1/usage?from=2026-01-01&to=2026-02-01&group_by=tenant&format=${format}`;
  const headers = { authorization: `Bearer ${gateway.adminKey}` };
  const asked = request(gateway.baseUrl + path, { agent: false, headers }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  expect(answer.statusCode).toBe(200);
  answer.pause();
  await stalled();
  const held = taken * NAME.length;
  expect(held).toBeLessThan(BUFFERED_MAX);
  answer.resume();
  await until(() => Promise.resolve(taken * NAME.length > held + BUFFERED_MAX), 'the export to go on');
  asked.destroy();
  await until(() => Promise.resolve(isLetGo), 'the export to end');
});
