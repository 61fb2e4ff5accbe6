// ECS grants, asked of the evaluator as IAM would ask: exec is allowed exactly where a grant gives it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AccessRequest, mayAct } from '../../src/domain/access-evaluator.ts';
import { type Access, accessStatements } from '../../src/domain/access.ts';
import { ecsServiceTag } from '../../src/domain/ecs-grants.ts';
import type { EcsGrant } from '../../src/domain/policy.ts';
import { renderDocument } from '../../src/domain/statement.ts';
import { ownStatements } from '../../src/domain/permissions.ts';

const place = { partition: 'aws', accountId: '111122223333' } as const;
const region = 'eu-central-1';

const grant = (overrides: Partial<EcsGrant> = {}): EcsGrant => ({
  region,
  cluster: 'prod',
  services: ['api'],
  containers: ['app'],
  allow: ['exec'],
  ...overrides,
});

const everything = { Effect: 'Allow', Action: '*', Resource: '*' };

const decide = (access: Partial<Access>, request: Omit<AccessRequest, 'atMs'>): string => {
  const statements = accessStatements({ ecs: [], cli: false, statements: [], ...access }, place);
  const policies = [renderDocument(ownStatements(statements))];
  return mayAct({ policies, boundary: undefined }, { ...request, atMs: 0 }).decision;
};

const arn = (rest: string, where = region): string => `arn:aws:ecs:${where}:111122223333:${rest}`;

interface Shell {
  readonly region: string;
  readonly cluster: string;
  readonly container: string;
  /** The value of the service tag on the task; undefined: it has none. */
  readonly tag: string | undefined;
}

/** ExecuteCommand asks for the cluster and for the task, each with its own tags. */
const mayOpen = (ecs: readonly EcsGrant[], shell: Shell): string => {
  const cluster = arn(`cluster/${shell.cluster}`, shell.region);
  const common: readonly [string, readonly string[]][] = [
    ['ecs:cluster', [cluster]],
    ['ecs:container-name', [shell.container]],
  ];
  const tags: readonly [string, readonly string[]][] =
    shell.tag === undefined ? [] : [[`aws:resourcetag/${ecsServiceTag}`, [shell.tag]]];
  const ask = (resource: string, context: readonly [string, readonly string[]][]): string =>
    decide({ ecs }, { action: 'ecs:ExecuteCommand', resource, context: new Map(context) });
  const answers = [
    ask(cluster, common),
    ask(arn(`task/${shell.cluster}/0123456789abcdef`, shell.region), [...common, ...tags]),
  ];
  return answers.every((answer) => answer === 'allowed') ? 'allowed' : 'denied';
};

const names = fc.constantFrom('api', 'web', 'API', 'api-2', 'a');
const clusters = fc.constantFrom('prod', 'dev', 'prod-2');
const regions = fc.constantFrom(region, 'eu-west-1');
const grants = fc.array(
  fc.record({
    region: regions,
    cluster: clusters,
    services: fc.uniqueArray(names, { minLength: 1, maxLength: 3 }),
    containers: fc.uniqueArray(names, { minLength: 1, maxLength: 3 }),
    allow: fc.uniqueArray(fc.constantFrom('inspect' as const, 'exec' as const, 'restart' as const), {
      minLength: 1,
    }),
  }),
  { maxLength: 3 },
);
const shells = fc.record({
  region: regions,
  cluster: clusters,
  container: names,
  tag: fc.option(names, { nil: undefined }),
});

