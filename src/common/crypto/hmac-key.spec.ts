import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { HmacKey } from './hmac-key.js';

describe(HmacKey.name, () => {
  it('signs as createHmac does, one text after another', () => {
    const keys = fc.uint8Array({ maxLength: 64 });
    fc.assert(
      fc.property(keys, fc.array(fc.string({ unit: 'grapheme' })), (bytes, texts) => {
        const key = new HmacKey(Buffer.from(bytes));
        const expected = texts.map((text) => createHmac('sha256', bytes).update(text).digest('hex'));
        expect(texts.map((text) => key.sign(text))).toEqual(expected);
        expect(texts.map((text) => key.digest(text).toString('hex'))).toEqual(expected);
      }),
    );
  });

  it('refuses a key that would have to be hashed first', () => {
    expect(() => new HmacKey(Buffer.alloc(65))).toThrow(RangeError);
  });
});
