import type { AudioBlock, DocumentBlock, ImageBlock, S3Location, VideoBlock } from '@aws-sdk/client-bedrock-runtime';
import { invalidRequest, unsupportedParameter } from '../../common/errors/gateway-error.js';
import type { AudioPart, FilePart, ImagePart, SourcePart, VideoPart } from '../../openai/chat-content.schema.js';
import type { DocumentNames } from './document-names.js';
import type { Mapping } from './mapping.js';
import { essence, toMediaBytes, type LabelledBytes } from './media-bytes.js';
import { toMediaFormat, type MediaFormat } from './media-formats.js';
import { isS3Url, requireAllowedLocation, requireS3Reader } from './s3-locations.js';
import { wellFormed } from './well-formed.js';

export type MediaBlock =
  { image: ImageBlock } | { document: DocumentBlock } | { video: VideoBlock } | { audio: AudioBlock };

type MediaPart = ImagePart | FilePart | AudioPart | VideoPart | SourcePart;

const WORDS: Readonly<
  Record<MediaFormat['kind'], { capability: 'images' | 'documents' | 'video' | 'audio'; plural: string }>
> = {
  image: { capability: 'images', plural: 'images' },
  document: { capability: 'documents', plural: 'documents' },
  video: { capability: 'video', plural: 'videos' },
  audio: { capability: 'audio', plural: 'audio' },
};

/** Where a part keeps its file. */
interface MediaSource {
  source: string;
  /** The field in errors. */
  param: string;
  filename?: string | undefined;
  /** What the client calls the format, for a file whose bytes do not tell. */
  label?: string | undefined;
  /** Of the bucket, for a file in S3. */
  bucketOwner?: string | undefined;
  /** The file itself, where it is plain text. */
  text?: string;
}

const NO_BYTES = new Uint8Array();

/**
 * A content part that is a file, in Converse's words: what it is decides the block, not the part it came in.
 * @throws GatewayError 400 for a file that is missing, broken, of no known format, or not for this model
 */
export function toMediaBlock(part: MediaPart, param: string, names: DocumentNames, mapping: Mapping): MediaBlock {
  const where = toSource(part, param);
  const { source, param: field, filename, label } = where;
  if (isS3Url(source)) {
    return described(part, toS3Block(where, param, names, mapping));
  }
  const media = where.text === undefined ? toMediaBytes(source, field, mapping) : { bytes: toBytes(where.text) };
  requireContent(media, field);
  const format = toMediaFormat({ ...media, ...(media.label || !label ? {} : { label }) }, filename);
  if (format === undefined) {
    throw invalidRequest(field, `'${field}' is not in a format that Bedrock takes.`, 'unsupported_file');
  }
  requireSupport(format, param, mapping);
  return described(
    part,
    toBlock(format, { bytes: media.bytes }, () => names.toName(filename)),
  );
}

/** A file that Bedrock reads from S3 itself. Its name and the label tell the format, since nobody here sees its bytes. */
function toS3Block(
  { source, param, filename, label, bucketOwner }: MediaSource,
  part: string,
  names: DocumentNames,
  mapping: Mapping,
): MediaBlock {
  requireAllowedLocation(source, param, mapping);
  const key = source.slice(source.lastIndexOf('/') + 1);
  const labelled = { bytes: NO_BYTES, ...(label ? { label } : {}) };
  const format = toMediaFormat(labelled, filename) ?? toMediaFormat(labelled, key);
  if (format === undefined) {
    throw invalidRequest(param, `'${param}' has no ending of a format that Bedrock takes.`, 'unsupported_file');
  }
  requireSupport(format, part, mapping);
  const s3Location = { uri: source, ...(bucketOwner ? { bucketOwner } : {}) };
  const block = toBlock(format, { s3Location }, () => names.toName(filename ?? key));
  if (!('document' in block)) requireS3Reader([block], param, mapping);
  return block;
}

