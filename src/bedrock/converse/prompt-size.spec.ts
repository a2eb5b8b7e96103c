import { assert, jsonValue, property } from 'fast-check';
import { exactNumber } from '../exact-json.js';
import { promptSize } from './prompt-size.js';

describe(promptSize.name, () => {
  it('tells the bytes of any JSON', () => {
    assert(
      property(jsonValue({ noUnicodeString: false }), (value) => {
        expect(promptSize({ value }).bytes).toBe(Buffer.byteLength(JSON.stringify({ value })));
      }),
    );
  });

  it('tells those of numbers that no double holds', () => {
    expect(promptSize({ id: exactNumber('12345678901234567890') }).bytes).toBe(27);
  });

  it('counts files apart, wherever they are', () => {
    const bytes = new Uint8Array(1_000);
    const prompt = {
      messages: [{ content: [{ image: { format: 'png', source: { bytes } } }, { text: 'a\n“b”' }, { blob: bytes }] }],
      system: undefined,
    };
    const without = {
      messages: [{ content: [{ image: { format: 'png', source: null } }, { text: 'a\n“b”' }, { blob: null }] }],
    };
    expect(promptSize(prompt)).toEqual({ files: 2, bytes: Buffer.byteLength(JSON.stringify(without)) });
  });

  it('counts a file that Bedrock reads itself', () => {
    const source = { s3Location: { uri: 's3://bucket/a.mp4' } };
    expect(promptSize({ video: { source } })).toEqual({
      files: 1,
      bytes: Buffer.byteLength('{"video":{"source":null}}'),
    });
  });

  it.each([{ source: 'https://example.com' }, { source: { type: 'string' } }, { source: null }])(
    'takes no other source for a file: %j',
    (value) => {
      expect(promptSize(value)).toEqual({ files: 0, bytes: Buffer.byteLength(JSON.stringify(value)) });
    },
  );
});
