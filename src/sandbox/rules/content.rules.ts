import { modelRefusal } from '../errors/bedrock-error.js';
import { blocksOf, duplicates, isClaude, mediaHoldersOf, type Rule } from './rule.js';

const MAX_IMAGES = 20;
const MAX_DOCUMENTS = 5;
/** 5 MB of base64, which is 3.75 MB of image. */
const MAX_IMAGE_BASE64_BYTES = 5_242_880;
const MAX_DOCUMENT_BASE64_BYTES = 6_291_456;
/** Underscores are not in the documented set, but the service takes them. */
const DOCUMENT_NAME = /^(?!.*\s\s)[\w\s\-()[\]]+$/;

/** Claude 3 and later count all text of a request together. */
const MAX_CLAUDE_TEXT_BYTES = 9_000_000;

export const mediaIsSupported: Rule = (request, { model, capabilities }) => {
  const supported = {
    image: model.input.includes('I'),
    document: capabilities.documents,
    video: model.input.includes('V'),
    audio: model.input.includes('A'),
  };
  const refused = (Object.keys(supported) as (keyof typeof supported)[]).find(
    (kind) => supported[kind] === false && mediaHoldersOf(request).some((holder) => holder[kind] !== undefined),
  );
  return (
    refused &&
    `This model doesn't support the ${refused} content block that you provided. Update the content block and try again.`
  );
};

export const mediaComesFromTheUser: Rule = (request) => {
  const wrong = blocksOf(request).find(
    ({ block, message }) => message.role === 'assistant' && (block.image ?? block.document ?? block.video),
  );
  return (
    wrong && `The content block at ${wrong.path} is not supported for the assistant role. Move it to a user message.`
  );
};

export const documentsHaveText: Rule = ({ messages = [] }) =>
  messages.some(
    ({ content }) => content.some((block) => block.document) && !content.some((block) => block.text !== undefined),
  )
    ? 'A text block must be included when using documents. Add a text block and retry your request.'
    : undefined;

export const documentNamesAreNeutral: Rule = (request) =>
  mediaHoldersOf(request).some(({ document }) => document && !DOCUMENT_NAME.test(document.name))
    ? "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can't contain more than one consecutive whitespace character."
    : undefined;

export const documentNamesAreUnique: Rule = (request) => {
  const repeated = duplicates(blocksOf(request).flatMap(({ block }) => (block.document ? [block.document.name] : [])));
  return repeated.length > 0 ? `Document names must be unique, found more than one: ${repeated.join(', ')}` : undefined;
};

export const mediaCountIsBounded: Rule = (request) => {
  const holders = mediaHoldersOf(request);
  const images = holders.filter(({ image }) => image).length;
  if (images > MAX_IMAGES) return `The number of images in the request, ${images}, exceeds the limit of ${MAX_IMAGES}.`;
  const documents = holders.filter(({ document }) => document).length;
  return documents > MAX_DOCUMENTS
    ? `The number of documents in the request, ${documents}, exceeds the limit of ${MAX_DOCUMENTS}.`
    : undefined;
};

export const mediaSizeIsBounded: Rule = (request) => {
  for (const { image, document } of mediaHoldersOf(request)) {
    const imageBytes = image?.source.bytes?.length ?? 0;
    if (imageBytes > MAX_IMAGE_BASE64_BYTES) {
      return modelRefusal(`image exceeds 5 MB maximum: ${imageBytes} bytes > ${MAX_IMAGE_BASE64_BYTES} bytes`);
    }
    if ((document?.source.bytes?.length ?? 0) > MAX_DOCUMENT_BASE64_BYTES) {
      return 'The document exceeds the maximum size of 4.5 MB. Reduce its size and try again.';
    }
  }
  return undefined;
};

/** A document's location inside a tool result is not refused, an image's is. */
export const mediaIsSentAsBytes: Rule = (request, { model }) =>
  !model.id.startsWith('amazon.') &&
  (mediaHoldersOf(request).some(({ image }) => image?.source.s3Location) ||
    blocksOf(request).some(({ block: { document, video } }) => (document ?? video)?.source.s3Location))
    ? "This model doesn't support the s3Uri field. Remove s3Uri and try again."
    : undefined;

export const bytesAreBase64: Rule = (request) => {
  const sources = mediaHoldersOf(request).map(
    ({ image, document, video }) => (image ?? document ?? video)?.source.bytes,
  );
  return sources.some((bytes) => bytes !== undefined && !/^[A-Za-z0-9+/]+={0,2}$/.test(bytes))
    ? 'The bytes field is not valid base64.'
    : undefined;
};

export const textFitsClaude: Rule = (request, { model }) => {
  if (!isClaude(model)) return undefined;
  const texts = [...(request.system ?? []), ...mediaHoldersOf(request)].map(({ text }) => text ?? '');
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return bytes > MAX_CLAUDE_TEXT_BYTES
    ? modelRefusal(`too many total text bytes: ${bytes} > ${MAX_CLAUDE_TEXT_BYTES}`)
    : undefined;
};
