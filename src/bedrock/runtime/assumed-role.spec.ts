import { assumeRole, ownCredentials } from './assumed-role.js';
import { RefreshedCredentials } from './credentials.js';

const ACCOUNT = { roleArn: 'arn:aws:iam::123456789012:role/team', externalId: null, sessionTags: {} };
const OWN = { accessKeyId: 'AKIAOWN', secretAccessKey: 'own-secret' };

const noOwn = () => ownCredentials(() => Promise.reject(new Error('Could not load credentials.')));

/** An STS that fails in one way, and how often it was asked. */
function failingSts(name = 'TimeoutError') {
  let asked = 0;
  const requestHandler = {
    handle() {
      asked += 1;
      return Promise.reject(Object.assign(new Error('no answer'), { name }));
    },
  };
  return { clientConfig: { region: 'us-east-1', requestHandler }, asked: () => asked };
}

describe(ownCredentials.name, () => {
  it('tells every failure as one that may pass, and none as an answer of Bedrock', async () => {
    const cause = Object.assign(new Error('of the token service'), {
      name: 'AccessDeniedException',
      $metadata: { httpStatusCode: 403, requestId: 'sts-1' },
    });
    const failure: unknown = await ownCredentials(() => Promise.reject(cause)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'CredentialsUnavailable', cause });
    expect(failure).not.toHaveProperty('$metadata');
  });

  it('waits for no source that never answers', async () => {
    await expect(ownCredentials(() => new Promise(() => undefined), 1)).rejects.toMatchObject({
      name: 'CredentialsUnavailable',
    });
  });

  it('takes line breaks off, and an empty token for none', async () => {
    const expiration = new Date();
    const told = { accessKeyId: ' AKIAOWN\n', secretAccessKey: 'own-secret\n', sessionToken: '\n', expiration };
    expect(await ownCredentials(() => Promise.resolve(told))).toEqual({ ...OWN, sessionToken: undefined, expiration });
    const { sessionToken } = await ownCredentials(() => Promise.resolve({ ...told, sessionToken: 'token\r\n' }));
    expect(sessionToken).toBe('token');
  });
});

describe(assumeRole.name, () => {
  it('asks an STS that does not answer twice at most', async () => {
    const sts = failingSts();
    const own = new RefreshedCredentials(() => Promise.resolve(OWN));
    const asking = assumeRole(ACCOUNT, { own, clientConfig: sts.clientConfig });
    await expect(asking).rejects.toMatchObject({ name: 'RoleServiceUnavailable' });
    expect(sts.asked()).toBe(2);
  });

  it('does not call a role refused that there were no own credentials to ask for', async () => {
    const sts = failingSts();
    const asking = assumeRole(ACCOUNT, { own: new RefreshedCredentials(noOwn), clientConfig: sts.clientConfig });
    await expect(asking).rejects.toMatchObject({ name: 'CredentialsUnavailable' });
    expect(sts.asked()).toBe(0);
  });

  it('does not call a role refused that STS does not know the own credentials, and asks for newer ones', async () => {
    const sts = failingSts('ExpiredToken');
    let fetched = 0;
    const own = new RefreshedCredentials(() => {
      fetched += 1;
      return Promise.resolve(OWN);
    });
    const asking = assumeRole(ACCOUNT, { own, clientConfig: sts.clientConfig });
    await expect(asking).rejects.toMatchObject({ name: 'CredentialsUnavailable' });
    expect(fetched).toBe(2);
  });
});
