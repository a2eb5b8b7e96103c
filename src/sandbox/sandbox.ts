import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { type ApplicationProfile, SAMPLE_APPLICATION_PROFILES } from './catalogue/account-resources.js';
import { ModelDirectory } from './catalogue/model-directory.js';
import { handleRequest } from './http/handle-request.js';
import { toInvocationLog } from './journal/invocation-log.js';
import { Journal } from './journal/journal.js';
import { type JournalFile, JsonLinesFile } from './journal/json-lines-file.js';
import { MetricFile } from './journal/metric-file.js';
import type { ReceivedRequest, SandboxState } from './operations/sandbox-state.js';
import { PromptCache } from './replies/prompt-cache.js';
import { Script } from './script/script.js';
import { RoleSessions } from './sts/role-sessions.js';

const DEFAULT_REGION = 'us-east-1';
/** Longer than clients keep an idle connection, so that none is closed under a request. */
const KEEP_ALIVE_MS = 120_000;

export interface SandboxOptions {
  /** 0, the default, takes a free port. */
  port?: number;
  /** Loopback by default. */
  host?: string;
  /** The region of requests with a bearer token, which name none. */
  region?: string;
  /** A file that gets one JSON line for each ended attempt. */
  journalFile?: string;
  /** A file that gets the same as Bedrock's model invocation log has it. */
  invocationLogFile?: string;
  /** A file that gets, at the end, the sums of tokens as CloudWatch has them. */
  metricsFile?: string;
  /** Entries kept in memory, 100,000 by default; the oldest go first. */
  journalLimit?: number;
  applicationProfiles?: readonly ApplicationProfile[];
  /** Shortest prefix that is cached, in tokens, for all models; by default each model's own. */
  promptCacheMinTokens?: number;
  /** The clock, in milliseconds; tests replace it. */
  now?: () => number;
  /** Told of every request before it is looked at. */
  onRequest?: (request: ReceivedRequest) => void;
}

/** A Bedrock on this machine. It is not a model, and says so in its answers. */
export interface Sandbox {
  /** Endpoint for the runtime and the control plane, for example `http://127.0.0.1:4010`. */
  readonly url: string;
  readonly port: number;
  readonly journal: Journal;
  readonly script: Script;
  /** Sessions that STS's stand-in has given out. */
  readonly roles: RoleSessions;
  /** Ends the pauses that answers are in at this moment. */
  hurry(): void;
  /** Connections that clients hold open. */
  connections(): Promise<number>;
  /** Ends every connection and resolves when the port is free. */
  close(): Promise<void>;
}

/** Starts a sandbox. Rejects with the system's error when the port cannot be had. */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, host = '127.0.0.1', region = DEFAULT_REGION, now = Date.now } = options;
  const { applicationProfiles = SAMPLE_APPLICATION_PROFILES } = options;
  const state: SandboxState = {
    applicationProfiles,
    directory: new ModelDirectory(applicationProfiles),
    journal: new Journal(now, openFiles(options), options.journalLimit),
    promptCache: new PromptCache(now, options.promptCacheMinTokens),
    script: new Script(),
    roles: new RoleSessions(now),
    exchanges: new Set(),
    onRequest: options.onRequest,
  };
  const open = new Set<Promise<void>>();
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 }, (request, response) => {
    const handled = handleRequest(state, region, request, response).finally(() => open.delete(handled));
    open.add(handled);
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host}:${address.port}`,
    port: address.port,
    journal: state.journal,
    script: state.script,
    roles: state.roles,
    hurry: () => state.exchanges.forEach((exchange) => exchange.hurry()),
    connections: () => promisify(server.getConnections.bind(server))(),
    close: () => closeSandbox(server, state, open),
  };
}

function openFiles({ journalFile, invocationLogFile, metricsFile }: SandboxOptions): JournalFile[] {
  return [
    ...(journalFile === undefined ? [] : [new JsonLinesFile(journalFile, (entry) => entry)]),
    ...(invocationLogFile === undefined ? [] : [new JsonLinesFile(invocationLogFile, toInvocationLog)]),
    ...(metricsFile === undefined ? [] : [new MetricFile(metricsFile)]),
  ];
}

async function closeSandbox(server: Server, state: SandboxState, open: ReadonlySet<Promise<void>>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
  await Promise.allSettled(open);
  await state.journal.close();
}
