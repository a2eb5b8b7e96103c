import type { Message } from '../wire/converse-request.js';
import * as rules from './content.rules.js';
import type { Rule } from './rule.js';
import { assistant, CLAUDE, refusalOf, type Sample, user } from './rule-samples.js';

type Block = Message['content'][number];

const text: Block = { text: 'see' };
const image: Block = { image: { format: 'png', source: { bytes: 'AAAA' } } };

function documentNamed(name: string, bytes = 'AAAA'): Block {
  return { document: { format: 'pdf', name, source: { bytes } } };
}

function asked(...content: Block[]): Sample['request'] {
  return { messages: [user(...content)] };
}

describe('rules of content', () => {
  it.each<[string, Rule, Sample, string]>([
    [
      'an image where there is none',
      rules.mediaIsSupported,
      { request: asked(image), input: 'T' },
      "This model doesn't support the image content block that you provided. Update the content block and try again.",
    ],
    [
      'a document where there is none',
      rules.mediaIsSupported,
      { request: asked(documentNamed('a')), capabilities: { documents: false } },
      "This model doesn't support the document content block",
    ],
    [
      'a video where there is none',
      rules.mediaIsSupported,
      { request: asked({ video: { format: 'mp4', source: { bytes: 'AAAA' } } }) },
      "This model doesn't support the video content block",
    ],
    [
      'an image in a tool result where there is none',
      rules.mediaIsSupported,
      { request: asked({ toolResult: { toolUseId: '1', content: [image] } }), input: 'T' },
      "This model doesn't support the image content block",
    ],
    [
      'an image by the assistant',
      rules.mediaComesFromTheUser,
      { request: { messages: [user(text), assistant(image)] } },
      'The content block at messages.1.content.0 is not supported for the assistant role.',
    ],
    [
      'a document without text',
      rules.documentsHaveText,
      { request: asked(documentNamed('a')) },
      'A text block must be included when using documents. Add a text block and retry your request.',
    ],
    [
      'a document name with a dot',
      rules.documentNamesAreNeutral,
      { request: asked(text, documentNamed('a.pdf')) },
      'The document file name can only contain alphanumeric characters',
    ],
    [
      'a document name with two spaces',
      rules.documentNamesAreNeutral,
      { request: asked(text, documentNamed('a  b')) },
      'more than one consecutive whitespace character',
    ],
    [
      'two documents of one name',
      rules.documentNamesAreUnique,
      { request: asked(text, documentNamed('a'), documentNamed('a')) },
      'Document names must be unique, found more than one: a',
    ],
    [
      'more than 20 images',
      rules.mediaCountIsBounded,
      { request: asked(...Array.from({ length: 21 }, () => image)) },
      'The number of images in the request, 21, exceeds the limit of 20.',
    ],
    [
      'more than 5 documents',
      rules.mediaCountIsBounded,
      { request: asked(...Array.from({ length: 6 }, (_value, index) => documentNamed(`d${index}`))) },
      'The number of documents in the request, 6, exceeds the limit of 5.',
    ],
    [
      'an image above 3.75 MB',
      rules.mediaSizeIsBounded,
      { request: asked({ image: { format: 'png', source: { bytes: 'A'.repeat(5_242_884) } } }) },
      'image exceeds 5 MB maximum: 5242884 bytes > 5242880 bytes',
    ],
    [
      'a document above 4.5 MB',
      rules.mediaSizeIsBounded,
      { request: asked(documentNamed('a', 'A'.repeat(6_291_460))) },
      'The document exceeds the maximum size of 4.5 MB.',
    ],
    [
      'a location in S3 for Claude',
      rules.mediaIsSentAsBytes,
      { request: asked({ image: { format: 'png', source: { s3Location: { uri: 's3://a/b' } } } }), modelId: CLAUDE },
      "This model doesn't support the s3Uri field. Remove s3Uri and try again.",
    ],
    [
      'bytes that are no base64',
      rules.bytesAreBase64,
      { request: asked({ image: { format: 'png', source: { bytes: 'data:image/png;base64,AAAA' } } }) },
      'The bytes field is not valid base64.',
    ],
    [
      'more than 9 MB of text for Claude',
      rules.textFitsClaude,
      { request: asked({ text: 'a'.repeat(9_000_001) }), modelId: CLAUDE },
      'too many total text bytes: 9000001 > 9000000',
    ],
  ])('refuse %s', (_name, rule, sample, message) => {
    expect(refusalOf(rule, sample)).toContain(message);
  });

  it.each(Object.entries(rules))('%s accepts text, image and document', (_name, rule) => {
    const request = asked(text, image, documentNamed('A report (2) [x]-y_z'));

    expect(refusalOf(rule, { request, modelId: CLAUDE })).toBeUndefined();
  });
});
