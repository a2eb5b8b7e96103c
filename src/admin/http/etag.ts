import {
  type CallHandler,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { map, type Observable } from 'rxjs';

/** No version is negative, so this one matches nothing. */
const NO_VERSION = -1;

/** The version that `If-Match` asks for; null when it asks for none. */
export const IfMatch = createParamDecorator(
  (_: unknown, context: ExecutionContext): number | null =>
    toVersion(context.switchToHttp().getRequest<Request>().headers['if-match']),
  [documentIfMatch],
);

function documentIfMatch(target: object, method: string | symbol | undefined): void {
  if (method === undefined) return;
  const header = ApiHeader({
    name: 'if-match',
    required: false,
    description: 'The `ETag` that was read. 412 when somebody else has made a change since.',
    schema: { type: 'string' },
  });
  header(target, method, Object.getOwnPropertyDescriptor(target, method)!);
}

export function toVersion(ifMatch: string | undefined): number | null {
  if (ifMatch === undefined || ifMatch.trim() === '*') return null;
  const version = /^"(\d{1,9})"$/.exec(ifMatch.trim())?.[1];
  return version === undefined ? NO_VERSION : Number(version);
}

/** Sends the `version` of an answer as its `ETag`. */
@Injectable()
export class EtagInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const response = context.switchToHttp().getResponse<Response>();
    return next.handle().pipe(
      map((body: unknown) => {
        if (typeof body === 'object' && body !== null && 'version' in body)
          response.setHeader('etag', `"${Number(body.version)}"`);
        return body;
      }),
    );
  }
}
