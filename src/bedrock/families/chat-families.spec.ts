import { modelEntry } from '../../../test/support/prepare-request.js';
import { CAPABILITIES } from '../../models/capability-table.js';
import { ChatFamilies } from './chat-families.js';
import { CHAT_FAMILIES } from './index.js';

const families = new ChatFamilies(CHAT_FAMILIES.map((Family) => new Family()));

describe(ChatFamilies.name, () => {
  it.each([
    ['us.anthropic.claude-sonnet-4-6', 'anthropic'],
    ['us.amazon.nova-2-lite-v1:0', 'nova'],
    ['amazon.titan-text-express-v1', 'titan'],
    ['us.meta.llama4-scout-17b-instruct-v1:0', 'llama'],
    ['mistral.voxtral-mini-3b-2507', 'mistral'],
    ['cohere.command-r-plus-v1:0', 'cohere'],
    ['ai21.jamba-1-5-mini-v1:0', 'jamba'],
    ['us.deepseek.r1-v1:0', 'deepseek'],
    ['openai.gpt-oss-20b-1:0', 'openai'],
    ['global.openai.gpt-6.1-sol', 'openai'],
    ['qwen.qwen3-32b-v1:0', 'qwen'],
    ['moonshot.kimi-k2-thinking', 'kimi'],
    ['us.moonshotai.kimi-k3', 'kimi'],
    ['minimax.minimax-m2', 'minimax'],
    ['zai.glm-5', 'glm'],
    ['google.gemma-3-27b-it', 'gemma'],
    ['nvidia.nemotron-nano-9b-v2', 'nemotron'],
    ['us.xai.grok-4.7', 'grok'],
    ['us.writer.palmyra-x5-v1:0', 'palmyra'],
    ['acme.wonder-1', 'converse'],
    ['arn:aws:bedrock:us-east-1:123456789012:imported-model/abc', 'converse'],
  ])('gives %s to %s', (id, name) => {
    expect(families.for(modelEntry(id)).name).toBe(name);
  });

  it('has a family of its own for every model of the table that Converse serves', () => {
    const others = CAPABILITIES.filter(
      ({ id, capabilities }) => capabilities.converse && families.for(modelEntry(id)).name === 'converse',
    );
    expect(others).toEqual([]);
  });

  it('fails loudly when the catch-all is missing', () => {
    expect(() => new ChatFamilies([]).for(modelEntry('acme.wonder-1'))).toThrow('catch-all');
  });
});
