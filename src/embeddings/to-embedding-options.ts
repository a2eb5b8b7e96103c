import type { EmbeddingInputType, EmbeddingOptions } from '../bedrock/embedding-families/embedding-family.js';
import type { EmbeddingRequest } from '../openai/embedding-request.schema.js';

function toInputType(asked: EmbeddingRequest['input_type']): EmbeddingInputType {
  switch (asked) {
    case 'query':
      return 'search_query';
    case 'document':
    case 'text':
    case 'image':
    case null:
    case undefined:
      return 'search_document';
    default:
      return asked;
  }
}

/** What a request says beside its inputs. Documents are what the predecessor took every input for. */
export function toEmbeddingOptions(request: EmbeddingRequest): EmbeddingOptions {
  const { dimensions, truncate } = request;
  const purpose = request.embedding_purpose ?? request.embeddingPurpose;
  return {
    inputType: toInputType(request.input_type),
    ...(dimensions == null ? {} : { dimensions }),
    ...(purpose == null ? {} : { purpose }),
    ...(truncate == null ? {} : { truncate: truncate.toLowerCase() as 'none' | 'start' | 'end' }),
  };
}
