// What the adapter does with answers that no test double of a cloud gives, over real HTTP.

import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RequestSeen } from '../../src/aws/clients.ts';
import { openAccounts, type OpenAccountsOptions } from '../../src/aws/open-accounts.ts';
import type { Account } from '../../src/domain/policy.ts';
import type { EcsPort, IamPort } from '../../src/domain/ports.ts';
import { testAccount } from './accounts.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';
import {
  type ScriptedAnswer,
  type ScriptedAws,
  type ScriptedRequest,
  startScriptedAws,
} from './scripted-aws.ts';

const signal = new AbortController().signal;
const service = { region: 'eu-west-1', cluster: 'prod', service: 'web' };
const spokeRole = { arn: 'arn:aws:iam::111122223333:role/rolewarden-spoke', externalId: 'x-1' };

type Script = (request: ScriptedRequest, nth: number) => ScriptedAnswer | undefined;

interface Opened {
  readonly aws: ScriptedAws;
  readonly clock: ManualClock;
  readonly port: IamPort;
  readonly ecs: EcsPort;
  readonly seen: RequestSeen[];
  readonly open: ReturnType<typeof openAccounts>;
  readonly actions: () => string[];
}

const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

const identity = (accountId: string): ScriptedAnswer => ({ body: `<Account>${accountId}</Account>` });

const session = (keyId: string, expires: number): ScriptedAnswer => ({
  body: `<Credentials><AccessKeyId>${keyId}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${new Date(expires).toISOString()}</Expiration></Credentials>`,
});

/** What a healthy, empty account answers. */
const healthy = (clock: ManualClock, request: ScriptedRequest, nth: number): ScriptedAnswer => {
  switch (request.action) {
    case 'GetCallerIdentity':
      return identity('111122223333');
    case 'AssumeRole':
      return session(`ASIASPOKE${nth}`, clock.now() + 3_600_000);
    case 'GetAccountAuthorizationDetails':
      return { body: '<IsTruncated>false</IsTruncated><RoleDetailList/>' };
    case 'ListRoles':
      return { body: '<IsTruncated>false</IsTruncated><Roles/>' };
    case 'GetAccountSummary':
      return { body: '<SummaryMap><entry><key>Roles</key><value>0</value></entry></SummaryMap>' };
    case 'ListSAMLProviders':
      return { body: '<SAMLProviderList/>' };
    case 'ListOpenIDConnectProviders':
      return { body: '<OpenIDConnectProviderList/>' };
    default:
      return {};
  }
};

const start = async (
  script: Script,
  account: Account = testAccount(),
  more: Partial<OpenAccountsOptions> = {},
): Promise<Opened> => {
  const clock = manualClock(Date.now());
  const aws = await startScriptedAws((request, nth) => script(request, nth) ?? healthy(clock, request, nth));
  const seen: RequestSeen[] = [];
  const open = openAccounts({
    settings: { requestTimeoutMs: 2_000, writesPerSecond: 2, writeBurst: 5 },
    clock,
    sleep: clock.sleep,
    random: () => 0.5,
    endpoint: aws.url,
    ownCredentials: async () => ({ accessKeyId: 'AKIAOWN', secretAccessKey: 's' }),
    onRequest: (request) => seen.push(request),
    ...more,
  });
  running.push(async () => {
    open.close();
    await aws.stop();
  });
  const actions = (): string[] => aws.requests.map((request) => request.action);
  const { iam: port, ecs } = open(account);
  return { aws, clock, port, ecs, seen, open, actions };
};

const none: Script = () => undefined;

it('connections are kept after a request, and end when the accounts are closed', async () => {
  const { aws, port, open } = await start(none);
  await port.updateTrust('a', '{}', signal);
  expect(await aws.connections()).toBe(1);
  open.close();
  await vi.waitFor(async () => expect(await aws.connections()).toBe(0));
});

