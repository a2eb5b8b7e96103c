// A load balancer in front of replicas: in turn to those that say they are ready, over connections that are kept. It
// repeats nothing, so that whatever a replica breaks is seen.
import { Agent, createServer, request as httpRequest } from 'node:http';
import { once } from 'node:events';

const PROBE_MS = 200;
/** A probe that is not answered by then says nothing. */
const LATE_MS = 2_000;

/** `noticesMs`: how long it takes at most until a replica that says it is not ready is left alone. */
export async function startBalancer(ports, stops) {
  const replicas = ports.map((port) => ({ port, ready: false, agent: new Agent({ keepAlive: true }) }));
  let turn = 0;
  const next = () => {
    const ready = replicas.filter((replica) => replica.ready);
    turn += 1;
    return ready[turn % ready.length];
  };
  const probing = setInterval(() => replicas.forEach(probe), PROBE_MS);
  const server = createServer((request, response) => {
    const replica = next();
    if (replica === undefined) {
      response.writeHead(503).end('no replica is ready');
      return;
    }
    const { method, url: path } = request;
    const { connection: _, ...headers } = request.headers;
    const passed = httpRequest({ port: replica.port, method, path, headers, agent: replica.agent }, (answer) => {
      const { connection: _hop, 'keep-alive': _life, 'transfer-encoding': _coding, ...kept } = answer.headers;
      response.writeHead(answer.statusCode, kept);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    passed.on('error', (error) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end(`the replica on ${replica.port}: ${error.code}`);
    });
    request.pipe(passed);
    response.on('close', () => passed.destroy());
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 });
  await once(server, 'listening');
  stops.add(() => {
    clearInterval(probing);
    server.closeAllConnections();
    server.close();
    for (const { agent } of replicas) agent.destroy();
  });
  const isReady = (port) => replicas.some((replica) => replica.port === port && replica.ready);
  return { url: `http://127.0.0.1:${server.address().port}`, noticesMs: PROBE_MS + LATE_MS, isReady };
}

function probe(replica) {
  const asked = httpRequest({ port: replica.port, path: '/readyz', agent: false, timeout: LATE_MS }, (answer) => {
    answer.resume();
    replica.ready = answer.statusCode === 200;
  });
  // One that is slow to say so is not unready.
  asked.on('timeout', () => asked.destroy(new Error('late')));
  asked.on('error', ({ message }) => {
    replica.ready &&= message === 'late';
  });
  asked.end();
}
