import type { ContentBlock, Tool, ToolResultContent } from '../wire/converse-request.js';

const BYTES_PER_TOKEN = 4;
const IMAGE_TOKENS = 400;
const RECORDING_TOKENS = 1000;

/** The sandbox's rule: one token for every four bytes of UTF-8, rounded up. */
export function countTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/** Text and JSON as above, 400 for an image, a document by its bytes, 1,000 for a video or a sound. */
export function countBlockTokens(block: ContentBlock | ToolResultContent): number {
  if (block.text !== undefined) return countTokens(block.text);
  if (block.image) return IMAGE_TOKENS;
  if (block.video) return RECORDING_TOKENS;
  if (block.document) {
    const { bytes = '', text = '' } = block.document.source;
    return Math.ceil((bytes.length * 0.75 + Buffer.byteLength(text)) / BYTES_PER_TOKEN);
  }
  return countMessageBlock(block);
}

/** Name, description and schema of a tool, as JSON. */
export function countToolTokens(tool: Tool): number {
  return countTokens(JSON.stringify(tool));
}

function countMessageBlock(block: ContentBlock): number {
  if (block.audio) return RECORDING_TOKENS;
  if (block.toolUse) return countTokens(block.toolUse.name + JSON.stringify(block.toolUse.input));
  if (block.toolResult) return block.toolResult.content.reduce((sum, content) => sum + countBlockTokens(content), 0);
  if (block.reasoningContent) return countTokens(block.reasoningContent.reasoningText?.text ?? '');
  return countTokens(JSON.stringify(block));
}
