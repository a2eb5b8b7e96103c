import { Injectable } from '@nestjs/common';
import type { Tiktoken } from 'js-tiktoken/lite';

/** The encoder's time grows with the square of a run without spaces, so a longer text is not encoded. */
const ENCODED_CHARACTERS_MAX = 1_000;
const BYTES_PER_TOKEN = 4;

/** OpenAI's vocabulary cl100k_base. It takes some 30 MB, so it is loaded when it is first needed. */
@Injectable()
export class TokenCodec {
  private loading: Promise<Tiktoken> | undefined;

  /** The text that the tokens stand for; bytes that are no UTF-8 become U+FFFD. */
  async decode(tokens: readonly number[]): Promise<string> {
    const encoding = await this.encoding();
    return encoding.decode([...tokens]);
  }

  /**
   * How many tokens the text would be for OpenAI's models: an estimate where Bedrock tells nothing. Texts of over
   * 1,000 characters are estimated from their bytes.
   */
  async count(text: string): Promise<number> {
    if (text.length > ENCODED_CHARACTERS_MAX) {
      return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
    }
    const encoding = await this.encoding();
    return encoding.encode(text, 'all').length;
  }

  private encoding(): Promise<Tiktoken> {
    this.loading ??= this.load();
    return this.loading;
  }

  private async load(): Promise<Tiktoken> {
    const [{ Tiktoken: Codec }, { default: ranks }] = await Promise.all([
      import('js-tiktoken/lite'),
      import('js-tiktoken/ranks/cl100k_base'),
    ]);
    return new Codec(ranks);
  }
}