/** What a client says about a document. */
function described(part: MediaPart, block: MediaBlock): MediaBlock {
  if (!('document' in block) || (part.type !== 'file' && part.type !== 'document')) return block;
  const context = part.type === 'document' ? part.context?.trim() : undefined;
  return {
    document: {
      ...block.document,
      ...(context ? { context: wellFormed(context) } : {}),
      ...(part.citations?.enabled === true ? { citations: { enabled: true } } : {}),
    },
  };
}

function toSource(part: MediaPart, param: string): MediaSource {
  switch (part.type) {
    case 'image_url':
      return toUrlSource(part.image_url, `${param}.image_url`);
    case 'video_url':
      return toUrlSource(part.video_url, `${param}.video_url`);
    case 'input_audio': {
      const { data, format } = part.input_audio;
      return { source: data, param: `${param}.input_audio.data`, label: `audio/${format.toLowerCase()}` };
    }
    case 'file':
      return toFileSource(part.file, `${param}.file`);
    default:
      return toAnthropicSource(part, `${param}.source`);
  }
}

function toAnthropicSource(part: SourcePart, param: string): MediaSource {
  const filename = part.type === 'document' ? (part.title ?? undefined) : undefined;
  const { source } = part;
  switch (source.type) {
    case 'url':
      return { source: source.url, param: `${param}.url`, filename };
    case 'text':
      return { source: '', text: source.data, param: `${param}.data`, filename, label: 'text/plain' };
    default:
      return {
        source: source.data,
        param: `${param}.data`,
        filename,
        label: source.media_type ? essence(source.media_type) : undefined,
      };
  }
}

function toBytes(text: string): Uint8Array {
  return Buffer.from(wellFormed(text), 'utf8');
}

interface Url {
  url: string;
  format?: string | null | undefined;
  bucket_owner?: string | null | undefined;
}

function toUrlSource(url: string | Url, param: string): MediaSource {
  if (typeof url === 'string') return { source: url, param };
  const { url: source, format, bucket_owner: owner } = url;
  return {
    source,
    param: `${param}.url`,
    label: format ? essence(format) : undefined,
    bucketOwner: owner ?? undefined,
  };
}

function toFileSource(
  { file_data: data, file_id: id, filename, format, bucket_owner: owner }: FilePart['file'],
  param: string,
): MediaSource {
  const about = {
    filename: filename ?? undefined,
    label: format ? essence(format) : undefined,
    bucketOwner: owner ?? undefined,
  };
  if (data) {
    return { source: data, param: `${param}.file_data`, ...about };
  }
  if (id && /^(https?|data|s3):/i.test(id)) {
    return { source: id, param: `${param}.file_id`, ...about };
  }
  if (id) {
    throw unsupportedParameter(`${param}.file_id`, `Uploaded files are not supported; send '${param}.file_data'.`);
  }
  throw invalidRequest(
    `${param}.file_data`,
    `Missing required parameter: '${param}.file_data'.`,
    'missing_required_parameter',
  );
}

function requireContent({ bytes }: LabelledBytes, param: string): void {
  if (bytes.length === 0) {
    throw invalidRequest(param, `'${param}' is empty.`, 'invalid_value');
  }
}

function requireSupport({ kind }: MediaFormat, param: string, { model }: Mapping): void {
  const { capability, plural } = WORDS[kind];
  if (model.capabilities[capability] === false) {
    throw unsupportedParameter(param, `The model '${model.requestedId}' does not support ${plural}.`);
  }
}

type BlockSource = { bytes: Uint8Array } | { s3Location: S3Location };

function toBlock(media: MediaFormat, source: BlockSource, toName: () => string): MediaBlock {
  switch (media.kind) {
    case 'image':
      return { image: { format: media.format, source } };
    case 'document':
      return { document: { format: media.format, name: toName(), source } };
    case 'video':
      return { video: { format: media.format, source } };
    default:
      return { audio: { format: media.format, source } };
  }
}
