import { z } from 'zod';
import { toInvalidRequest } from './validation-issue.js';

describe(toInvalidRequest.name, () => {
  it.each([
    [
      'a pattern that says what it asks for',
      z.string().regex(/^20\d{2}-\d{2}$/, 'must be a month such as 2026-10'),
      "Invalid value for 'field': it must be a month such as 2026-10.",
    ],
    [
      'a pattern without words of its own',
      z.string().regex(/^[a-z]+$/),
      "Invalid value for 'field': it holds characters that are not allowed.",
    ],
    ['a format that Zod knows', z.uuid(), "Invalid value for 'field': it holds characters that are not allowed."],
  ])('explains %s, without what was sent', (_, field, message) => {
    const { issues = [] } = z.object({ field }).safeParse({ field: 'A prompt!' }).error ?? {};
    expect(toInvalidRequest(issues)).toMatchObject({ status: 400, param: 'field', code: 'invalid_value', message });
  });
});
