import { Signer } from './signer.js';

const CREDENTIALS = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' };

function authorizationOf(path: string): string | undefined {
  const post = { host: 'bedrock.test', path, headers: {}, body: Buffer.from('{}') };
  return new Signer().sign(post, CREDENTIALS, 'us-east-1', 0)['authorization'];
}

describe(Signer.name, () => {
  it.each(['/base//model/x%3A0/converse', '//base/./model/x%3A0/converse', '/a/../base/model/x%3A0/converse'])(
    'signs a path as AWS reads it: %s',
    (path) => {
      expect(authorizationOf(path)).toBe(authorizationOf('/base/model/x%3A0/converse'));
    },
  );
});
