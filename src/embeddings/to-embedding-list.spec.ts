import { toBase64, toEmbeddingList } from './to-embedding-list.js';

describe(toBase64.name, () => {
  it.each([
    [[0.1, 0.2], 'zczMPc3MTD4='],
    [[0.5, -0.25, 1], 'AAAAPwAAgL4AAIA/'],
  ])('writes %j as little-endian floats of 32 bits', (vector, text) => {
    expect(toBase64(vector)).toBe(text);
  });
});

describe(toEmbeddingList.name, () => {
  it('numbers the vectors and tells the same tokens twice', () => {
    expect(toEmbeddingList([[1], [2]], { model: 'm', base64: false, promptTokens: 3 })).toEqual({
      object: 'list',
      data: [
        { object: 'embedding', index: 0, embedding: [1] },
        { object: 'embedding', index: 1, embedding: [2] },
      ],
      model: 'm',
      usage: { prompt_tokens: 3, total_tokens: 3 },
    });
  });
});
