import type { AppConfig } from '../../config/app-config.js';
import type { Metrics } from '../../metrics/metrics.js';
import type { BedrockClients } from '../bedrock-clients.js';
import { AttemptEngine } from './attempt-engine.js';

/** The engine of the settings, watched. */
export function createEngine(config: AppConfig, metrics: Metrics, clients: BedrockClients): AttemptEngine {
  const retries = metrics.counter({
    name: 'gateway_upstream_retries_total',
    help: 'Attempts after the first one of a call: at the same target again, or at another one.',
    labelNames: ['kind'],
  });
  const engine = new AttemptEngine({
    attemptsMax: config.awsMaxAttempts,
    retryRatio: config.retryBudgetPercent / 100,
    breakerFailures: config.breakerFailures,
    retrying: (kind) => retries.inc({ kind }),
    unauthenticated: (account) => clients.refused(account),
  });
  metrics.gauge(
    'gateway_upstream_circuits_open',
    'Targets (a model in a region) that are left alone because they only failed.',
    () => engine.circuitsOpen,
    'max',
  );
  return engine;
}
