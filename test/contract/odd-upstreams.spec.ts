import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { BedrockClients } from '../../src/bedrock/bedrock-clients.js';
import { toGatewayError } from '../../src/bedrock/bedrock.errors.js';
import type { BedrockRuntime } from '../../src/bedrock/runtime/bedrock-runtime.js';
import { createRuntime } from '../../src/bedrock/runtime/create-runtime.js';
import { LeanBedrockRuntime } from '../../src/bedrock/runtime/lean/lean-bedrock-runtime.js';
import { testConfig } from '../support/config.js';

const TO = { region: 'us-east-1', account: null };
const INPUT = {
  modelId: 'amazon.nova-lite-v1:0',
  messages: [{ role: 'user' as const, content: [{ text: 'Hello!' }] }],
};
const BODY = JSON.stringify({ stopReason: 'end_turn' });

/** An answer, head and body, byte by byte as it is sent. */
function answer(status: number, headers: readonly string[], body = BODY): string {
  const lines = [`HTTP/1.1 ${status} Status`, `content-length: ${body.length}`, ...headers];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

describe.each(['lean', 'sdk'])('an upstream that speaks HTTP in its own way, through the transport %s', (transport) => {
  let server: Server;
  let said: (socket: Socket) => void;
  let runtime: BedrockRuntime;
  let clients: BedrockClients;

  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined).on('data', () => said(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const env = { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url, BEDROCK_TRANSPORT: transport };
    const config = testConfig('postgresql://nowhere/none', env);
    clients = new BedrockClients(config);
    runtime = createRuntime(clients, config);
  });

  afterAll(async () => {
    clients.onApplicationShutdown();
    if (runtime instanceof LeanBedrockRuntime) await runtime.onApplicationShutdown();
    await new Promise((resolve) => server.close(resolve));
  });

  it.each<[string, string]>([
    ['names in odd case', answer(200, ['X-AMZN-RequestId: 1, 2'])],
    ['a header that comes twice', answer(200, ['x-amzn-requestid: 1', 'x-amzn-requestid: 2'])],
    ['an interim answer first', `HTTP/1.1 103 Early Hints\r\n\r\n${answer(200, ['x-amzn-requestid: 1, 2'])}`],
  ])('is understood: %s', async (_name, text) => {
    said = (socket) => socket.write(text);
    const { output, awsRequestId } = await runtime.converse(TO, INPUT);
    expect(output.stopReason).toBe('end_turn');
    expect(awsRequestId).toBe('1, 2');
  });

  it('is understood in what it refuses, too: a header that comes twice', async () => {
    const type = 'x-amzn-errortype: ThrottlingException';
    said = (socket) => socket.write(answer(400, [type, type, 'x-amzn-requestid: 1', 'x-amzn-requestid: 2'], '{}'));
    const error = await runtime.converse(TO, INPUT).catch((caught: unknown) => caught);
    expect(toGatewayError(error)).toMatchObject({ status: 429, headers: { 'x-aws-request-id': '1, 2' } });
  });

  it.each<[string, (socket: Socket) => void]>([
    ['closes after the answer', (socket) => socket.end(answer(200, ['connection: close']))],
    ['ends the answer by closing', (socket) => socket.end(`HTTP/1.1 200 OK\r\n\r\n${BODY}`)],
  ])('is asked again on another connection where it %s', async (_name, say) => {
    said = say;
    await runtime.converse(TO, INPUT);
    expect((await runtime.converse(TO, INPUT)).output.stopReason).toBe('end_turn');
  });
});
