import { Injectable } from '@nestjs/common';
import { OverloadGuard } from '../../common/overload/overload-guard.js';
import { Metrics } from '../../metrics/metrics.js';
import { PostgresUsageLedger } from './postgres-usage-ledger.js';
import { StreamDrains } from './stream-drains.js';

/** What tells an operator, and the gate in front, that usage is not written as it should be. */
@Injectable()
export class LedgerMetrics {
  constructor(metrics: Metrics, ledger: PostgresUsageLedger, drains: StreamDrains, overload: OverloadGuard) {
    overload.holdWhile(() => ledger.isBehind);
    metrics.gauge('gateway_ledger_records_waiting', 'Ledger records that are not durable yet.', () => ledger.waiting);
    metrics.gauge('gateway_ledger_lag_seconds', 'Age of the oldest of them.', () => ledger.lagMs / 1000, 'max');
    metrics.gauge(
      'gateway_ledger_database_away',
      '1 while usage goes to the local journal.',
      () => Number(ledger.isDatabaseAway),
      'max',
    );
    metrics.gauge(
      'gateway_ledger_journal_bytes',
      "Size of this process's journal that is not replayed yet.",
      () => ledger.journalBytes,
    );
    metrics.gauge('gateway_stream_drains', 'Streams that are read on without a client.', () => drains.count);
  }
}
