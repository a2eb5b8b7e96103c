import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chatRequestSchema } from '../../openai/chat-request.schema.js';
import { describeRequestFields } from './request-fields.js';

function rowOf(field: string): string[] {
  const line = describeRequestFields()
    .split('\n')
    .find((row) => row.startsWith(`| ${field} |`));
  return (line ?? '').split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim());
}

describe(describeRequestFields.name, () => {
  it('has a row for every field of the schema', () => {
    const page = describeRequestFields();
    const missing = Object.keys(chatRequestSchema.shape).filter(
      (field) => field !== 'model' && !new RegExp(`^\\| ${field}\\b`, 'm').test(page),
    );
    expect(missing).toEqual([]);
  });

  it.each<[string, string[]]>([
    ['seed', ['', '', 'all', '']],
    ['logprobs', ['', '', '', 'all']],
    [
      'stop',
      [
        'all others',
        'Mistral 3, Voxtral, DeepSeek V3, gpt-oss, GPT, Qwen, Kimi, MiniMax, GLM, Gemma, Nemotron',
        '',
        '',
      ],
    ],
  ])('tells what becomes of %s', (field, cells) => {
    expect(rowOf(field).slice(2)).toEqual(cells);
  });

  it('tells families apart', () => {
    expect(rowOf('tools')).toEqual(['tools', expect.any(String), 'all others', '', '', 'Titan, DeepSeek R1']);
  });

  it('is what the page says', () => {
    const page = fileURLToPath(new URL('../../../docs/request-fields.md', import.meta.url));
    expect(readFileSync(page, 'utf8')).toBe(describeRequestFields());
  });
});
