import { encodeErrorFrame, encodeEvent, encodeException } from './event-stream.js';

describe(encodeEvent.name, () => {
  it('writes the lengths, headers and checksums that Bedrock writes', () => {
    const message = encodeEvent('messageStart', { p: 'abcd', role: 'assistant' });

    expect(message.toString('latin1')).toBe(
      '\x00\x00\x00\x81\x00\x00\x00Rl\xc1v\x93' +
        '\x0b:event-type\x07\x00\x0cmessageStart' +
        '\r:content-type\x07\x00\x10application/json' +
        '\r:message-type\x07\x00\x05event' +
        '{"p":"abcd","role":"assistant"}\xf5\x12\xa0\x05',
    );
  });

  it('counts bytes, not characters', () => {
    const message = encodeEvent('contentBlockDelta', { text: '日本' });

    expect(message.readUInt32BE(0)).toBe(message.length);
    expect(message.includes(Buffer.from('日本'))).toBe(true);
  });
});

describe(encodeException.name, () => {
  it('names the exception in its own header', () => {
    const message = encodeException('throttlingException', { message: 'slow' }).toString('latin1');

    expect(message).toContain('\x0f:exception-type\x07\x00\x13throttlingException');
    expect(message).toContain('\x0d:message-type\x07\x00\x09exception');
    expect(message).not.toContain(':event-type');
  });
});

describe(encodeErrorFrame.name, () => {
  it('carries code and message as headers without a payload', () => {
    const message = encodeErrorFrame('InternalError', 'broken');

    expect(message.readUInt32BE(0)).toBe(12 + message.readUInt32BE(4) + 4);
    expect(message.toString('latin1')).toContain('\x0b:error-code\x07\x00\x0dInternalError');
  });
});
