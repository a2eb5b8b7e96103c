import { PatientClient } from '../../test/support/patient-client.js';
import { FetchedTogether, MediaFetcher, type FetchedFile } from '../common/media/media-fetcher.js';
import type { AppConfig } from '../config/app-config.js';
import { embeddingRequestSchema } from '../openai/embedding-request.schema.js';
import { EmbeddingImages } from './embedding-images.js';
import { EmbeddingInputs } from './embedding-inputs.js';
import { TokenCodec } from '../tokens/token-codec.js';

const PNG = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const BASE64 = PNG.toString('base64');

class OneFile extends MediaFetcher {
  readonly shared = new Set<FetchedTogether>();
  fetched = 0;

  override fetch(_url: string, _param: string, together: FetchedTogether): Promise<FetchedFile> {
    this.shared.add(together);
    this.fetched += 1;
    return Promise.resolve({ bytes: PNG });
  }
}

function read(input: unknown, mediaFetch = true, fields: object = {}) {
  const images = new EmbeddingImages(new OneFile(), { mediaFetch } as AppConfig);
  return new EmbeddingInputs(new TokenCodec(), images).read(
    embeddingRequestSchema.parse({ model: 'm', input, ...fields }),
    new PatientClient(),
  );
}

function image(url: string): unknown {
  return { type: 'image_url', image_url: { url } };
}

describe(EmbeddingInputs.name, () => {
  it.each<[string, unknown, unknown]>([
    ['a text', 'hello', [{ text: 'hello', param: 'input' }]],
    ['tokens of one text', [15339, 1917], [{ text: 'hello world', param: 'input' }]],
    [
      'tokens of several texts',
      [[15339], [1917]],
      [
        { text: 'hello', param: 'input[0]' },
        { text: ' world', param: 'input[1]' },
      ],
    ],
    [
      'an image and a text',
      [image(`data:image/jpeg;base64,${BASE64}`), 'hello'],
      [
        { image: { format: 'png', base64: BASE64 }, param: 'input[0]' },
        { text: 'hello', param: 'input[1]' },
      ],
    ],
    [
      'an image as a text',
      `data:image/png;base64,${BASE64}`,
      [{ image: { format: 'png', base64: BASE64 }, param: 'input' }],
    ],
    [
      'a text with an image in it',
      `a data:image/png;base64,${BASE64}`,
      [{ text: `a data:image/png;base64,${BASE64}`, param: 'input' }],
    ],
    [
      'both as one, by URL',
      [{ content: [{ type: 'text', text: 'hello' }, image('https://example.com/a.png')] }],
      [{ text: 'hello', image: { format: 'png', base64: BASE64 }, param: 'input[0]' }],
    ],
  ])('reads %s', async (_name, input, inputs) => {
    await expect(read(input)).resolves.toEqual(inputs);
  });

  it.each<[string, string]>([
    ['a data URL', `data:image/png;base64,${BASE64}`],
    ['plain base64, which goes on as it was written', BASE64.replaceAll('=', '')],
    ['a URL', 'https://example.com/a.png'],
  ])('takes texts for images where the request says so: %s', async (_name, text) => {
    const base64 = text.startsWith('https') ? BASE64 : text.slice(text.indexOf(',') + 1);
    const found = { image: { format: 'png', base64 } };
    await expect(read(text, true, { input_type: 'image' })).resolves.toEqual([{ ...found, param: 'input' }]);
    await expect(read([text], true, { input_type: 'image' })).resolves.toEqual([{ ...found, param: 'input[0]' }]);
  });

  it.each<[string, unknown, string]>([
    ['a video as a text', 'data:video/mp4;base64,AAAAIGZ0eXBpc29t', 'input'],
    ['audio as a text', ['a', 'data:audio/mp3;codecs=x;base64,SUQzBAAA'], 'input[1]'],
    ['a token that stands for nothing', ['a', [100_256]], 'input[1]'],
    ['what is no image', [image(`data:image/png;base64,${Buffer.from('text').toString('base64')}`)], 'input[0]'],
    ['what is no data URL', ['a', image('cat.png')], 'input[1]'],
    ['two images as one', [{ content: [image('data:image/png;base64,AA=='), image('x')] }], 'input[0]'],
    ['an empty text part', [{ type: 'text', text: '' }], 'input[0]'],
    ['too many images', Array.from({ length: 26 }, () => image('x')), 'input'],
  ])('refuses %s', async (_name, input, param) => {
    await expect(read(input)).rejects.toMatchObject({ status: 400, param });
  });

  it('bounds the images of one request together, and those of each by itself', async () => {
    const fetcher = new OneFile();
    const images = new EmbeddingImages(fetcher, { mediaFetch: true } as AppConfig);
    const inputs = new EmbeddingInputs(new TokenCodec(), images);
    const input = [image('https://example.com/a.png'), image('https://example.com/b.png')];
    for (let request = 0; request < 2; request += 1) {
      await inputs.read(embeddingRequestSchema.parse({ model: 'm', input }), new PatientClient());
    }
    const [first, second, ...others] = fetcher.shared;
    expect([first, second]).toEqual([expect.any(FetchedTogether), expect.any(FetchedTogether)]);
    expect(others).toEqual([]);
    expect(fetcher.fetched).toBe(4);
  });

  it('fetches nothing where that is off', async () => {
    await expect(read([image('https://example.com/a.png')], false)).rejects.toMatchObject({ param: 'input[0]' });
  });
});
