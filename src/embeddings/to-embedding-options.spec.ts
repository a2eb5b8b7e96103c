import { embeddingRequestSchema } from '../openai/embedding-request.schema.js';
import { toEmbeddingOptions } from './to-embedding-options.js';

describe(toEmbeddingOptions.name, () => {
  it.each<[object, object]>([
    [{}, { inputType: 'search_document' }],
    [{ input_type: 'query' }, { inputType: 'search_query' }],
    [{ input_type: 'clustering' }, { inputType: 'clustering' }],
    [{ input_type: 'text' }, { inputType: 'search_document' }],
    [{ input_type: 'image' }, { inputType: 'search_document' }],
    [{ embeddingPurpose: 'TEXT_RETRIEVAL' }, { inputType: 'search_document', purpose: 'TEXT_RETRIEVAL' }],
    [
      { embedding_purpose: 'CLUSTERING', embeddingPurpose: 'TEXT_RETRIEVAL' },
      { inputType: 'search_document', purpose: 'CLUSTERING' },
    ],
    [
      { dimensions: 256, truncate: 'START' },
      { inputType: 'search_document', dimensions: 256, truncate: 'start' },
    ],
  ])('reads %j', (fields, options) => {
    expect(toEmbeddingOptions(embeddingRequestSchema.parse({ model: 'm', input: 'x', ...fields }))).toEqual(options);
  });
});
