/** Where the data plane is served: OpenAI's path, the predecessor's, and the one of Bedrock's own OpenAI routes. */
export const DATA_PLANE_PREFIXES = ['v1', 'api/v1', 'openai/v1'];
