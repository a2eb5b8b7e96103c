import type { IncomingHttpHeaders } from 'node:http';
import { presentedSecret } from './presented-secret.js';

describe(presentedSecret.name, () => {
  it.each<[string, IncomingHttpHeaders, string | null]>([
    ['Bearer', { authorization: 'Bearer sk-1' }, 'sk-1'],
    ['bearer', { authorization: 'bearer sk-1' }, 'sk-1'],
    ['BEARER with more spaces', { authorization: 'BEARER   sk-1 ' }, 'sk-1'],
    ['x-api-key', { 'x-api-key': 'sk-1' }, 'sk-1'],
    ['api-key', { 'api-key': ' sk-1 ' }, 'sk-1'],
    ['Bearer before x-api-key', { authorization: 'Bearer sk-1', 'x-api-key': 'sk-2' }, 'sk-1'],
    ['x-api-key beside another scheme', { authorization: 'Basic YTpi', 'x-api-key': 'sk-2' }, 'sk-2'],
    ['nothing', {}, null],
    ['Basic', { authorization: 'Basic YTpi' }, null],
    ['Bearer without a secret', { authorization: 'Bearer ' }, null],
    ['Bearer with two words', { authorization: 'Bearer sk-1 sk-2' }, null],
    ['a bare secret', { authorization: 'sk-1' }, null],
    ['an empty x-api-key', { 'x-api-key': '' }, null],
    ['api-key beside an empty x-api-key', { 'x-api-key': '', 'api-key': 'sk-1' }, 'sk-1'],
    ['a secret with spaces in x-api-key', { 'x-api-key': 'four words of mine' }, 'four words of mine'],
    ['a secret of 20,000 letters', { 'x-api-key': 'a'.repeat(20_000) }, null],
  ])('reads %s', (_, headers, secret) => {
    expect(presentedSecret(headers)).toBe(secret);
  });
});
