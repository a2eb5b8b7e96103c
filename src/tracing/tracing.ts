import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { AppConfig } from '../config/app-config.js';

/** A collector that is away must not hold up the end of the process. */
const EXPORT_TIMEOUT_MS = 2_000;
const SERVICE_NAME = 'bedrock-gateway';

/** Traces over OTLP where an endpoint is set. Spans hold names, counts and ids: never a key, a prompt or a completion. */
@Injectable()
export class Tracing implements OnApplicationShutdown {
  /** Undefined: nobody wants traces. */
  readonly tracer: Tracer | undefined;
  private readonly provider: NodeTracerProvider | undefined;

  constructor(config: AppConfig) {
    const { otelSdkDisabled, otelServiceName } = config;
    const url = toTracesUrl(config);
    if (url === undefined || otelSdkDisabled) return;
    const exporter = new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS });
    this.provider = new NodeTracerProvider({
      // The later goes first: the setting, OTEL_RESOURCE_ATTRIBUTES, the name that this service has by itself.
      resource: resourceFromAttributes({ 'service.name': SERVICE_NAME })
        .merge(detectResources({ detectors: [envDetector] }))
        .merge(resourceFromAttributes(otelServiceName === undefined ? {} : { 'service.name': otelServiceName })),
      spanProcessors: [new BatchSpanProcessor(exporter, { exportTimeoutMillis: EXPORT_TIMEOUT_MS })],
    });
    this.tracer = this.provider.getTracer('bedrock-gateway');
  }

  /** Sends what is left. */
  async onApplicationShutdown(): Promise<void> {
    await this.provider?.shutdown().catch(() => undefined);
  }
}

/** https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp */
function toTracesUrl(config: AppConfig): string | undefined {
  const { otelExporterOtlpEndpoint: base, otelExporterOtlpTracesEndpoint: own } = config;
  return own ?? (base && `${base.replace(/\/+$/, '')}/v1/traces`);
}
