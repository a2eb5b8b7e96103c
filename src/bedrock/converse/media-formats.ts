import type { AudioFormat, DocumentFormat, ImageFormat, VideoFormat } from '@aws-sdk/client-bedrock-runtime';
import { sniffMediaType } from '../../common/media/sniff.js';
import type { LabelledBytes } from './media-bytes.js';

/** What a file is in Converse's words. */
export type MediaFormat =
  | { kind: 'image'; format: ImageFormat }
  | { kind: 'document'; format: DocumentFormat }
  | { kind: 'video'; format: VideoFormat }
  | { kind: 'audio'; format: AudioFormat };

const image = (format: ImageFormat): MediaFormat => ({ kind: 'image', format });
const document = (format: DocumentFormat): MediaFormat => ({ kind: 'document', format });
const video = (format: VideoFormat): MediaFormat => ({ kind: 'video', format });
const audio = (format: AudioFormat): MediaFormat => ({ kind: 'audio', format });

const BY_MEDIA_TYPE: ReadonlyMap<string, MediaFormat> = new Map([
  ['image/png', image('png')],
  ['image/jpeg', image('jpeg')],
  ['image/jpg', image('jpeg')],
  ['image/gif', image('gif')],
  ['image/webp', image('webp')],
  ['application/pdf', document('pdf')],
  ['application/msword', document('doc')],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', document('docx')],
  ['application/vnd.ms-excel', document('xls')],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', document('xlsx')],
  ['text/csv', document('csv')],
  ['application/csv', document('csv')],
  ['text/html', document('html')],
  ['application/xhtml+xml', document('html')],
  ['text/markdown', document('md')],
  ['text/x-markdown', document('md')],
  ['text/plain', document('txt')],
  ['application/json', document('txt')],
  ['application/xml', document('txt')],
  ['application/yaml', document('txt')],
  ['video/mp4', video('mp4')],
  ['video/quicktime', video('mov')],
  ['video/webm', video('webm')],
  ['video/x-matroska', video('mkv')],
  ['video/mpeg', video('mpeg')],
  ['video/x-flv', video('flv')],
  ['video/x-ms-wmv', video('wmv')],
  ['video/3gpp', video('three_gp')],
  ['audio/wav', audio('wav')],
  ['audio/x-wav', audio('wav')],
  ['audio/mpeg', audio('mp3')],
  ['audio/mp3', audio('mp3')],
  ['audio/flac', audio('flac')],
  ['audio/ogg', audio('ogg')],
  ['audio/opus', audio('opus')],
  ['audio/aac', audio('aac')],
  ['audio/mp4', audio('m4a')],
  ['audio/webm', audio('webm')],
  ['audio/pcm', audio('pcm')],
]);

const BY_EXTENSION: ReadonlyMap<string, MediaFormat> = new Map([
  ...(['png', 'jpeg', 'gif', 'webp'] as const).map((format) => [format, image(format)] as const),
  ['jpg', image('jpeg')],
  ...(['pdf', 'csv', 'doc', 'docx', 'xls', 'xlsx', 'html', 'txt', 'md'] as const).map(
    (format) => [format, document(format)] as const,
  ),
  ['htm', document('html')],
  ['markdown', document('md')],
  ['json', document('txt')],
  ['xml', document('txt')],
  ['yaml', document('txt')],
  ['yml', document('txt')],
  ['log', document('txt')],
  ...(['mkv', 'mov', 'mp4', 'webm', 'flv', 'mpeg', 'mpg', 'wmv'] as const).map(
    (format) => [format, video(format)] as const,
  ),
  ['3gp', video('three_gp')],
  ['3gpp', video('three_gp')],
  ...(['mp3', 'wav', 'flac', 'ogg', 'opus', 'aac', 'm4a', 'mka', 'pcm'] as const).map(
    (format) => [format, audio(format)] as const,
  ),
]);

/** Containers of video that also hold sound alone, in Converse's words for that. */
const AUDIO_CONTAINERS: ReadonlyMap<string, MediaFormat> = new Map(
  (['mp4', 'webm', 'mkv'] as const).map((format) => [format, audio(format)]),
);

/**
 * The format of a file. Its own bytes decide where they tell; text, and containers that hold several formats, go by
 * media type and file name.
 */
export function toMediaFormat({ bytes, label = '' }: LabelledBytes, filename = ''): MediaFormat | undefined {
  const byBytes = BY_MEDIA_TYPE.get(sniffMediaType(bytes) ?? '');
  const extension = /\.([a-z0-9]+)$/i.exec(filename)?.[1]?.toLowerCase() ?? '';
  const named = BY_MEDIA_TYPE.get(label) ?? BY_EXTENSION.get(label) ?? BY_EXTENSION.get(extension);
  const isSound = label.startsWith('audio/') || named?.kind === 'audio';
  const sound = byBytes?.kind === 'video' && isSound ? AUDIO_CONTAINERS.get(byBytes.format) : undefined;
  return sound ?? byBytes ?? named ?? (label.startsWith('text/') ? document('txt') : undefined);
}
