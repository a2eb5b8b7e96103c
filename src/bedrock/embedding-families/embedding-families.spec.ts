import { ZodError } from 'zod';
import { modelEntry } from '../../../test/support/prepare-request.js';
import { EmbeddingFamilies } from './embedding-families.js';
import type { EmbeddingInput, EmbeddingOptions } from './embedding-family.js';
import { EMBEDDING_FAMILIES } from './index.js';

const families = new EmbeddingFamilies(EMBEDDING_FAMILIES.map((Family) => new Family()));

const DOCUMENT: EmbeddingOptions = { inputType: 'search_document' };
const hello: EmbeddingInput = { text: 'hello', param: 'input' };
const picture: EmbeddingInput = { image: { format: 'png', base64: 'iVBO' }, param: 'input[0]' };
const both: EmbeddingInput = { ...picture, text: 'hello' };

function bodyOf(id: string, input: EmbeddingInput, options: Partial<EmbeddingOptions> = {}): unknown {
  const model = modelEntry(id);
  return families.for(model).prepare([input], { ...DOCUMENT, ...options })[0]?.body;
}

function novaParams(fields: object): unknown {
  return {
    taskType: 'SINGLE_EMBEDDING',
    singleEmbeddingParams: {
      embeddingPurpose: 'GENERIC_INDEX',
      embeddingDimension: 3072,
      text: { truncationMode: 'END', value: 'hello' },
      ...fields,
    },
  };
}

const TITAN_1 = 'amazon.titan-embed-text-v1';
const TITAN_2 = 'amazon.titan-embed-text-v2:0';
const TITAN_IMAGE = 'amazon.titan-embed-image-v1';
const COHERE_3 = 'cohere.embed-multilingual-v3';
const COHERE_4 = 'us.cohere.embed-v4:0';
const NOVA = 'amazon.nova-2-multimodal-embeddings-v1:0';
const MARENGO_2 = 'us.twelvelabs.marengo-embed-2-7-v1:0';
const MARENGO_3 = 'us.twelvelabs.marengo-embed-3-0-v1:0';

