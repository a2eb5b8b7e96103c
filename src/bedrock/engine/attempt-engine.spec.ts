import { PatientClient } from '../../../test/support/patient-client.js';
import { GatewayError, invalidRequest } from '../../common/errors/gateway-error.js';
import type { WaitingClient } from '../../common/http/waiting-client.js';
import { AttemptEngine, type Candidate, type EngineOptions } from './attempt-engine.js';
import { QuotaShort } from '../quota/quota-gate.js';
import { NotAdmitted } from './metered-attempt.js';

const named = (name: string, message = '', more: object = {}) => Object.assign(new Error(message), { name, ...more });
const throttled = () => named('ThrottlingException', 'Too many requests.');
const fault = () => named('ServiceUnavailableException');
const daily = () => named('ThrottlingException', 'Too many tokens per day.');
const asking = (headers: Record<string, string>) => named('ThrottlingException', '', { $response: { headers } });

const candidate = (region: string, roleArn?: string): Candidate => ({
  region,
  account: roleArn === undefined ? null : { roleArn, externalId: null, sessionTags: {} },
  model: { invokeId: 'model' },
});
const ONE = [candidate('one')] as const;
const TWO = [candidate('one'), candidate('two')] as const;

const withId = (externalId: string) =>
  [{ ...candidate('one'), account: { roleArn: 'a', externalId, sessionTags: {} } }, candidate('two')] as const;

class HurriedClient extends PatientClient {
  override readonly deadlineMs = performance.now() - 1;
}
class SoonGoneClient extends PatientClient {
  override readonly deadlineMs = 400;
}
class RepeatingClient extends PatientClient {
  override readonly retryCount = 1;
}

function setUp(options: Partial<EngineOptions> = {}) {
  const engine = new AttemptEngine({ attemptsMax: 3, retryRatio: 1, breakerFailures: 0, random: () => 0, ...options });
  const tried: string[] = [];
  /** What the regions answer, one after the other; then they answer well. */
  const answers: Record<string, unknown[]> = {};
  const run = (candidates: readonly [Candidate, ...Candidate[]] = ONE, client: WaitingClient = new PatientClient()) =>
    engine.run(candidates, client, ({ region }) => () => {
      tried.push(region);
      const failure = answers[region]?.shift();
      return failure === undefined ? Promise.resolve(`from ${region}`) : Promise.reject(failure);
    });
  return { engine, run, tried, answers };
}

