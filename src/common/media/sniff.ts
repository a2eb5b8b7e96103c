/** Media types that can be told from a file's first bytes, as far as Bedrock takes them or people send them. */
export type SniffedMediaType =
  | 'image/png'
  | 'image/jpeg'
  | 'image/gif'
  | 'image/webp'
  | 'application/pdf'
  | 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
  | 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
  | 'application/msword'
  | 'application/vnd.ms-excel'
  | 'application/zip'
  | 'audio/wav'
  | 'audio/mpeg'
  | 'audio/flac'
  | 'audio/ogg'
  | 'audio/mp4'
  | 'video/mp4'
  | 'video/quicktime'
  | 'video/webm'
  | 'video/x-matroska';

/** PDF readers accept the header anywhere in the first 1,024 bytes (ISO 32000-1, annex H, note 13). */
const PDF_HEADER_WINDOW_BYTES = 1024;
/** The DocType of an EBML file stands in its header, which is a few dozen bytes long (RFC 8794). */
const EBML_HEADER_WINDOW_BYTES = 128;

const PNG = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const JPEG = Buffer.from('\xff\xd8\xff', 'latin1');
const ZIP = Buffer.from('PK\x03\x04', 'latin1');
const COMPOUND_FILE = Buffer.from('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'latin1');
const EBML = Buffer.from('\x1a\x45\xdf\xa3', 'latin1');

function startsWith(file: Buffer, magic: Buffer): boolean {
  return file.length >= magic.length && file.subarray(0, magic.length).equals(magic);
}

function textAt(file: Buffer, start: number, length: number): string {
  return file.toString('latin1', start, start + length);
}

function fromRiff(file: Buffer): SniffedMediaType | undefined {
  switch (textAt(file, 8, 4)) {
    case 'WEBP':
      return 'image/webp';
    case 'WAVE':
      return 'audio/wav';
    default:
      return undefined;
  }
}

/** Office Open XML names its main part in the ZIP directory, which is never compressed. */
function fromZip(file: Buffer): SniffedMediaType {
  if (file.includes('word/document.xml')) {
    return 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
  }
  if (file.includes('xl/workbook.')) {
    return 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
  }
  return 'application/zip';
}

/** A compound file names its streams in UTF-16: `WordDocument`, or `Workbook` (`Book` before Excel 97). */
function fromCompoundFile(file: Buffer): SniffedMediaType | undefined {
  if (file.includes('WordDocument', 0, 'utf16le')) {
    return 'application/msword';
  }
  if (file.includes('Workbook', 0, 'utf16le') || file.includes('Book', 0, 'utf16le')) {
    return 'application/vnd.ms-excel';
  }
  return undefined;
}

function fromIsoBaseMedia(file: Buffer): SniffedMediaType | undefined {
  const brand = textAt(file, 8, 4);
  if (brand.startsWith('M4A') || brand.startsWith('M4B')) {
    return 'audio/mp4';
  }
  if (brand === 'qt  ') {
    return 'video/quicktime';
  }
  // HEIC and AVIF share the container; neither Bedrock nor OpenAI takes them.
  return /^(?:isom|iso\d|mp4\d|avc1|dash|M4V|MSNV|mmp4|3g)/.test(brand) ? 'video/mp4' : undefined;
}

/** An ID3 tag and its version, 2 to 4: a text may begin with the same letters. Source: https://id3.org/id3v2.4.0-structure */
function hasTag(file: Buffer): boolean {
  const [, , , version = 0] = file;
  return textAt(file, 0, 3) === 'ID3' && version >= 2 && version <= 4;
}

/**
 * An MPEG audio frame of layer II or III: eleven sync bits, no reserved version, bit rate or sample rate. Layer I is
 * left out, since its first bytes are also the byte order mark of UTF-16 text.
 */
function isMpegAudioFrame(file: Buffer): boolean {
  const [sync = 0, header = 0, rates = 0] = file;
  return (
    sync === 0xff &&
    (header & 0xe0) === 0xe0 &&
    (header & 0x18) !== 0x08 &&
    (header & 0x06) !== 0x00 &&
    (header & 0x06) !== 0x06 &&
    (rates & 0xf0) !== 0xf0 &&
    (rates & 0x0c) !== 0x0c
  );
}

/**
 * The media type that a file's own bytes tell, undefined when they tell none. Text formats (csv, html, md, txt) have
 * no signature and are undefined too. Signatures: https://mimesniff.spec.whatwg.org/
 */
export function sniffMediaType(bytes: Uint8Array): SniffedMediaType | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (startsWith(file, PNG)) {
    return 'image/png';
  }
  if (startsWith(file, JPEG)) {
    return 'image/jpeg';
  }
  if (startsWith(file, ZIP)) {
    return fromZip(file);
  }
  if (startsWith(file, COMPOUND_FILE)) {
    return fromCompoundFile(file);
  }
  if (startsWith(file, EBML)) {
    return file.subarray(0, EBML_HEADER_WINDOW_BYTES).includes('webm') ? 'video/webm' : 'video/x-matroska';
  }
  if (textAt(file, 4, 4) === 'ftyp') {
    return fromIsoBaseMedia(file);
  }
  switch (textAt(file, 0, 4)) {
    case 'GIF8':
      return /^GIF8[79]a/.test(textAt(file, 0, 6)) ? 'image/gif' : undefined;
    case 'RIFF':
      return fromRiff(file);
    case 'fLaC':
      return 'audio/flac';
    case 'OggS':
      return 'audio/ogg';
  }
  if (file.subarray(0, PDF_HEADER_WINDOW_BYTES).includes('%PDF-')) {
    return 'application/pdf';
  }
  return hasTag(file) || isMpegAudioFrame(file) ? 'audio/mpeg' : undefined;
}