describe('whose credentials', () => {
  it('are asked for once before the first use, and again for another key', async () => {
    let key = 'AKIAONE';
    const { port, actions } = await start(none, testAccount(), {
      ownCredentials: async () => ({ accessKeyId: key, secretAccessKey: 's' }),
    });
    await Promise.all([port.updateTrust('a', '{}', signal), port.updateTrust('b', '{}', signal)]);
    await port.updateTrust('c', '{}', signal);
    expect(actions().filter((action) => action === 'GetCallerIdentity')).toHaveLength(1);
    expect(actions()[0]).toBe('GetCallerIdentity');
    key = 'AKIATWO';
    await port.updateTrust('c', '{}', signal);
    expect(actions().filter((action) => action === 'GetCallerIdentity')).toHaveLength(2);
  });

  it('are asked for once for IAM and ECS together', async () => {
    const { port, ecs, actions } = await start(none);
    await Promise.all([port.updateTrust('a', '{}', signal), ecs.updateService(service, {}, signal)]);
    await ecs.readService(service, signal);
    expect(actions().filter((action) => action === 'GetCallerIdentity')).toHaveLength(1);
  });

  it('of another account are used for nothing', async () => {
    const { port, ecs, actions } = await start(({ action }) =>
      action === 'GetCallerIdentity' ? identity('999900001111') : undefined,
    );
    const wrong = {
      kind: 'invalid',
      code: 'WrongAccount',
      message: expect.stringMatching(/account production .*999900001111.*111122223333/),
    };
    await expect(port.updateTrust('a', '{}', signal)).rejects.toMatchObject(wrong);
    expect(await port.observe(signal)).toMatchObject({ state: 'unreadable', problem: wrong });
    expect(await port.readRole('a', signal)).toMatchObject({ state: 'unreadable', problem: wrong });
    await expect(ecs.updateService(service, {}, signal)).rejects.toMatchObject(wrong);
    expect(await ecs.readService(service, signal)).toMatchObject({ state: 'unreadable', problem: wrong });
    expect((await ecs.observe([service], signal)).clusters.get('eu-west-1/prod')).toMatchObject({
      state: 'unreadable',
      problem: wrong,
    });
    expect(new Set(actions())).toEqual(new Set(['GetCallerIdentity']));
  });

  it('that nobody vouches for are used for nothing', async () => {
    const { port } = await start(({ action }) => (action === 'GetCallerIdentity' ? {} : undefined));
    await expect(port.updateTrust('a', '{}', signal)).rejects.toMatchObject({ kind: 'transient' });
  });

  it('of a spoke role in another account are not even asked for', async () => {
    const account = testAccount({ spokeRole: { ...spokeRole, arn: 'arn:aws:iam::999900001111:role/spoke' } });
    const { port, aws } = await start(none, account);
    await expect(port.updateTrust('a', '{}', signal)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/999900001111.*111122223333/),
    });
    expect(aws.requests).toEqual([]);
  });

  it('that are missing are a denial with what to do', async () => {
    const { port } = await start(none, testAccount(), {
      ownCredentials: async () => {
        throw Object.assign(new Error('Could not load credentials from any providers'), {
          name: 'CredentialsProviderError',
        });
      },
    });
    expect(await port.observe(signal)).toMatchObject({
      state: 'unreadable',
      problem: { kind: 'denied', message: expect.stringContaining('AWS_PROFILE') },
    });
  });
});