describe('exec', () => {
  it('is allowed exactly where a grant gives it', () => {
    fc.assert(
      fc.property(grants, shells, (ecs, shell) => {
        const isGiven = ecs.some(
          (one) =>
            one.allow.includes('exec') &&
            one.region === shell.region &&
            one.cluster === shell.cluster &&
            one.containers.includes(shell.container) &&
            shell.tag !== undefined &&
            one.services.includes(shell.tag),
        );
        expect(mayOpen(ecs, shell)).toBe(isGiven ? 'allowed' : 'denied');
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['tag a task', 'ecs:TagResource', arn('task/prod/1')],
    ['tag a service', 'ecs:TagResource', arn('service/prod/other')],
    ['untag a service of another region', 'ecs:UntagResource', arn('service/prod/other', 'eu-west-1')],
    ['open a session past it', 'ssm:StartSession', arn('task/prod/1')],
  ])('does not let anybody %s, whatever else the policy says', (_, action, resource) => {
    const request = { action, resource, context: new Map() };
    expect(decide({ ecs: [grant()], statements: [everything] }, request)).toBe('denied');
    expect(decide({ statements: [everything] }, request)).toBe('allowed');
  });

  it('finds the task that it is about, and no other', () => {
    const find = (tag: string): string =>
      decide(
        { ecs: [grant()] },
        {
          action: 'ecs:DescribeTasks',
          resource: arn('task/prod/1'),
          context: new Map([[`aws:resourcetag/${ecsServiceTag}`, [tag]]]),
        },
      );
    expect([find('api'), find('web')]).toEqual(['allowed', 'denied']);
  });
});

describe('inspect', () => {
  const ask = (action: string, resource: string, cluster = 'prod'): string =>
    decide(
      { ecs: [grant({ allow: ['inspect'], containers: [] })] },
      { action, resource, context: new Map([['ecs:cluster', [arn(`cluster/${cluster}`)]]]) },
    );
  it.each([
    ['ecs:ListTasks', '*', 'prod', 'allowed'],
    ['ecs:ListServices', '*', 'prod', 'allowed'],
    ['ecs:ListTasks', '*', 'dev', 'denied'],
    ['ecs:DescribeTasks', arn('task/prod/1'), 'prod', 'allowed'],
    ['ecs:DescribeTasks', arn('task/prod-2/1'), 'prod-2', 'denied'],
    ['ecs:DescribeServices', arn('service/prod/any'), 'prod', 'allowed'],
    ['ecs:DescribeServices', arn('service/dev/any'), 'dev', 'denied'],
    ['ecs:DescribeClusters', arn('cluster/prod'), 'prod', 'allowed'],
    ['ecs:DescribeTaskDefinition', '*', 'prod', 'allowed'],
    ['ecs:ExecuteCommand', arn('task/prod/1'), 'prod', 'denied'],
    ['ecs:UpdateService', arn('service/prod/api'), 'prod', 'denied'],
    ['ecs:StopTask', arn('task/prod/1'), 'prod', 'denied'],
  ])('%s on %s in the cluster %s: %s', (action, resource, cluster, expected) => {
    expect(ask(action, resource, cluster)).toBe(expected);
  });
});

describe('restart', () => {
  const update = (keys: readonly string[], service = 'api', more: Partial<Access> = {}): string =>
    decide(
      { ecs: [grant({ allow: ['restart'], containers: [] })], ...more },
      {
        action: 'ecs:UpdateService',
        resource: arn(`service/prod/${service}`),
        context: new Map(keys.map((key) => [key, ['x']])),
      },
    );
  it('forces a new deployment of its services only', () => {
    expect([update([]), update([], 'web')]).toEqual(['allowed', 'denied']);
  });

  it.each(['ecs:task-definition', 'ecs:enable-execute-command', 'ecs:propagate-tags'])(
    'does not come with %s, whatever else the policy says',
    (key) => {
      expect(update([key])).toBe('denied');
      expect(update([key], 'api', { statements: [everything] })).toBe('denied');
      expect(update([key], 'web', { statements: [everything] })).toBe('allowed');
    },
  );
});

it('cli gives what aws login asks for, and nothing more', () => {
  const resource = 'arn:aws:signin:eu-central-1:111122223333:oauth2/public-client/localhost';
  const ask = (action: string): string => decide({ cli: true }, { action, resource, context: new Map() });
  expect(
    ['signin:AuthorizeOAuth2Access', 'signin:CreateOAuth2Token', 'signin:CreateTrustedIdentityToken'].map(
      ask,
    ),
  ).toEqual(['allowed', 'allowed', 'denied']);
});

it('every statement has a Sid of its own, as IAM asks', () => {
  fc.assert(
    fc.property(grants, fc.boolean(), (ecs, cli) => {
      const sids = ownStatements(accessStatements({ ecs, cli, statements: [everything] }, place)).map(
        ({ Sid: sid }) => sid,
      );
      expect(new Set(sids).size).toBe(sids.length);
      expect(sids.every((sid) => typeof sid === 'string' && /^[A-Za-z0-9]+$/.test(sid))).toBe(true);
    }),
  );
});