describe('bodies of embedding models', () => {
  it.each<[string, string, EmbeddingInput, Partial<EmbeddingOptions>, unknown]>([
    ['Titan v1', TITAN_1, hello, {}, { inputText: 'hello' }],
    ['Titan v1 with its own length', TITAN_1, hello, { dimensions: 1536 }, { inputText: 'hello' }],
    ['Titan v2', TITAN_2, hello, { dimensions: 256 }, { inputText: 'hello', dimensions: 256 }],
    ['Titan multimodal, text', TITAN_IMAGE, hello, {}, { inputText: 'hello' }],
    [
      'Titan multimodal, both',
      TITAN_IMAGE,
      both,
      { dimensions: 384 },
      { inputText: 'hello', inputImage: 'iVBO', embeddingConfig: { outputEmbeddingLength: 384 } },
    ],
    [
      'Cohere v3',
      COHERE_3,
      hello,
      { inputType: 'search_query', truncate: 'start' },
      { texts: ['hello'], input_type: 'search_query', truncate: 'START' },
    ],
    ['Cohere v3, image', COHERE_3, picture, {}, { images: ['data:image/png;base64,iVBO'], input_type: 'image' }],
    [
      'Cohere v4',
      COHERE_4,
      hello,
      { dimensions: 512, truncate: 'start' },
      { texts: ['hello'], input_type: 'search_document', truncate: 'LEFT', output_dimension: 512 },
    ],
    [
      'Cohere v4, image',
      COHERE_4,
      picture,
      {},
      { images: ['data:image/png;base64,iVBO'], input_type: 'search_document', truncate: 'RIGHT' },
    ],
    [
      'Cohere v4, both',
      COHERE_4,
      both,
      {},
      {
        inputs: [
          {
            content: [
              { type: 'text', text: 'hello' },
              { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBO' } },
            ],
          },
        ],
        input_type: 'search_document',
        truncate: 'RIGHT',
      },
    ],
    ['Nova', NOVA, hello, {}, novaParams({})],
    [
      'Nova with a query',
      NOVA,
      hello,
      { inputType: 'search_query', dimensions: 384, truncate: 'none' },
      novaParams({
        embeddingPurpose: 'GENERIC_RETRIEVAL',
        embeddingDimension: 384,
        text: { truncationMode: 'NONE', value: 'hello' },
      }),
    ],
    [
      'Nova, image with a purpose',
      NOVA,
      picture,
      { purpose: 'IMAGE_RETRIEVAL' },
      novaParams({
        embeddingPurpose: 'IMAGE_RETRIEVAL',
        text: undefined,
        image: { format: 'png', source: { bytes: 'iVBO' } },
      }),
    ],
    ['Marengo 2.7', MARENGO_2, hello, {}, { inputType: 'text', inputText: 'hello', textTruncate: 'end' }],
    [
      'Marengo 2.7 with a text taken whole',
      MARENGO_2,
      hello,
      { truncate: 'none' },
      { inputType: 'text', inputText: 'hello', textTruncate: 'none' },
    ],
    ['Marengo 2.7, image', MARENGO_2, picture, {}, { inputType: 'image', mediaSource: { base64String: 'iVBO' } }],
    ['Marengo 3', MARENGO_3, hello, {}, { inputType: 'text', text: { inputText: 'hello' } }],
    [
      'Marengo 3, image',
      MARENGO_3,
      picture,
      {},
      { inputType: 'image', image: { mediaSource: { base64String: 'iVBO' } } },
    ],
    [
      'Marengo 3, both',
      MARENGO_3,
      both,
      {},
      { inputType: 'text_image', text_image: { inputText: 'hello', mediaSource: { base64String: 'iVBO' } } },
    ],
  ])('%s', (_name, model, input, options, body) => {
    expect(bodyOf(model, input, options)).toEqual(body);
  });

  it.each([
    ['at its end', {}, `${'a'.repeat(2047)}👍z`, 'a'.repeat(2047)],
    ['at its start', { truncate: 'start' }, `a👍${'z'.repeat(2047)}`, 'z'.repeat(2047)],
    ['nowhere when it is short enough', {}, 'a'.repeat(2048), 'a'.repeat(2048)],
    ['nowhere when it is not to be', { truncate: 'none' }, 'a'.repeat(2049), 'a'.repeat(2049)],
  ] as const)('cuts a text for Cohere v3 %s', (_name, options, text, sent) => {
    expect(bodyOf(COHERE_3, { text, param: 'input' }, options)).toMatchObject({ texts: [sent] });
  });

  it.each<[string, string, EmbeddingInput, Partial<EmbeddingOptions>, string]>([
    ['a length that cannot change', COHERE_3, hello, { dimensions: 512 }, 'dimensions'],
    ['a length that Titan v2 does not have', TITAN_2, hello, { dimensions: 384 }, 'dimensions'],
    ['a length that Nova does not have', NOVA, hello, { dimensions: 512 }, 'dimensions'],
    ['an image for a model of texts', TITAN_2, picture, {}, 'input[0]'],
    ['a text beside an image where they cannot be one', NOVA, both, {}, 'input[0]'],
    ['a purpose of Nova for another model', COHERE_3, hello, { purpose: 'CLUSTERING' }, 'embedding_purpose'],
    ['cutting where the model cannot', TITAN_1, hello, { truncate: 'end' }, 'truncate'],
    ['cutting at the start where the model cannot', MARENGO_2, hello, { truncate: 'start' }, 'truncate'],
  ])('refuses %s', (_name, model, input, options, param) => {
    expect(() => bodyOf(model, input, options)).toThrow(expect.objectContaining({ status: 400, param }));
  });

  it('refuses a model that does not embed', () => {
    expect(() => families.for(modelEntry('amazon.nova-lite-v1:0'))).toThrow(
      expect.objectContaining({ status: 400, param: 'model', code: 'model_not_supported' }),
    );
  });

  it('splits texts at 96 and gives an image a call of its own, in order', () => {
    const texts = Array.from({ length: 200 }, (_, index) => ({ text: `text ${index}`, param: `input[${index}]` }));
    const inputs = [...texts.slice(0, 100), picture, ...texts.slice(100)];
    const calls = families.for(modelEntry(COHERE_3)).prepare(inputs, DOCUMENT);
    expect(calls.map((call) => call.inputs.length)).toEqual([96, 4, 1, 96, 4]);
    expect(calls.flatMap((call) => call.inputs)).toEqual(inputs);
  });
});

describe('answers of embedding models', () => {
  it.each<[string, string, unknown, number[][]]>([
    ['Titan', TITAN_2, { embedding: [1, 2], embeddingsByType: { float: [1, 2] }, inputTextTokenCount: 1 }, [[1, 2]]],
    ['Cohere as a list', COHERE_3, { embeddings: [[1], [2]], response_type: 'embeddings_floats' }, [[1], [2]]],
    ['Cohere by type', COHERE_4, { embeddings: { float: [[1], [2]], int8: [[3], [4]] } }, [[1], [2]]],
    ['Nova', NOVA, { embeddings: [{ embeddingType: 'TEXT', embedding: [1, 2] }] }, [[1, 2]]],
    ['Titan by type', TITAN_2, { embeddingsByType: { float: [1, 2] }, inputTextTokenCount: 1 }, [[1, 2]]],
    ['Marengo without a list', MARENGO_2, { embedding: [1, 2], embeddingOption: 'visual-text' }, [[1, 2]]],
    ['Marengo as a list', MARENGO_2, { data: [{ embedding: [1, 2] }] }, [[1, 2]]],
    ['Marengo as an object', MARENGO_3, { data: { embedding: [1, 2] } }, [[1, 2]]],
  ])('%s', (_name, model, answer, vectors) => {
    expect(families.for(modelEntry(model)).toVectors(answer)).toEqual(vectors);
  });

  it.each([TITAN_1, COHERE_3, COHERE_4, NOVA, MARENGO_2, MARENGO_3])('refuses nonsense from %s', (model) => {
    const family = families.for(modelEntry(model));
    for (const answer of [null, {}, { embedding: [], embeddings: [[]], data: [] }, { embedding: ['a'], data: 'b' }]) {
      expect(() => family.toVectors(answer)).toThrow(ZodError);
    }
  });
});
