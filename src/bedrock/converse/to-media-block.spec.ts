import { BARE_CONTEXT, prepareRequest } from '../../../test/support/prepare-request.js';
import { toMediaBlock } from './to-media-block.js';

const CLAUDE = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
const NOVA = 'us.amazon.nova-pro-v1:0';
const LLAMA = 'us.meta.llama3-3-70b-instruct-v1:0';
const VOXTRAL = 'mistral.voxtral-mini-3b-2507';

const PNG = 'iVBORw0KGgo=';
const JPEG = Buffer.from('\xff\xd8\xff\xe0', 'latin1').toString('base64');
const PDF = Buffer.from('%PDF-1.4\n').toString('base64');
const TEXT = Buffer.from('a,b\n1,2').toString('base64');
const WEBM = Buffer.from('\x1a\x45\xdf\xa3\x9fB\x82\x84webm', 'latin1').toString('base64');
const MP4 = Buffer.from('\0\0\0\x20ftypisom\0\0\x02\0', 'latin1').toString('base64');
const JUNK = Buffer.from('no magic at all').toString('base64');

const bytesOf = (base64: string) => ({ bytes: Buffer.from(base64, 'base64') });
const image = (url: string) => ({ type: 'image_url', image_url: { url } });
const file = (data: string | undefined, filename?: string) => ({ type: 'file', file: { file_data: data, filename } });

function blocks(model: string, parts: unknown[], context = BARE_CONTEXT) {
  return prepareRequest(
    model,
    { messages: [{ role: 'user', content: [...parts, { type: 'text', text: 'x' }] }] },
    context,
  ).input.messages?.[0]?.content?.slice(0, -1);
}

