import { sniffMediaType, type SniffedMediaType } from './sniff.js';

function bytes(...parts: (string | Buffer)[]): Uint8Array {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
}

const compoundFile = '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1';

describe(sniffMediaType.name, () => {
  const known: [name: string, file: Uint8Array, expected: SniffedMediaType][] = [
    ['png', bytes('\x89PNG\r\n\x1a\n\0\0\0\rIHDR'), 'image/png'],
    ['jpeg', bytes('\xff\xd8\xff\xe0\0\x10JFIF'), 'image/jpeg'],
    ['gif 87', bytes('GIF87a\x01\0'), 'image/gif'],
    ['gif 89', bytes('GIF89a\x01\0'), 'image/gif'],
    ['webp', bytes('RIFF\x24\0\0\0WEBPVP8 '), 'image/webp'],
    ['pdf', bytes('%PDF-1.7\n'), 'application/pdf'],
    ['pdf after a byte order mark', bytes('\xef\xbb\xbf%PDF-1.4\n'), 'application/pdf'],
    [
      'docx',
      bytes('PK\x03\x04\x14\0[Content_Types].xml', 'PK\x01\x02 word/document.xml'),
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    ],
    [
      'xlsx',
      bytes('PK\x03\x04\x14\0[Content_Types].xml', 'PK\x01\x02 xl/workbook.xml'),
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    ],
    ['any other zip', bytes('PK\x03\x04\x14\0readme.txt'), 'application/zip'],
    ['doc', bytes(compoundFile, Buffer.from('WordDocument', 'utf16le')), 'application/msword'],
    ['xls', bytes(compoundFile, Buffer.from('Workbook', 'utf16le')), 'application/vnd.ms-excel'],
    ['wav', bytes('RIFF\x24\0\0\0WAVEfmt '), 'audio/wav'],
    ['mp3 with a tag', bytes('ID3\x04\0'), 'audio/mpeg'],
    ['mp3 without a tag', bytes('\xff\xfb\x90\x64'), 'audio/mpeg'],
    ['flac', bytes('fLaC\0\0\0\x22'), 'audio/flac'],
    ['ogg', bytes('OggS\0\x02'), 'audio/ogg'],
    ['m4a', bytes('\0\0\0\x20ftypM4A \0\0\0\0'), 'audio/mp4'],
    ['mp4', bytes('\0\0\0\x20ftypisom\0\0\x02\0'), 'video/mp4'],
    ['mov', bytes('\0\0\0\x14ftypqt  \0\0\0\0'), 'video/quicktime'],
    ['webm', bytes('\x1a\x45\xdf\xa3\x9fB\x82\x84webm'), 'video/webm'],
    ['mkv', bytes('\x1a\x45\xdf\xa3\x9fB\x82\x88matroska'), 'video/x-matroska'],
  ];

  it.each(known)('tells %s', (_name, file, expected) => {
    expect(sniffMediaType(file)).toBe(expected);
  });

  it.each([
    ['nothing', bytes('')],
    ['one byte', bytes('\x89')],
    ['a cut signature', bytes('\x89PNG\r\n')],
    ['svg', bytes('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['html', bytes('<!doctype html>')],
    ['plain text', bytes('GIF is a format')],
    ['plain text about tags', bytes('ID3 tags hold titles')],
    ['an unknown RIFF form', bytes('RIFF\x24\0\0\0AVI LIST')],
    ['heic', bytes('\0\0\0\x18ftypheic\0\0\0\0')],
    ['a utf-16 byte order mark', bytes('\xff\xfeh\0i\0')],
  ])('does not guess for %s', (_name, file) => {
    expect(sniffMediaType(file)).toBeUndefined();
  });

  it('reads a view into a larger buffer from its own start', () => {
    const buffer = bytes('xxxxGIF89a');
    expect(sniffMediaType(new Uint8Array(buffer.buffer, buffer.byteOffset + 4, 6))).toBe('image/gif');
  });
});
