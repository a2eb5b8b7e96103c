import assert from 'node:assert/strict';
import type { Message } from '@aws-sdk/client-bedrock-runtime';
import { Client } from 'pg';
import type { ChatCompletionChunk } from '../../src/openai/chat-completion.js';
import { createSandbox } from '../../src/sandbox/sandbox.js';
import { startAccessApp, type AccessApp, type Answer } from './access-app.js';
import { events, hello, whole } from './fake-answers.js';
import { streamAnswer } from './replayed-bedrock.js';
import { startReplayServer, type ReplayServer } from './replay-server.js';

export const M45 = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
export const OPUS_48 = 'us.anthropic.claude-opus-4-8';
export const AIP_45 = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/team00000045';
export const AIP_48 = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/team00000048';

/** A Converse request as it arrives at Bedrock. */
export interface ConverseBody {
  messages: Message[];
  system?: { text?: string; cachePoint?: object }[];
  inferenceConfig?: Record<string, unknown>;
  toolConfig?: {
    tools: { toolSpec: { name: string; description?: string; inputSchema: { json: object } } }[];
    toolChoice?: object;
  };
  additionalModelRequestFields?: Record<string, unknown>;
  outputConfig?: object;
  requestMetadata?: Record<string, string>;
}

export interface RefusedCall {
  status: number;
  message: string;
  type: string;
  param: string | null;
  code: string | null;
}

export function user(content: unknown) {
  return { role: 'user', content };
}

/** The data of server-sent events. */
export function framesOf(text: string): string[] {
  return text
    .split('\n\n')
    .filter((frame) => frame.startsWith('data: '))
    .map((frame) => frame.slice('data: '.length));
}

/**
 * The whole gateway between a client of the predecessor and a Bedrock that says what the test wants. The sandbox is
 * the control plane; a call without further ado is one of M45 that says "hi".
 */
export class DropInApp {
  private constructor(
    readonly gateway: AccessApp,
    readonly bedrock: ReplayServer,
    readonly close: () => Promise<void>,
  ) {}

  static async start(env: NodeJS.ProcessEnv = {}): Promise<DropInApp> {
    await using stack = new AsyncDisposableStack();
    const sandbox = await createSandbox({
      applicationProfiles: [
        { id: 'team00000045', name: 'team sonnet', copyFrom: M45 },
        { id: 'team00000048', name: 'team opus', copyFrom: OPUS_48 },
      ],
    });
    stack.defer(() => sandbox.close());
    const bedrock = await startReplayServer();
    stack.defer(() => bedrock.close());
    const gateway = await startAccessApp({
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url,
      AWS_ENDPOINT_URL_BEDROCK: sandbox.url,
      AWS_MAX_ATTEMPTS: '1',
      ...env,
      DEFAULT_MODEL: M45,
    });
    stack.defer(() => gateway.close());
    const resources = stack.move();
    return new DropInApp(gateway, bedrock, () => resources.disposeAsync());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Forgets what was asked, and says hello again. */
  reset(): void {
    this.bedrock.answer = hello;
    this.bedrock.requests.length = 0;
  }

  post(body: object, path = '/v1/chat/completions'): Promise<Answer> {
    return this.gateway.call('POST', path, { key: this.gateway.tenantKey, body });
  }

  ask(body: object = {}): Promise<Answer> {
    return this.post({ model: M45, messages: [user('hi')], ...body });
  }

  read(path: string, key: string | null = this.gateway.tenantKey): Promise<Answer> {
    return this.gateway.call('GET', path, { key });
  }

  /** The Converse request that a body becomes. */
  async sent(body: object): Promise<ConverseBody> {
    const answer = await this.ask(body);
    assert.deepEqual({ status: answer.status, error: answer.body.error }, { status: 200, error: undefined });
    return this.bedrock.requests.at(-1)?.body as ConverseBody;
  }

  /** The error of a body that must not reach Bedrock. */
  async refused(body: object): Promise<RefusedCall> {
    const answer = await this.ask(body);
    assert.deepEqual(this.bedrock.requests, []);
    return { status: answer.status, ...answer.body.error };
  }

  /** The first choice of the answer to what Bedrock said. */
  async choice(...answer: Parameters<typeof whole>) {
    this.bedrock.answer = whole(...answer);
    const { status, body } = await this.ask();
    assert.equal(status, 200);
    return body.choices[0];
  }

  openStream(body: object = {}, signal?: AbortSignal): Promise<Response> {
    return fetch(`${this.gateway.baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.gateway.tenantKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: M45, messages: [user('hi')], stream: true, ...body }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** The chunks of a scripted stream, which must end well. */
  async chunks(
    blocks: Parameters<typeof events>[0],
    stopReason?: string,
    body: object = {},
  ): Promise<ChatCompletionChunk[]> {
    this.bedrock.answer = streamAnswer(events(blocks, stopReason));
    const response = await this.openStream(body);
    const frames = framesOf(await response.text());
    assert.equal(frames.at(-1), '[DONE]');
    return frames.slice(0, -1).map((frame) => JSON.parse(frame) as ChatCompletionChunk);
  }

  async query<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
    const client = new Client({ connectionString: this.gateway.database.url });
    await client.connect();
    try {
      return (await client.query<Row>(sql, values)).rows;
    } finally {
      await client.end();
    }
  }
}
