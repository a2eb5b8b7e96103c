import type { AudioBlock, DocumentBlock, ImageBlock, VideoBlock } from '@aws-sdk/client-bedrock-runtime';
import { invalidRequest, unsupportedParameter } from '../../common/errors/gateway-error.js';
import type { AudioPart, FilePart, ImagePart, VideoPart } from '../../openai/chat-content.schema.js';
import type { DocumentNames } from './document-names.js';
import type { Mapping } from './mapping.js';
import { toMediaBytes, type LabelledBytes } from './media-bytes.js';
import { toMediaFormat, type MediaFormat } from './media-formats.js';

export type MediaBlock =
  { image: ImageBlock } | { document: DocumentBlock } | { video: VideoBlock } | { audio: AudioBlock };

type MediaPart = ImagePart | FilePart | AudioPart | VideoPart;

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
}

/**
 * A content part that is a file, in Converse's words: what it is decides the block, not the part it came in.
 * @throws GatewayError 400 for a file that is missing, broken, of no known format, or not for this model
 */
export function toMediaBlock(part: MediaPart, param: string, names: DocumentNames, mapping: Mapping): MediaBlock {
  const { source, param: field, filename, label } = toSource(part, param);
  const media = toMediaBytes(source, field, mapping);
  requireContent(media, field);
  const format = toMediaFormat({ ...media, ...(media.label || !label ? {} : { label }) }, filename);
  if (format === undefined) {
    throw invalidRequest(field, `'${field}' is not in a format that Bedrock takes.`, 'unsupported_file');
  }
  requireSupport(format, param, mapping);
  const block = toBlock(format, media.bytes, () => names.toName(filename));
  const isCited = part.type === 'file' && part.citations?.enabled === true;
  return isCited && 'document' in block ? { document: { ...block.document, citations: { enabled: true } } } : block;
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
    default:
      return toFileSource(part.file, `${param}.file`);
  }
}

function toUrlSource(url: string | { url: string; format?: unknown }, param: string): MediaSource {
  if (typeof url === 'string') return { source: url, param };
  return { source: url.url, param: `${param}.url`, label: typeof url.format === 'string' ? url.format : undefined };
}

function toFileSource(
  { file_data: data, file_id: id, filename, format }: FilePart['file'],
  param: string,
): MediaSource {
  if (data) {
    return {
      source: data,
      param: `${param}.file_data`,
      filename: filename ?? undefined,
      label: format ?? undefined,
    };
  }
  if (id && /^(https?|data):/i.test(id)) {
    return { source: id, param: `${param}.file_id`, filename: filename ?? undefined, label: format ?? undefined };
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

function toBlock(media: MediaFormat, bytes: Uint8Array, toName: () => string): MediaBlock {
  switch (media.kind) {
    case 'image':
      return { image: { format: media.format, source: { bytes } } };
    case 'document':
      return { document: { format: media.format, name: toName(), source: { bytes } } };
    case 'video':
      return { video: { format: media.format, source: { bytes } } };
    default:
      return { audio: { format: media.format, source: { bytes } } };
  }
}
