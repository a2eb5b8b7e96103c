import { toVersion } from './etag.js';

describe(toVersion.name, () => {
  it.each<[string | undefined, number | null]>([
    [undefined, null],
    ['*', null],
    ['"3"', 3],
    [' "12" ', 12],
    ['3', -1],
    ['W/"3"', -1],
    ['"x"', -1],
    ['', -1],
  ])('If-Match %s asks for %s', (header, version) => {
    expect(toVersion(header)).toBe(version);
  });
});
