import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { KnownCaller } from './auth/known-caller.js';
import { OpenAiErrorFilter } from './common/errors/openai-error.filter.js';
import { toCorsOptions } from './common/http/cors.js';
import { takeOffPorts } from './common/http/forwarded-for.js';
import { parseJsonBody, requireJsonBody } from './common/http/json-body.js';
import { inTurn } from './common/http/in-turn.js';
import { LimitedExpressAdapter } from './common/http/limited-server.js';
import { requireSoundHead } from './common/http/request-head.js';
import { requestContext } from './common/http/request-context.js';
import { BodyGate } from './common/overload/body-gate.js';
import { OverloadGuard } from './common/overload/overload-guard.js';
import { Shutdown } from './common/shutdown/shutdown.js';
import { UnreadableRequests } from './common/unreadable/unreadable-requests.js';
import { validationPipe } from './common/http/validation.pipe.js';
import type { AppConfig } from './config/app-config.js';
import { setUpOpenApi } from './openapi/set-up-openapi.js';
import { QuietLogger } from './logging/quiet-logger.js';
import { RequestLog } from './logging/request-log.js';
import { HttpMetrics } from './metrics/http-metrics.js';
import { RequestSpans } from './tracing/request-spans.js';

const MEBIBYTE = 1024 * 1024;

/** The whole application with everything that is global to it, not listening yet. */
export async function createApp(config: AppConfig): Promise<NestExpressApplication> {
  const adapter = new LimitedExpressAdapter(config);
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(config), adapter, {
    bodyParser: false,
    abortOnError: false,
    bufferLogs: true,
  });
  app.useLogger(app.get(QuietLogger));
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', config.trustProxy);
  const guard = app.get(OverloadGuard);
  adapter.setGate(guard.admit);
  app.getHttpServer().on('connection', guard.connected);
  app.get(UnreadableRequests).watch(app.getHttpServer());
  app.use(
    inTurn(
      requestContext,
      ...(config.trustProxy.length > 0 ? [takeOffPorts] : []),
      app.get(HttpMetrics).observe,
      app.get(RequestSpans).observe,
      app.get(RequestLog).observe,
      app.get(Shutdown).watch,
    ),
  );
  const cors = toCorsOptions(config);
  if (cors !== null) app.enableCors(cors);
  const bodies = app.get(BodyGate);
  app.use(
    inTurn(
      requireSoundHead,
      requireJsonBody,
      app.get(KnownCaller).require,
      bodies.admit,
      parseJsonBody(config.bodyLimitMb * MEBIBYTE, bodies),
    ),
  );
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new OpenAiErrorFilter());
  setUpOpenApi(app);
  return app;
}
