import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Logger, type ArgumentsHost } from '@nestjs/common';
import { OpenAiErrorFilter } from './openai-error.filter.js';

describe(OpenAiErrorFilter.name, () => {
  it('leaves an answer that has ended to reach its client, whatever its handler met since', () => {
    Logger.overrideLogger(false);
    const request = new IncomingMessage(new Socket());
    const response = new ServerResponse(request);
    response.end('{}');
    const host = { switchToHttp: () => ({ getRequest: () => request, getResponse: () => response }) };
    new OpenAiErrorFilter().catch(new Error('aborted'), host as unknown as ArgumentsHost);
    expect(response.destroyed).toBe(false);
  });
});