describe(toMediaBlock.name, () => {
  it.each<[string, string, unknown, unknown]>([
    ['a png', CLAUDE, image(`data:image/png;base64,${PNG}`), { image: { format: 'png', source: bytesOf(PNG) } }],
    ['image/jpg', CLAUDE, image(`data:image/jpg;base64,${JPEG}`), { image: { format: 'jpeg', source: bytesOf(JPEG) } }],
    [
      'a jpeg that is called png',
      CLAUDE,
      image(`data:image/png;base64,${JPEG}`),
      { image: { format: 'jpeg', source: bytesOf(JPEG) } },
    ],
    [
      'an image whose bytes do not tell',
      CLAUDE,
      image(`data:image/webp;base64,${JUNK}`),
      { image: { format: 'webp', source: bytesOf(JUNK) } },
    ],
    [
      'a type with parameters and capitals',
      CLAUDE,
      image(`data:IMAGE/PNG;charset=utf-8;base64,${PNG}`),
      { image: { format: 'png', source: bytesOf(PNG) } },
    ],
    [
      'base64 with line breaks',
      CLAUDE,
      image(`data:image/png;base64,iVBO\nRw0K Ggo=`),
      { image: { format: 'png', source: bytesOf(PNG) } },
    ],
    [
      'base64 for URLs',
      CLAUDE,
      image('data:image/png;base64,-_-_'),
      { image: { format: 'png', source: bytesOf('+/+/') } },
    ],
    [
      'a bare string',
      CLAUDE,
      { type: 'image_url', image_url: `data:image/png;base64,${PNG}` },
      { image: { format: 'png', source: bytesOf(PNG) } },
    ],
    [
      'a pdf',
      CLAUDE,
      file(`data:application/pdf;base64,${PDF}`, 'a/My report_v2.pdf'),
      { document: { format: 'pdf', name: 'My report-v2', source: bytesOf(PDF) } },
    ],
    [
      'a pdf as an image',
      CLAUDE,
      image(`data:image/png;base64,${PDF}`),
      { document: { format: 'pdf', name: 'document', source: bytesOf(PDF) } },
    ],
    [
      'an image as a file',
      CLAUDE,
      file(`data:application/octet-stream;base64,${PNG}`),
      { image: { format: 'png', source: bytesOf(PNG) } },
    ],
    [
      'plain base64 with a name',
      CLAUDE,
      file(TEXT, 'table.csv'),
      { document: { format: 'csv', name: 'table', source: bytesOf(TEXT) } },
    ],
    [
      'a media type with parameters',
      CLAUDE,
      { type: 'file', file: { file_data: TEXT, format: 'text/CSV; charset=utf-8' } },
      { document: { format: 'csv', name: 'document', source: bytesOf(TEXT) } },
    ],
    [
      'any other text',
      CLAUDE,
      file(`data:text/x-python;base64,${TEXT}`, 'a.py'),
      { document: { format: 'txt', name: 'a', source: bytesOf(TEXT) } },
    ],
    [
      'a data URL that is not base64',
      CLAUDE,
      file('data:text/markdown,%23%20Hi', 'a.md'),
      { document: { format: 'md', name: 'a', source: { bytes: Buffer.from('# Hi') } } },
    ],
    [
      'a cited document',
      CLAUDE,
      { ...file(PDF, 'a.pdf'), citations: { enabled: true } },
      { document: { format: 'pdf', name: 'a', source: bytesOf(PDF), citations: { enabled: true } } },
    ],
    [
      'a video',
      NOVA,
      { type: 'video_url', video_url: { url: `data:video/mp4;base64,${JUNK}` } },
      { video: { format: 'mp4', source: bytesOf(JUNK) } },
    ],
    [
      'audio',
      VOXTRAL,
      { type: 'input_audio', input_audio: { data: JUNK, format: 'mp3' } },
      { audio: { format: 'mp3', source: bytesOf(JUNK) } },
    ],
    [
      'audio whose bytes do not tell',
      VOXTRAL,
      { type: 'input_audio', input_audio: { data: JUNK, format: 'pcm' } },
      { audio: { format: 'pcm', source: bytesOf(JUNK) } },
    ],
    [
      'audio in a container of video',
      VOXTRAL,
      { type: 'input_audio', input_audio: { data: WEBM, format: 'webm' } },
      { audio: { format: 'webm', source: bytesOf(WEBM) } },
    ],
    [
      'audio in another container than its label says',
      VOXTRAL,
      file(`data:audio/wav;base64,${MP4}`),
      { audio: { format: 'mp4', source: bytesOf(MP4) } },
    ],
    ['video', NOVA, { type: 'video_url', video_url: MP4 }, { video: { format: 'mp4', source: bytesOf(MP4) } }],
  ])('maps %s', (_name, model, part, expected) => {
    expect(blocks(model, [part])).toEqual([expected]);
  });

  it('takes a file that was fetched', () => {
    const media = new Map([['https://a/b', { bytes: Buffer.from(PNG, 'base64'), mediaType: 'text/html' }]]);
    expect(blocks(CLAUDE, [image('https://a/b')], { ...BARE_CONTEXT, media })).toEqual([
      { image: { format: 'png', source: bytesOf(PNG) } },
    ]);
  });

  it('goes by the server where the bytes of a fetched file do not tell', () => {
    const media = new Map([['https://a/b', { bytes: Buffer.from('a,b'), mediaType: 'text/csv; charset=utf-8' }]]);
    expect(blocks(CLAUDE, [file('https://a/b')], { ...BARE_CONTEXT, media })?.[0]?.document?.format).toBe('csv');
  });

  it('gives documents different names', () => {
    const names = blocks(CLAUDE, [file(PDF, 'a.pdf'), file(PDF, 'a.pdf'), file(PDF), file(PDF, '___')])?.map(
      (block) => block.document?.name,
    );
    expect(names).toEqual(['a', 'a (2)', 'document', 'document (2)']);
    expect(blocks(CLAUDE, [file(PDF, `${'n'.repeat(300)}.pdf`)])?.[0]?.document?.name).toHaveLength(200);
  });

  it('puts words beside a document that came alone', () => {
    const { messages } = prepareRequest(CLAUDE, { messages: [{ role: 'user', content: [file(PDF, 'a.pdf')] }] }).input;
    expect(messages?.[0]?.content?.[1]).toEqual({ text: 'Please use the attached documents.' });
  });

  it.each<[string, string, unknown, string]>([
    ['bad base64', CLAUDE, image('data:image/png;base64,@@@@'), 'image_url.url'],
    ['cut base64', CLAUDE, image('data:image/png;base64,AAAAA'), 'image_url.url'],
    ['one wrong letter in base64', CLAUDE, image('data:image/png;base64,iVBO@w0KGgo='), 'image_url.url'],
    ['base64 that goes on after its end', CLAUDE, image('data:image/png;base64,iVBORw0KGg==iVBO'), 'image_url.url'],
    ['base64 with too long an end', CLAUDE, image('data:image/png;base64,iVBO===='), 'image_url.url'],
    ['an end of base64 alone', CLAUDE, image('data:image/png;base64,=='), 'image_url.url'],
    ['an empty file', CLAUDE, image('data:image/png;base64,'), 'image_url.url'],
    ['an empty text', CLAUDE, file('data:text/plain,', 'a.txt'), 'file.file_data'],
    ['an svg', CLAUDE, image(`data:image/svg+xml;base64,${TEXT}`), 'image_url.url'],
    ['a format that nobody knows', CLAUDE, file(JUNK, 'a.bin'), 'file.file_data'],
    ['a file of the machine', CLAUDE, image('file:///etc/passwd'), 'image_url.url'],
    ['a file in S3', CLAUDE, image('s3://bucket/key'), 'image_url.url'],
    ['a URL that was not fetched', CLAUDE, image('https://a/b'), 'image_url.url'],
    ['a broken data URL', CLAUDE, file('data:text/plain,%E0%A4%A', 'a.txt'), 'file.file_data'],
    ['a file id', CLAUDE, { type: 'file', file: { file_id: 'file-123' } }, 'file.file_id'],
    ['a file without data', CLAUDE, file(undefined, 'a.pdf'), 'file.file_data'],
  ])('refuses %s', (_name, model, part, field) => {
    expect(() => blocks(model, [part])).toThrow(
      expect.objectContaining({ status: 400, param: `messages[0].content[0].${field}` }),
    );
  });

  it.each([
    ['an image', LLAMA, image(`data:image/png;base64,${PNG}`)],
    ['audio', CLAUDE, { type: 'input_audio', input_audio: { data: JUNK, format: 'wav' } }],
    ['a document', 'amazon.nova-micro-v1:0', file(PDF, 'a.pdf')],
    ['a video', LLAMA, { type: 'video_url', video_url: `data:video/mp4;base64,${JUNK}` }],
  ])('refuses %s for a model that takes none', (_name, model, part) => {
    expect(() => blocks(model, [part])).toThrow(
      expect.objectContaining({ status: 400, param: 'messages[0].content[0]', code: 'unsupported_parameter' }),
    );
  });
});
