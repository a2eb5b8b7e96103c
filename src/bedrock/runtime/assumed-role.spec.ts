import { assumeRole, ownCredentials } from './assumed-role.js';

const ACCOUNT = { roleArn: 'arn:aws:iam::123456789012:role/team', externalId: null, sessionTags: {} };
const OWN = { accessKeyId: 'AKIAOWN', secretAccessKey: 'own-secret' };

const noOwn = () => ownCredentials(() => Promise.reject(new Error('Could not load credentials.')));

/** An STS that answers nothing, and how often it was asked. */
function silentSts() {
  let asked = 0;
  const requestHandler = {
    handle() {
      asked += 1;
      return Promise.reject(Object.assign(new Error('no answer'), { name: 'TimeoutError' }));
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
});

describe(assumeRole.name, () => {
  it('asks an STS that does not answer twice at most', async () => {
    const sts = silentSts();
    const asking = assumeRole(ACCOUNT, { own: () => Promise.resolve(OWN), clientConfig: sts.clientConfig });
    await expect(asking).rejects.toMatchObject({ name: 'RoleServiceUnavailable' });
    expect(sts.asked()).toBe(2);
  });

  it('does not call a role refused that there were no own credentials to ask for', async () => {
    const sts = silentSts();
    const asking = assumeRole(ACCOUNT, { own: noOwn, clientConfig: sts.clientConfig });
    await expect(asking).rejects.toMatchObject({ name: 'CredentialsUnavailable' });
    expect(sts.asked()).toBe(0);
  });
});