describe('a spoke role', () => {
  const account = testAccount({ spokeRole });

  it('is assumed with external id, name and one hour, by our own credentials', async () => {
    const { port, aws } = await start(none, account);
    await port.updateTrust('a', '{}', signal);
    const [assume, caller, write] = aws.requests;
    expect(Object.fromEntries(assume?.parameters ?? [])).toMatchObject({
      Action: 'AssumeRole',
      RoleArn: spokeRole.arn,
      ExternalId: 'x-1',
      RoleSessionName: 'rolewarden',
      DurationSeconds: '3600',
    });
    expect([assume, caller, write].map((request) => `${request?.action} ${request?.accessKeyId}`)).toEqual([
      'AssumeRole AKIAOWN',
      'GetCallerIdentity ASIASPOKE1',
      'UpdateAssumeRolePolicy ASIASPOKE1',
    ]);
  });

  it('is assumed once for many calls at once, and again five minutes before it ends', async () => {
    const { port, clock, aws } = await start(none, account);
    await port.observe(signal);
    clock.advance(54 * 60_000);
    await port.observe(signal);
    const assumed = (): number => aws.requests.filter((request) => request.action === 'AssumeRole').length;
    expect(assumed()).toBe(1);
    clock.advance(2 * 60_000);
    await port.observe(signal);
    expect(assumed()).toBe(2);
    expect(aws.requests.at(-1)?.accessKeyId).toBe('ASIASPOKE2');
  });

  it('whose STS is down is used as long as its session is good', async () => {
    const down: Script = ({ action }, nth) =>
      action === 'AssumeRole' && nth > 1 ? { status: 503, code: 'ServiceUnavailable' } : undefined;
    const { port, clock } = await start(down, account);
    await port.updateTrust('a', '{}', signal);
    clock.advance(57 * 60_000);
    await port.updateTrust('a', '{}', signal);
    clock.advance(3 * 60_000);
    await expect(port.updateTrust('a', '{}', signal)).rejects.toMatchObject({
      kind: 'transient',
      message: expect.stringContaining(`sts:AssumeRole on ${spokeRole.arn}`),
    });
  });

  it('that refuses us says what to check, and is asked again next time', async () => {
    const refused: Script = ({ action }, nth) =>
      action === 'AssumeRole' && nth === 1 ? { status: 403, code: 'AccessDenied' } : undefined;
    const { port } = await start(refused, account);
    await expect(port.updateTrust('a', '{}', signal)).rejects.toMatchObject({
      kind: 'denied',
      code: 'AccessDenied',
      message: expect.stringContaining(
        `cannot assume ${spokeRole.arn}: check the role's trust policy and external id`,
      ),
    });
    await port.updateTrust('a', '{}', signal);
  });

  it.each(['ExpiredToken', 'InvalidClientTokenId'])('is assumed again after %s', async (code) => {
    const revoked: Script = ({ action, accessKeyId }) =>
      action === 'GetRole' && accessKeyId === 'ASIASPOKE1' ? { status: 403, code } : undefined;
    const { port, aws } = await start(revoked, account);
    expect(await port.readRole('a', signal)).toMatchObject({
      state: 'unreadable',
      problem: { kind: 'denied', code },
    });
    await port.readRole('a', signal);
    expect(aws.requests.at(-1)).toMatchObject({ action: 'GetRole', accessKeyId: 'ASIASPOKE2' });
  });

  it.each(['ExpiredTokenException', 'UnrecognizedClientException'])(
    'is assumed again after %s of ECS',
    async (code) => {
      const revoked: Script = ({ action, accessKeyId }) =>
        action === 'DescribeServices' && accessKeyId === 'ASIASPOKE1' ? { code } : undefined;
      const { ecs, aws } = await start(revoked, account);
      expect(await ecs.readService(service, signal)).toMatchObject({
        state: 'unreadable',
        problem: { kind: 'denied', code },
      });
      await ecs.readService(service, signal);
      expect(aws.requests.at(-1)).toMatchObject({ action: 'DescribeServices', accessKeyId: 'ASIASPOKE2' });
    },
  );

  it('whose answer has no credentials is no success', async () => {
    const empty: Script = ({ action }) => (action === 'AssumeRole' ? {} : undefined);
    const { port } = await start(empty, account);
    await expect(port.updateTrust('a', '{}', signal)).rejects.toMatchObject({ kind: 'transient' });
  });
});

