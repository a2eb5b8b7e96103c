import { BARE_CONTEXT, prepareRequest } from '../../../test/support/prepare-request.js';
import { requireAllowedLocation, requireS3Reader } from './s3-locations.js';

const NOVA = 'us.amazon.nova-pro-v1:0';

const image = (url: string, extra: object = {}) => ({ type: 'image_url', image_url: { url, ...extra } });
const file = (extra: object) => ({ type: 'file', file: extra });
const s3 = (uri: string) => ({ s3Location: { uri } });

function block(part: object, s3Locations: readonly (readonly string[])[] | undefined = [['*']]) {
  const messages = [{ role: 'user', content: [{ type: 'text', text: 'x' }, part] }];
  const { s3Locations: _default, ...context } = BARE_CONTEXT;
  const prepared = prepareRequest(NOVA, { messages }, { ...context, ...(s3Locations && { s3Locations }) });
  return prepared.input.messages?.[0]?.content?.[1];
}

describe(requireAllowedLocation.name, () => {
  it.each([
    ['an image', image('s3://bucket/a/b.jpg'), { image: { format: 'jpeg', source: s3('s3://bucket/a/b.jpg') } }],
    [
      'an image whose key tells no format',
      image('s3://bucket/b', { format: 'image/png', bucket_owner: '111122223333' }),
      { image: { format: 'png', source: { s3Location: { uri: 's3://bucket/b', bucketOwner: '111122223333' } } } },
    ],
    [
      'a file with a bare format',
      image('s3://bucket/b.dat', { format: 'png' }),
      { image: { format: 'png', source: s3('s3://bucket/b.dat') } },
    ],
    [
      'a video of a phone',
      { type: 'video_url', video_url: 's3://bucket/v.3gpp' },
      { video: { format: 'three_gp', source: s3('s3://bucket/v.3gpp') } },
    ],
    [
      'a video',
      { type: 'video_url', video_url: { url: 's3://bucket/v.mp4' } },
      { video: { format: 'mp4', source: s3('s3://bucket/v.mp4') } },
    ],
    [
      'a document by its key',
      file({ file_data: 's3://bucket/a report.pdf' }),
      { document: { format: 'pdf', name: 'a report', source: s3('s3://bucket/a report.pdf') } },
    ],
    [
      'a document by its name',
      file({ file_id: 's3://bucket/5d1.pdf', filename: 'Report' }),
      { document: { format: 'pdf', name: 'Report', source: s3('s3://bucket/5d1.pdf') } },
    ],
  ])('lets Bedrock read %s', (_name, part, expected) => {
    expect(block(part)).toEqual(expected);
  });

  it('takes what is named by an entry of every list, or lies below it', () => {
    const lists = [['*'], ['s3://team/in', 's3://other/one.png']];
    expect(block(image('s3://team/in/a.png'), lists)).toHaveProperty('image');
    expect(block(image('s3://other/one.png'), lists)).toHaveProperty('image');
  });

  it.each<[string, string, readonly (readonly string[])[] | undefined]>([
    ['beside an entry', 's3://team/in-secret/a.png', [['*'], ['s3://team/in']]],
    ['in another bucket', 's3://team2/a.png', [['s3://team']]],
    ['where one list has none', 's3://team/a.png', [['*'], []]],
    ['in a context that says nothing', 's3://team/a.png', []],
    ['without a key', 's3://team/', [['*']]],
    ['in a bucket that cannot be', 's3://T_eam/a.png', [['*']]],
    ['of a length that Bedrock refuses', `s3://team/${'a'.repeat(1024)}.png`, [['*']]],
    ['of no known format', 's3://team/a.exe', [['*']]],
  ])('refuses a file %s', (_name, url, lists) => {
    expect(() => block(image(url), lists)).toThrow(
      expect.objectContaining({ status: 400, param: 'messages[0].content[1].image_url.url' }),
    );
  });
});

const CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';

function prepareForClaude(...messages: object[]) {
  return prepareRequest(CLAUDE, { messages }, { ...BARE_CONTEXT, s3Locations: [['*']] });
}

describe('a refusal', () => {
  it('says what opens a location', () => {
    expect(() => block(image('s3://team/a.png'), [[]])).toThrow(/S3_LOCATIONS.*allowed_s3_locations/);
  });
});

describe(requireS3Reader.name, () => {
  const pdf = file({ file_id: 's3://bucket/a.pdf' });
  const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
  const calling = [
    { role: 'user', content: 'x' },
    { role: 'assistant', content: null, tool_calls: [call] },
  ];

  it.each([
    ['an image', [{ role: 'user', content: [image('s3://bucket/a.png')] }], 'messages[0].content[0].image_url.url'],
    ['a document', [{ role: 'user', content: [pdf] }], 'messages[0].content'],
    [
      'a document in a result that failed',
      [...calling, { role: 'tool', tool_call_id: 'c', content: [pdf], is_error: true }],
      'messages[2].content',
    ],
  ])('refuses %s for a model that does not read S3', (_name, messages, param) => {
    expect(() => prepareForClaude(...messages)).toThrow(expect.objectContaining({ status: 400, param }));
  });

  it('lets a document in the result of a tool pass, as recorded', () => {
    const { input } = prepareForClaude(...calling, { role: 'tool', tool_call_id: 'c', content: [pdf] });
    expect(JSON.stringify(input.messages)).toContain('s3://bucket/a.pdf');
  });
});
