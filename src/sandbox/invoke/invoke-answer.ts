import type { FoundationModel } from '../catalogue/foundation-models.js';

/** What InvokeModel answers for one native body. */
export interface InvokeAnswer {
  body: unknown;
  /** Value of the token count header; null where the model has none. */
  inputTokens: number | null;
  /** What is billed otherwise than by tokens: images, queries. */
  units: Readonly<Record<string, number>> | null;
}

/** One native format: the models that have it and the way to answer. */
export interface NativeFormat {
  serves: RegExp;
  answer(body: unknown, model: FoundationModel): InvokeAnswer;
}