describe('retries', () => {
  it('try a throttled write four times, count each, and slow the next writes down', async () => {
    const { port, seen, clock } = await start(({ action }) =>
      action === 'UpdateAssumeRolePolicy' ? { code: 'Throttling' } : undefined,
    );
    await expect(port.updateTrust('a', '{}', signal)).rejects.toMatchObject({
      kind: 'transient',
      code: 'Throttling',
    });
    const attempt = { service: 'iam', operation: 'UpdateAssumeRolePolicy', code: 'Throttling' };
    expect(seen).toEqual([
      { service: 'sts', operation: 'GetCallerIdentity', code: '200' },
      attempt,
      attempt,
      attempt,
      attempt,
    ]);
    expect(clock.slept).toEqual([200, 400, 800]);
    for (let i = 0; i < 6; i += 1) await port.deleteRole('a', signal);
    // Half of two a second, and less: throttled again after a second and a half.
    expect(clock.slept.at(-1)).toBeGreaterThanOrEqual(900);
  });

  it('do not slow writes down for throttled reads', async () => {
    const { port, clock } = await start(({ action }) =>
      action === 'GetRole' ? { code: 'Throttling' } : undefined,
    );
    expect(await port.readRole('a', signal)).toMatchObject({
      state: 'unreadable',
      problem: { code: 'Throttling' },
    });
    clock.slept.length = 0;
    for (let i = 0; i < 6; i += 1) await port.deleteRole('a', signal);
    expect(clock.slept).toEqual([500]);
  });

  it.each<[string, ScriptedAnswer]>([
    ['a dropped connection', { how: 'drop' }],
    ['an answer that never comes', { how: 'hang' }],
    ['an answer that stops in the middle', { how: 'hangBody' }],
    ['an HTML page of a gateway', { status: 502, raw: true, body: '<html>bad gateway' }],
    ['a success cut in half', { raw: true, body: '<UpdateAssumeRolePolicyRespo' }],
    ['someone else being at it', { status: 409, code: 'ConcurrentModification' }],
  ])('get over %s', async (_name, first) => {
    const { port, seen } = await start(
      ({ action }, nth) => (action === 'UpdateAssumeRolePolicy' && nth === 1 ? first : undefined),
      testAccount(),
      { settings: { requestTimeoutMs: 100, writesPerSecond: 2, writeBurst: 5 } },
    );
    await port.updateTrust('a', '{}', signal);
    expect(seen.filter((request) => request.operation === 'UpdateAssumeRolePolicy')).toHaveLength(2);
    expect(seen.at(-1)?.code).toBe('200');
  });

  it('end at once when the caller stops', async () => {
    const stop = new AbortController();
    const hanging: Script = ({ action }) => {
      if (action !== 'UpdateAssumeRolePolicy') return undefined;
      stop.abort(new Error('stopped'));
      return { how: 'hang' };
    };
    const { port, seen } = await start(hanging, testAccount(), {
      settings: { requestTimeoutMs: 600_000, writesPerSecond: 2, writeBurst: 5 },
    });
    await expect(port.updateTrust('a', '{}', stop.signal)).rejects.toThrow('stopped');
    expect(seen.filter((request) => request.service === 'iam')).toHaveLength(1);
  });

  it('do not repeat a permanent quota', async () => {
    const { port, seen } = await start(({ action }) =>
      action === 'UpdateAssumeRolePolicy' ? { status: 409, code: 'LimitExceeded' } : undefined,
    );
    await expect(port.updateTrust('a', '{}', signal)).rejects.toMatchObject({ kind: 'invalid' });
    expect(seen.filter((request) => request.service === 'iam')).toHaveLength(1);
  });
});

