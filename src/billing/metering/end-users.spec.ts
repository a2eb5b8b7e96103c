import type { AppConfig } from '../../config/app-config.js';
import { UNRESTRICTED } from '../../tenants/access-policy.js';
import { EndUsers } from './end-users.js';

const users = new EndUsers({ apiKeyPepper: 'pepper' } as AppConfig);
const caller = (endUser: 'keep' | 'hash' | 'drop', tenantId = 'ten_1') => ({
  tenantId,
  policy: { ...UNRESTRICTED, endUser },
});

describe(EndUsers.name, () => {
  it.each([
    ['user', { user: 'alice' }, 'alice'],
    ['safety_identifier', { safety_identifier: 'bob' }, 'bob'],
    ['user before safety_identifier', { user: 'alice', safety_identifier: 'bob' }, 'alice'],
    ['nothing', {}, null],
    ['an empty name', { user: '' }, null],
    ['what is not text', { user: 7 }, null],
    ['a body that is no object', 'user', null],
    ['no body', undefined, null],
    ['NUL and half a character', { user: 'a\u0000b\ud800c' }, 'a\uFFFDb\uFFFDc'],
    ['no half character where it is cut', { user: `${'x'.repeat(255)}🦊` }, `${'x'.repeat(255)}\uFFFD`],
  ])('keeps %s', (_, body, expected) => {
    expect(users.attribute(caller('keep'), body)).toBe(expected);
  });

  it('drops', () => {
    expect(users.attribute(caller('drop'), { user: 'alice' })).toBeNull();
  });

  it('hashes: the same for the same user, another one for another user, tenant or pepper', () => {
    const hash = users.attribute(caller('hash'), { user: 'alice' });
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(users.attribute(caller('hash'), { safety_identifier: 'alice' })).toBe(hash);
    expect(users.attribute(caller('hash'), { user: 'bob' })).not.toBe(hash);
    expect(users.attribute(caller('hash', 'ten_2'), { user: 'alice' })).not.toBe(hash);
    const other = new EndUsers({ apiKeyPepper: 'salt' } as AppConfig);
    expect(other.attribute(caller('hash'), { user: 'alice' })).not.toBe(hash);
    expect(users.attribute(caller('hash'), {})).toBeNull();
  });
});
