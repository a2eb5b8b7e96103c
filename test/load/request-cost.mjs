// CPU of the gateway process per chat request, plain and streamed, for each transport in turn in the same run, against
// an upstream that answers with fixed bytes. Everything runs on loopback and ends by itself.
// npm run build && node test/load/request-cost.mjs [transports: lean,sdk] [rounds] [requests a round] [profile folder]
import { median } from './lib/figures.mjs';
import { cpuMs, startGateway, startUpstream, Stops } from './lib/processes.mjs';

const CONNECTIONS = 16;
const MODEL = 'amazon.nova-lite-v1:0';
const CHUNKS = [10, 110];
const WARM_UP_REQUESTS = 1_500;

await main();

async function main() {
  const transports = (process.argv[2] ?? 'lean,sdk').split(',');
  const rounds = Number(process.argv[3] ?? 5);
  const requests = Number(process.argv[4] ?? 1_000);
  const profiles = process.argv[5];
  const profiling = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
  const stops = new Stops();
  try {
    const upstream = await startUpstream(stops);
    const gateways = [];
    for (const transport of transports) {
      const options = { flags: profiling, env: { BEDROCK_TRANSPORT: transport }, connections: CONNECTIONS };
      gateways.push({ transport, ...(await startGateway(upstream.url, options, stops)) });
    }
    const shapes = [
      { name: 'plain', body: { stream: false } },
      ...CHUNKS.map((chunks) => ({ name: `${chunks} chunks`, body: { stream: true, max_tokens: chunks } })),
    ];
    for (const gateway of gateways) for (const { body } of shapes) await load(gateway, body, WARM_UP_REQUESTS);
    const figures = new Map();
    for (let round = 0; round < rounds; round += 1) {
      for (const gateway of gateways) {
        for (const { name, body } of shapes) {
          const before = cpuMs(gateway.pid);
          const startedAt = performance.now();
          await load(gateway, body, requests);
          const cpu = (cpuMs(gateway.pid) - before) / requests;
          const perSecond = (requests / (performance.now() - startedAt)) * 1_000;
          const key = `${gateway.transport} ${name}`;
          figures.set(key, [...(figures.get(key) ?? []), { cpu, perSecond }]);
        }
      }
    }
    for (const [key, values] of figures) {
      const cpu = values.map((value) => value.cpu).sort((a, b) => a - b);
      const perSecond = median(values.map((value) => value.perSecond));
      console.log(
        `${key.padEnd(18)} ${median(cpu).toFixed(3)} ms CPU a request (${cpu[0].toFixed(3)}–${cpu.at(-1).toFixed(3)}), ` +
          `${Math.round(perSecond)} requests a second`,
      );
    }
    for (const { transport } of gateways) {
      const [few, many] = CHUNKS.map((chunks) =>
        median(figures.get(`${transport} ${chunks} chunks`).map(({ cpu }) => cpu)),
      );
      const each = ((many - few) / (CHUNKS[1] - CHUNKS[0])) * 1_000;
      console.log(`${transport.padEnd(18)} ${each.toFixed(1)} µs CPU a chunk`);
    }
  } finally {
    await stops.run();
  }
}

async function load({ pool, key }, extra, requests) {
  const body = JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'Hello there!' }], ...extra });
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  let left = requests;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (left > 0) {
        left -= 1;
        const answer = await pool.request({ method: 'POST', path: '/v1/chat/completions', headers, body });
        const text = await answer.body.text();
        if (answer.statusCode !== 200 || text.includes('"error"')) throw new Error(`${answer.statusCode} ${text}`);
      }
    }),
  );
}