describe(AttemptEngine.name, () => {
  it('repeats what may succeed a moment later, up to the most attempts', async () => {
    const { run, tried, answers } = setUp();
    answers['one'] = [throttled(), fault()];
    await expect(run()).resolves.toBe('from one');
    answers['one'] = [throttled(), fault(), throttled()];
    await expect(run()).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect(tried).toHaveLength(6);
  });

  it.each<[string, Error]>([
    ['a refused request', named('ValidationException', 'messages.0 is wrong')],
    ['a full context', named('ValidationException', 'Input is too long for requested model.')],
  ])('tries %s neither again nor elsewhere', async (_, refusal) => {
    const { run, tried, answers } = setUp();
    answers['one'] = [refusal];
    await expect(run(TWO)).rejects.toBe(refusal);
    expect(tried).toEqual(['one']);
  });

  it('tells whose credentials AWS did not take, and tries the same target again where there is no other', async () => {
    const told: Candidate['account'][] = [];
    const { run, tried, answers } = setUp({ unauthenticated: (account) => told.push(account) });
    answers['one'] = [named('ExpiredTokenException')];
    const candidates = [candidate('one', 'role')] as const;
    await expect(run(candidates)).resolves.toBe('from one');
    expect(tried).toEqual(['one', 'one']);
    expect(told).toEqual([candidates[0].account]);
  });

  it('goes on to the next candidate, then back to the first', async () => {
    const { run, tried, answers } = setUp();
    answers['one'] = [throttled()];
    answers['two'] = [fault()];
    await expect(run(TWO)).resolves.toBe('from one');
    expect(tried).toEqual(['one', 'two', 'one']);
  });

  it('tells of each further attempt, and how many targets are left alone', async () => {
    let ms = 0;
    const kinds: string[] = [];
    const { engine, run, answers } = setUp({ breakerFailures: 2, now: () => ms, retrying: (kind) => kinds.push(kind) });
    answers['one'] = [throttled()];
    answers['two'] = [fault()];
    await run(TWO);
    expect(kinds).toEqual(['failover', 'repeat']);
    expect(engine.circuitsOpen).toBe(0);
    answers['one'] = [throttled()];
    answers['two'] = [new NotAdmitted(invalidRequest(null, 'The budget is used up.'))];
    await run(TWO);
    expect(kinds.splice(0)).toEqual(['failover', 'repeat', 'repeat']);
    answers['two'] = [fault()];
    await run([candidate('two'), candidate('one')]);
    expect(engine.circuitsOpen).toBe(1);
    ms = 1_000;
    expect(engine.circuitsOpen).toBe(0);
  });

  it('never repeats a daily quota on its target, and prefers the other from then on', async () => {
    const { run, tried, answers } = setUp();
    answers['one'] = [daily()];
    await expect(run(TWO)).resolves.toBe('from two');
    await expect(run(TWO)).resolves.toBe('from two');
    expect(tried).toEqual(['one', 'two', 'two']);
    answers['one'] = [daily()];
    await expect(run(ONE)).rejects.toThrow('per day');
    expect(tried).toEqual(['one', 'two', 'two', 'one']);
  });

  it('waits for a quota only where no candidate has room, and then for that of the first', async () => {
    const { engine } = setUp();
    const asked: [string, boolean][] = [];
    const full = new QuotaShort(new GatewayError('full', { status: 429, type: 'account_quota' }));
    const run = (
      candidates: readonly [Candidate, ...Candidate[]],
      hasRoom: (region: string, waits: boolean) => boolean,
    ) =>
      engine.run(candidates, new PatientClient(), ({ region }) => (mayWait) => {
        asked.push([region, mayWait]);
        return hasRoom(region, mayWait) ? Promise.resolve(region) : Promise.reject(full);
      });
    await expect(run(TWO, (region) => region === 'two')).resolves.toBe('two');
    await expect(run(TWO, (_, waits) => waits)).resolves.toBe('one');
    await expect(run(ONE, () => false)).rejects.toBe(full.cause);
    expect(asked).toEqual([
      ['one', false],
      ['two', false],
      ['one', false],
      ['two', false],
      ['one', true],
      ['one', true],
    ]);
  });

  it('repeats what was throttled before it waits for the quota of another', async () => {
    const { engine } = setUp({ random: () => 0.1 });
    const full = new QuotaShort(new GatewayError('full', { status: 429, type: 'account_quota' }));
    const asked: [string, boolean][] = [];
    const answer = engine.run(TWO, new PatientClient(), ({ region }) => (mayWait) => {
      asked.push([region, mayWait]);
      if (region === 'two') return Promise.reject(full);
      return asked.length === 1 ? Promise.reject(throttled()) : Promise.resolve('from one');
    });
    await expect(answer).resolves.toBe('from one');
    expect(asked).toEqual([
      ['one', false],
      ['two', false],
      ['one', false],
    ]);
  });

  it('waits for the quota of another where the repetition of what was throttled comes too late', async () => {
    const { engine } = setUp({ now: () => 0 });
    const full = new QuotaShort(new GatewayError('full', { status: 429, type: 'account_quota' }));
    const answer = engine.run(TWO, new SoonGoneClient(), ({ region }) => (mayWait) => {
      if (region === 'one') return Promise.reject(asking({ 'retry-after-ms': '300' }));
      return mayWait ? Promise.resolve('from two') : Promise.reject(full);
    });
    await expect(answer).resolves.toBe('from two');
  });

  it('finds out after a minute whether an unusable target serves again', async () => {
    let ms = 0;
    const { run, tried, answers } = setUp({ now: () => ms });
    answers['one'] = [daily()];
    await run(TWO);
    ms = 60_001;
    await run(TWO);
    await run(TWO);
    expect(tried).toEqual(['one', 'two', 'one', 'one']);
  });

  it('waits as long as Bedrock asks, and not at all when that is too long', async () => {
    const { run, tried, answers } = setUp();
    answers['one'] = [asking({ 'retry-after': '6' })];
    await expect(run()).rejects.toMatchObject({ name: 'ThrottlingException' });
    answers['one'] = [asking({ 'retry-after-ms': '30' })];
    const startedAt = performance.now();
    await expect(run()).resolves.toBe('from one');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(29);
    expect(tried).toHaveLength(3);
  });

  it.each([
    ['none of the bound', 0, 2],
    ['the whole bound', 1, 1],
  ])('waits for %s as the dice fall', async (_, random, attempts) => {
    const { run, tried, answers } = setUp({ random: () => random, now: () => 0 });
    answers['one'] = [throttled()];
    await run(ONE, new SoonGoneClient()).catch(() => undefined);
    expect(tried).toHaveLength(attempts);
  });

  it('turns to the candidate that is due first', async () => {
    const { run, tried, answers } = setUp();
    answers['one'] = [asking({ 'retry-after': '4' })];
    answers['two'] = [throttled()];
    await expect(run(TWO)).resolves.toBe('from two');
    expect(tried).toEqual(['one', 'two', 'two']);
  });

  it.each<[string, Error]>([
    ['lacks the model', named('ResourceNotFoundException')],
    ['lacks the rights to it', named('AccessDeniedException', 'You are not authorized.')],
    ['cannot take the request', named('ValidationException', 'This model takes no images.')],
  ])('tells that the first target is throttled, not that its stand-in %s', async (_, refusal) => {
    const { run, tried, answers } = setUp();
    const three = [...TWO, candidate('three')] as const;
    answers['one'] = [throttled()];
    answers['two'] = [refusal];
    answers['three'] = [refusal];
    await expect(run(three)).rejects.toMatchObject({ name: 'ThrottlingException' });
    answers['one'] = [throttled()];
    answers['two'] = [refusal];
    await expect(run(three)).resolves.toBe('from three');
    expect(tried).toEqual(['one', 'two', 'three', 'one', 'two', 'three']);
  });

  it('tells what a target itself refuses after it was throttled', async () => {
    const { run, answers } = setUp();
    const refusal = named('ValidationException', 'Input is too long for requested model.');
    answers['one'] = [throttled(), refusal];
    await expect(run()).rejects.toBe(refusal);
  });

  it('asks no other target of an account whose role is refused, and prefers other accounts from then on', async () => {
    const { run, tried, answers } = setUp();
    const refused = named('RoleRefused');
    const all = [candidate('one', 'a'), candidate('two', 'a'), candidate('three', 'b')] as const;
    answers['one'] = [refused];
    await expect(run(all)).resolves.toBe('from three');
    await expect(run(all)).resolves.toBe('from three');
    expect(tried).toEqual(['one', 'three', 'three']);
    answers['one'] = [refused];
    await expect(run([all[0], all[1]])).rejects.toBe(refused);
  });

  it('goes on where the first target lacks the rights, and prefers the other from then on', async () => {
    const { run, tried, answers } = setUp();
    const refused = named('AccessDeniedException', 'You are not authorized.', { $metadata: { httpStatusCode: 403 } });
    answers['one'] = [refused];
    await expect(run(TWO)).resolves.toBe('from two');
    await expect(run(TWO)).resolves.toBe('from two');
    expect(tried).toEqual(['one', 'two', 'two']);
    answers['one'] = [refused];
    await expect(run(ONE)).rejects.toBe(refused);
  });

  it('asks no other target of an account whose credentials cannot be had, but the same one again', async () => {
    const { run, tried, answers } = setUp();
    const all = [candidate('one', 'a'), candidate('two', 'a'), candidate('three', 'b')] as const;
    answers['one'] = [named('RoleServiceUnavailable')];
    answers['three'] = [throttled()];
    await expect(run(all)).resolves.toBe('from one');
    expect(tried).toEqual(['one', 'three', 'one']);
  });

  it('holds a refused external id against no other', async () => {
    const { run, tried, answers } = setUp();
    answers['one'] = [named('RoleRefused')];
    await expect(run(withId('wrong'))).resolves.toBe('from two');
    await expect(run(withId('right'))).resolves.toBe('from one');
    await expect(run(withId('wrong'))).resolves.toBe('from two');
    expect(tried).toEqual(['one', 'two', 'one', 'two']);
  });

  it('sends other requests elsewhere while a target asks to wait, and is kept from none that has no other', async () => {
    let ms = 0;
    const { run, tried, answers } = setUp({ now: () => ms });
    answers['one'] = [asking({ 'retry-after': '30' })];
    await expect(run(TWO)).resolves.toBe('from two');
    await expect(run(TWO)).resolves.toBe('from two');
    ms = 30_000;
    await expect(run(TWO)).resolves.toBe('from one');
    answers['one'] = [asking({ 'retry-after': '600' })];
    await expect(run(TWO)).resolves.toBe('from two');
    ms = 90_000;
    await expect(run(TWO)).resolves.toBe('from one');
    answers['one'] = [asking({ 'retry-after': '30' })];
    await expect(run(ONE)).rejects.toMatchObject({ name: 'ThrottlingException' });
    await expect(run(ONE)).resolves.toBe('from one');
    await expect(run(TWO)).resolves.toBe('from one');
    expect(tried).toEqual(['one', 'two', 'two', 'one', 'one', 'two', 'one', 'one', 'one', 'one']);
  });

  it('makes no retry that the client cannot wait for', async () => {
    const { run, tried, answers } = setUp();
    answers['one'] = [throttled()];
    await expect(run(ONE, new HurriedClient())).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect(tried).toEqual(['one']);
  });

  it('begins nothing for a client that has left', async () => {
    const { run, tried } = setUp();
    const client = new PatientClient();
    client.leave();
    await expect(run(ONE, client)).rejects.toMatchObject({ status: 499, code: 'client_left' });
    expect(tried).toEqual([]);
  });

  it('makes no retry for a client that has left', async () => {
    const { run, tried, answers } = setUp({ random: () => 1 });
    const client = new PatientClient();
    answers['one'] = [throttled()];
    const answer = run(ONE, client);
    client.leave();
    await expect(answer).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect(tried).toEqual(['one']);
  });

  it('leaves repetition to a client that repeats, but goes on to other candidates', async () => {
    const { run, tried, answers } = setUp();
    answers['one'] = [throttled(), throttled()];
    await expect(run(ONE, new RepeatingClient())).rejects.toMatchObject({ name: 'ThrottlingException' });
    await expect(run(TWO, new RepeatingClient())).resolves.toBe('from two');
    expect(tried).toEqual(['one', 'one', 'two']);
  });

  it('keeps retries within the budget', async () => {
    const { run, tried, answers } = setUp({ retryRatio: 0.1 });
    answers['one'] = Array.from({ length: 10_000 }, throttled);
    for (let request = 0; request < 500; request += 1) {
      await expect(run()).rejects.toMatchObject({ name: 'ThrottlingException' });
    }
    expect(tried.length).toBeLessThanOrEqual(550);
    expect(tried.length).toBeGreaterThanOrEqual(545);
  });

  it('takes neither a retry from the budget nor one of the attempts for one that was not made', async () => {
    const { run, tried, answers } = setUp({ retryRatio: 0, attemptsMax: 2 });
    const full = new QuotaShort(new GatewayError('full', { status: 429, type: 'account_quota' }));
    const refusal = new NotAdmitted(invalidRequest(null, 'The budget is used up.'));
    for (const unmade of [full, refusal, full, refusal]) {
      answers['one'] = [throttled()];
      answers['two'] = [unmade];
      await expect(run(TWO)).resolves.toBe('from one');
      expect(tried.splice(0)).toEqual(['one', 'two', 'one']);
    }
  });

  it('takes no retry from the budget for a client that leaves while it waits for one', async () => {
    const { run, tried, answers } = setUp({ retryRatio: 0, random: () => 1 });
    answers['one'] = Array.from({ length: 20 }, throttled);
    for (let request = 0; request < 20; request += 1) {
      const client = new PatientClient();
      const answer = run(ONE, client);
      await new Promise(setImmediate);
      client.leave();
      await expect(answer).rejects.toMatchObject({ name: 'ThrottlingException' });
    }
    answers['one'] = [asking({ 'retry-after-ms': '0' })];
    await expect(run()).resolves.toBe('from one');
    expect(tried).toHaveLength(22);
  });

  it('leaves a failing target alone, says so at once, and sends one probe', async () => {
    let ms = 0;
    const { run, tried, answers } = setUp({ attemptsMax: 1, breakerFailures: 3, now: () => ms });
    answers['one'] = [fault(), fault(), fault()];
    for (let request = 0; request < 3; request += 1) {
      await expect(run()).rejects.toMatchObject({ name: 'ServiceUnavailableException' });
    }
    await expect(run()).rejects.toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(tried).toHaveLength(3);
    await expect(run(TWO)).resolves.toBe('from two');
    ms = 1_000;
    const answered = await Promise.allSettled(Array.from({ length: 20 }, () => run()));
    expect(answered.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(tried).toEqual(['one', 'one', 'one', 'two', 'one']);
    await expect(run()).resolves.toBe('from one');
  });

  it('calls a target that was throttled to the end throttled', async () => {
    const { run, answers } = setUp({ attemptsMax: 1, breakerFailures: 1 });
    answers['one'] = Array.from({ length: 5 }, throttled);
    for (let request = 0; request < 5; request += 1) {
      await expect(run()).rejects.toMatchObject({ name: 'ThrottlingException' });
    }
    await expect(run()).rejects.toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
  });

  it('tells how long to wait for those targets only that can take the request', async () => {
    let ms = 0;
    const { engine } = setUp({ attemptsMax: 1, breakerFailures: 1, now: () => ms });
    const run = () =>
      engine.run(TWO, new PatientClient(), ({ region }) => {
        if (region === 'two') throw invalidRequest('tools', 'This model takes no tools.');
        return () => Promise.reject(throttled());
      });
    for (let request = 0; request < 5; request += 1) {
      await expect(run()).rejects.toMatchObject({ name: 'ThrottlingException' });
    }
    ms = 1_000;
    await expect(run()).rejects.toMatchObject({ name: 'ThrottlingException' });
    await expect(run()).rejects.toMatchObject({ status: 429, headers: { 'retry-after': '2' } });
  });

  it('does not hold a refusal of the client against the target', async () => {
    const { run, answers } = setUp({ breakerFailures: 1 });
    answers['one'] = [named('ValidationException', 'wrong', { $metadata: { httpStatusCode: 400 } })];
    await expect(run()).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(run()).resolves.toBe('from one');
  });

  it('throws what the first candidate cannot take, and passes over another that cannot', async () => {
    const { engine } = setUp();
    const refusal = invalidRequest('tools', 'This model takes no tools.');
    const plan =
      (refusing: string) =>
      ({ region }: Candidate) => {
        if (region === refusing) throw refusal;
        return () => (region === 'one' ? Promise.reject(fault()) : Promise.resolve(`from ${region}`));
      };
    const three = [...TWO, candidate('three')] as const;
    await expect(engine.run(three, new PatientClient(), plan('one'))).rejects.toBe(refusal);
    await expect(engine.run(three, new PatientClient(), plan('two'))).resolves.toBe('from three');
  });

  it('tells the failure of Bedrock when the retry may not be paid', async () => {
    const { run, answers } = setUp();
    const refusal = invalidRequest(null, 'The budget is used up.');
    answers['one'] = [new NotAdmitted(refusal)];
    await expect(run()).rejects.toBe(refusal);
    answers['one'] = [fault(), new NotAdmitted(refusal)];
    await expect(run()).rejects.toMatchObject({ name: 'ServiceUnavailableException' });
  });

  it('makes at most 1.1 attempts a request while every fifth attempt fails, with a circuit that stays closed', async () => {
    const requests = 2_000;
    const { engine } = setUp({ retryRatio: 0.1, breakerFailures: 5 });
    let attempts = 0;
    let served = 0;
    const plan = () => () => {
      attempts += 1;
      return attempts % 5 === 0 ? Promise.reject(fault()) : Promise.resolve('an answer');
    };
    for (let request = 0; request < requests; request += 1) {
      served += await engine.run(ONE, new PatientClient(), plan).then(
        () => 1,
        () => 0,
      );
    }
    expect(attempts).toBeLessThanOrEqual(1.1 * requests + 5);
    expect(served).toBeGreaterThan(0.85 * requests);
  });
});
