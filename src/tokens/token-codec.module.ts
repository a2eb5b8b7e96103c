import { Module } from '@nestjs/common';
import { TokenCodec } from './token-codec.js';

/** One vocabulary in memory for all that read tokens. */
@Module({ providers: [TokenCodec], exports: [TokenCodec] })
export class TokenCodecModule {}