describe('a write', () => {
  it.each<[string, ScriptedAnswer]>([
    ['an empty page', { raw: true, requestId: false }],
    ['a captive portal', { raw: true, body: '<html><body>log in</body></html>', requestId: false }],
  ])('is not done because %s says 200', async (_name, answer) => {
    const { port } = await start(({ action }) => (action === 'UpdateAssumeRolePolicy' ? answer : undefined));
    await expect(port.updateTrust('a', '{}', signal)).rejects.toMatchObject({
      kind: 'transient',
      code: 'BrokenAnswer',
    });
  });

  it.each<[string, ScriptedAnswer]>([
    ['an empty object', { raw: true, body: '{}', requestId: false }],
    ['an empty page', { raw: true, body: '', requestId: false }],
  ])('to ECS is not done because %s says 200', async (_name, answer) => {
    const { ecs } = await start(({ isJson }) => (isJson ? answer : undefined));
    const refused = { kind: 'transient', code: 'BrokenAnswer' };
    await expect(ecs.updateService(service, {}, signal)).rejects.toMatchObject(refused);
    const arn = 'arn:aws:ecs:eu-west-1:111122223333:service/prod/web';
    await expect(ecs.tagService(service, arn, {}, signal)).rejects.toMatchObject(refused);
  });

  const revision = 'arn:aws:ecs:eu-west-1:111122223333:task-definition/web:1';
  const taskRoleArn = 'arn:aws:iam::111122223333:role/x';
  const definition = (change: object = {}): ScriptedAnswer => {
    const taskDefinition = {
      taskDefinitionArn: revision,
      family: 'web',
      revision: 1,
      containerDefinitions: [{ name: 'app', image: 'web:1' }],
      ...change,
    };
    return { body: JSON.stringify({ taskDefinition }) };
  };
  const second = { taskDefinitionArn: revision.replace(/1$/, '2'), revision: 2, taskRoleArn };
  it.each<[string, ScriptedAnswer, ScriptedAnswer]>([
    ['describes another revision', definition({ taskDefinitionArn: `${revision}0` }), definition(second)],
    ['describes nothing', { body: '{}' }, definition(second)],
    ['registers nothing', definition(), { body: '{}' }],
    ['registers another role', definition(), definition({ ...second, taskRoleArn: `${taskRoleArn}y` })],
    ['registers another family', definition(), definition({ ...second, family: 'other' })],
    ['registers without an ARN', definition(), definition({ ...second, taskDefinitionArn: 'web:2' })],
    ['registers without a request id', definition(), { ...definition(second), requestId: false }],
  ])('that copies a revision is not done when ECS %s', async (_how, described, registered) => {
    const { ecs } = await start(({ action }) =>
      action === 'DescribeTaskDefinition'
        ? described
        : action === 'RegisterTaskDefinition'
          ? registered
          : undefined,
    );
    await expect(
      ecs.copyRevision({ region: 'eu-west-1', from: revision, taskRoleArn, tags: {} }, signal),
    ).rejects.toMatchObject({ kind: 'transient', code: 'BrokenAnswer' });
  });

  const role = {
    name: 'payments-exec',
    trustDocument: '{}',
    permissionsBoundary: testAccount().permissionsBoundary,
    tags: { 'rolewarden:instance': 'main' },
    settings: { description: '', maxSessionSeconds: 3_600 },
  };
  const lostThenExists =
    (path: string, tagValue: string): Script =>
    ({ action }, nth) => {
      if (action === 'CreateRole') {
        return nth === 1 ? { how: 'drop' } : { status: 409, code: 'EntityAlreadyExists' };
      }
      if (action !== 'GetRole') return undefined;
      return {
        body: `<Role><RoleName>payments-exec</RoleName><Path>${path}</Path><PermissionsBoundary><PermissionsBoundaryArn>${role.permissionsBoundary}</PermissionsBoundaryArn></PermissionsBoundary><Tags><member><Key>rolewarden:instance</Key><Value>${tagValue}</Value></member></Tags></Role>`,
      };
    };

  it('that creates succeeds if the lost first attempt did it', async () => {
    const { port } = await start(lostThenExists('/rolewarden/', 'main'));
    await port.createRole(role, signal);
  });

  it.each([
    ['the tags of another', '/rolewarden/', 'other'],
    ['another path', '/', 'main'],
  ])('that creates does not take over a role with %s', async (_name, path, tag) => {
    const { port } = await start(lostThenExists(path, tag));
    await expect(port.createRole(role, signal)).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('that creates does not look twice at a role that was there before', async () => {
    const { port, actions } = await start(({ action }) =>
      action === 'CreateRole' ? { status: 409, code: 'EntityAlreadyExists' } : undefined,
    );
    await expect(port.createRole(role, signal)).rejects.toMatchObject({ kind: 'conflict' });
    expect(actions()).toEqual(['GetCallerIdentity', 'CreateRole']);
  });

  it('refuses a foreign boundary and a bad name before any request', async () => {
    const { port, aws } = await start(none);
    await expect(port.putBoundary('a', 'arn:aws:iam::aws:policy/x', signal)).rejects.toMatchObject({
      kind: 'invalid',
    });
    await expect(port.deleteRole('../a', signal)).rejects.toMatchObject({ kind: 'invalid' });
    await expect(port.putInlinePolicy('a', 'b/c', '{}', signal)).rejects.toMatchObject({ kind: 'invalid' });
    expect(aws.requests).toEqual([]);
  });
});

describe('a managed policy', () => {
  it('is read once per version, and again if it was made anew under the same number', async () => {
    let policyId = 'ANPA1';
    const { port, actions } = await start(({ action }) => {
      if (action === 'GetPolicy') {
        return {
          body: `<Policy><PolicyId>${policyId}</PolicyId><DefaultVersionId>v1</DefaultVersionId></Policy>`,
        };
      }
      if (action !== 'GetPolicyVersion') return undefined;
      return {
        body: `<PolicyVersion><Document>%7B%22id%22%3A%22${policyId}%22%7D</Document></PolicyVersion>`,
      };
    });
    const arn = 'arn:aws:iam::111122223333:policy/x';
    for (let i = 0; i < 3; i += 1) {
      expect(await port.readManagedPolicy(arn, signal)).toEqual({
        state: 'present',
        value: '{"id":"ANPA1"}',
      });
    }
    expect(actions().filter((action) => action === 'GetPolicyVersion')).toHaveLength(1);
    policyId = 'ANPA2';
    expect(await port.readManagedPolicy(arn, signal)).toEqual({ state: 'present', value: '{"id":"ANPA2"}' });
  });
});

describe('opening', () => {
  it('gives the same ports for the same account, and another for a changed one', async () => {
    const { open } = await start(none);
    const ports = open(testAccount());
    expect(open(testAccount())).toBe(ports);
    expect(open(testAccount({ maxMode: 'observe' }))).toBe(ports);
    const other = { ...testAccount().meta, name: 'staging' };
    const changes = [
      { spokeRole },
      { meta: other },
      { regions: ['eu-west-1', 'eu-central-1'] },
      { taskRoleBoundaries: ['arn:aws:iam::111122223333:policy/tasks'] },
      { ecsWrites: false },
    ];
    for (const change of changes) {
      const before = open(testAccount());
      const changed = open(testAccount(change));
      expect(changed.iam).not.toBe(before.iam);
      expect(changed.ecs).not.toBe(before.ecs);
    }
  });

  it('asks nothing of anyone', async () => {
    const { aws } = await start(none);
    expect(aws.requests).toEqual([]);
  });

  it('keeps a slow account from holding up another', async () => {
    const { open, port } = await start((request) =>
      request.action === 'DeleteRole' && request.parameters.get('RoleName') === 'slow'
        ? { how: 'hang' }
        : undefined,
    );
    const stop = new AbortController();
    const slow = port.deleteRole('slow', stop.signal);
    const other = open(testAccount({ meta: { ...testAccount().meta, name: 'staging' } }));
    await other.iam.deleteRole('quick', signal);
    stop.abort(new Error('stopped'));
    await expect(slow).rejects.toThrow('stopped');
  });
});
