/** The endpoints that a key can be limited to. */
export const ENDPOINTS = ['chat', 'embeddings', 'rerank', 'moderations', 'models', 'usage'] as const;
export type EndpointName = (typeof ENDPOINTS)[number];
