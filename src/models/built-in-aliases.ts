import type { AppConfig } from '../config/app-config.js';

/** What an endpoint asks of a model. */
export type EndpointKind = 'chat' | 'embedding' | 'rerank';

interface BuiltInAlias {
  names: RegExp;
  target: (config: AppConfig) => string;
}

const BUILT_IN: Readonly<Record<EndpointKind, BuiltInAlias>> = {
  // The predecessor's clients send OpenAI's model names; `gpt-oss` is a model of its own.
  chat: { names: /^gpt-(?!oss)/i, target: ({ defaultModel }) => defaultModel },
  embedding: { names: /^text-embedding-/i, target: ({ defaultEmbeddingModel }) => defaultEmbeddingModel },
  // Cohere's clients send Cohere's own names, of which Bedrock has the newest.
  rerank: { names: /^rerank-/i, target: () => 'cohere.rerank-v3-5:0' },
};

/** The model that a name of OpenAI's or Cohere's stands for at this endpoint; undefined for every other id. */
export function builtInAlias(requested: string, kind: EndpointKind, config: AppConfig): string | undefined {
  const { names, target } = BUILT_IN[kind];
  return names.test(requested) ? target(config) : undefined;
}

/** Whether some endpoint takes the name for another model. */
export function isBuiltInAlias(name: string): boolean {
  return Object.values(BUILT_IN).some(({ names }) => names.test(name));
}
