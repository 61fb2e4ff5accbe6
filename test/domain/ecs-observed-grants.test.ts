// Statements that hang on what runs in ECS: what they open, and what becomes of them while it cannot be read.

import { describe, expect, it } from 'vitest';
import { type AccessRequest, mayAct } from '../../src/domain/access-evaluator.ts';
import type { LogGroup } from '../../src/domain/ecs.ts';
import {
  type EcsFacts,
  observedServices,
  observedStatements,
  standingObservedStatements,
} from '../../src/domain/ecs-observed-grants.ts';
import { ownStatements } from '../../src/domain/permissions.ts';
import type { EcsGrant, EcsVerb } from '../../src/domain/policy.ts';
import { type JsonObject, canonicalStatements, renderDocument } from '../../src/domain/statement.ts';

const account = { partition: 'aws', accountId: '111122223333' } as const;
const region = 'eu-west-1';
const key = `arn:aws:kms:${region}:111122223333:key/11112222-3333-4444-5555-666677778888`;
const aliased = `arn:aws:kms:${region}:111122223333:alias/exec`;

const grant = (...allow: readonly EcsVerb[]): EcsGrant => ({
  region,
  cluster: 'payments',
  services: ['api', 'worker'],
  containers: [],
  allow,
});

const group = (name: string, where = region): LogGroup => ({ region: where, name });

interface Said {
  readonly groups?: Readonly<Record<string, readonly LogGroup[]>>;
  readonly keyArn?: string;
  /** Of a service's log groups, or of the cluster's key. */
  readonly unknown?: string;
}

const factsOf = ({ groups = {}, keyArn, unknown }: Said): EcsFacts => ({
  logGroupsOf: ({ service }) =>
    unknown === service
      ? { isKnown: false, because: `${service} was not read` }
      : { isKnown: true, value: groups[service] ?? [] },
  execKeyOf: ({ cluster }) =>
    unknown === cluster
      ? { isKnown: false, because: `${cluster} was not read` }
      : { isKnown: true, value: keyArn },
});

const statementsFor = (said: Said, ...verbs: readonly EcsVerb[]): readonly JsonObject[] => {
  const fact = observedStatements([grant(...verbs)], account, factsOf(said));
  if (!fact.isKnown) throw new Error(fact.because);
  return ownStatements(fact.value);
};

const decide = (statements: readonly JsonObject[], request: Partial<AccessRequest>): string =>
  mayAct(
    { policies: [renderDocument(statements)], boundary: undefined },
    { action: '', resource: '*', context: new Map(), atMs: 0, ...request },
  ).decision;

const logArn = (name: string, where = region, rest = ':*'): string =>
  `arn:aws:logs:${where}:111122223333:log-group:${name}${rest}`;

describe('logs', () => {
  const groups = { api: [group('/ecs/api'), group('/far', 'us-east-1')], worker: [group('/ecs/worker')] };
  const read = 'logs:FilterLogEvents';
  const cases: readonly (readonly [string, Partial<AccessRequest>, string])[] = [
    ['opens the group of a service', { action: read, resource: logArn('/ecs/api') }, 'allowed'],
    ['opens that of the other one', { action: read, resource: logArn('/ecs/worker') }, 'allowed'],
    [
      'opens a stream of it',
      { action: 'logs:GetLogEvents', resource: logArn('/ecs/api', region, ':log-stream:api/1') },
      'allowed',
    ],
    ['lists the streams', { action: 'logs:DescribeLogStreams', resource: logArn('/ecs/api') }, 'allowed'],
    ['opens a group in another region', { action: read, resource: logArn('/far', 'us-east-1') }, 'allowed'],
    ['opens no other group', { action: read, resource: logArn('/ecs/ledger') }, 'denied'],
    ['opens none that begins alike', { action: read, resource: logArn('/ecs/api-2') }, 'denied'],
    [
      'opens none of that name elsewhere',
      { action: read, resource: logArn('/ecs/api', 'us-east-1') },
      'denied',
    ],
    ['writes nothing', { action: 'logs:PutLogEvents', resource: logArn('/ecs/api') }, 'denied'],
    ['deletes nothing', { action: 'logs:DeleteLogGroup', resource: logArn('/ecs/api') }, 'denied'],
  ];
  it.each(cases)('%s', (_name, request, decision) => {
    expect(decide(statementsFor({ groups }, 'logs'), request)).toBe(decision);
  });

  it('is one statement for all services, with each group once', () => {
    const [statement, ...others] = statementsFor(
      { groups: { api: [group('/b'), group('/a')], worker: [group('/a')] } },
      'logs',
    );
    expect(others).toEqual([]);
    expect(statement?.['Resource']).toEqual([logArn('/a'), logArn('/b')]);
  });

  it('is nothing where no container logs to CloudWatch', () => {
    expect(statementsFor({}, 'logs')).toEqual([]);
  });

  const patterns = ['*', '/ecs/*', 'a?', '${aws:username}', 'a:b', 'a b', '', 'ä', 'x'.repeat(513)];
  it.each(patterns)('names no group that IAM could take for more than a name: %j', (name) => {
    expect(statementsFor({ groups: { api: [group(name)] } }, 'logs')).toEqual([]);
  });

  it.each(['*', 'eu-west-1:999900001111', ''])('names no region that is none: %j', (where) => {
    expect(statementsFor({ groups: { api: [group('/ecs/api', where)] } }, 'logs')).toEqual([]);
  });

  it('is not given without the verb', () => {
    expect(statementsFor({ groups }, 'inspect', 'restart')).toEqual([]);
  });
});

describe('the key of a cluster', () => {
  const use = { action: 'kms:GenerateDataKey', resource: key };

  it('may be used by whoever has exec, and only that key', () => {
    const statements = statementsFor({ keyArn: key }, 'exec');
    expect(decide(statements, use)).toBe('allowed');
    expect(decide(statements, { ...use, resource: `${key}9` })).toBe('denied');
    expect(decide(statements, { ...use, action: 'kms:Decrypt' })).toBe('denied');
  });

  it('that is known by an alias is the one that carries it', () => {
    const statements = statementsFor({ keyArn: aliased }, 'exec');
    const carrying = (...aliases: readonly string[]) => ({
      ...use,
      context: new Map([['kms:resourcealiases', aliases]]),
    });
    expect(decide(statements, carrying('alias/other', 'alias/exec'))).toBe('allowed');
    expect(decide(statements, carrying('alias/other'))).toBe('denied');
    expect(decide(statements, use)).toBe('denied');
  });

  it.each([undefined, 'arn:aws:kms:*:*:key/*', '*', `${aliased}*`])(
    'that is none is not given: %j',
    (keyArn) => {
      expect(statementsFor(keyArn === undefined ? {} : { keyArn }, 'exec')).toEqual([]);
    },
  );

  it('is not given without exec', () => {
    expect(statementsFor({ keyArn: key }, 'inspect', 'logs', 'restart')).toEqual([]);
  });
});

describe('what is not known', () => {
  it.each(['worker', 'payments'])('leaves all of it unknown: %s', (unknown) => {
    const fact = observedStatements(
      [grant('logs', 'exec')],
      account,
      factsOf({ groups: { api: [group('/a')] }, keyArn: key, unknown }),
    );
    expect(fact).toEqual({ isKnown: false, because: `${unknown} was not read` });
  });

  it('matters only to grants that hang on it', () => {
    const fact = observedStatements([grant('inspect')], account, factsOf({ unknown: 'api' }));
    expect(fact).toEqual({ isKnown: true, value: [] });
  });

  it('is asked for by logs and exec alone', () => {
    expect(observedServices([grant('inspect', 'restart')])).toEqual([]);
    for (const verb of ['logs', 'exec'] as const)
      expect(observedServices([grant(verb)])).toEqual([
        { region, cluster: 'payments', service: 'api' },
        { region, cluster: 'payments', service: 'worker' },
      ]);
  });
});

describe('statements that stand while ECS cannot be read', () => {
  const fixed = ownStatements([{ Sid: 'Raw', Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }]);
  const observed = (said: Said) => {
    const fact = observedStatements([grant('logs', 'exec')], account, factsOf(said));
    return fact.isKnown ? ownStatements(fact.value, fixed.length) : [];
  };
  const said: Said = { groups: { api: [group('/a')], worker: [group('/b')] } };
  const all = [
    ['log groups', observed(said)],
    ['log groups and a key', observed({ ...said, keyArn: key })],
    ['log groups and an alias', observed({ ...said, keyArn: aliased })],
    ['one log group', observed({ groups: { api: [group('/a')] } })],
  ] as const;

  it.each(all)('are found whole: %s', (_name, ours) => {
    const standing = standingObservedStatements(renderDocument([...fixed, ...ours]), fixed);
    expect(ours.length).toBeGreaterThan(0);
    expect(canonicalStatements(standing as readonly JsonObject[])).toBe(canonicalStatements(ours));
  });

  it('are found in AWS’s own spelling', () => {
    const [ours] = observed(said);
    const respelled = {
      ...ours,
      Action: ['logs:getlogevents', 'LOGS:FilterLogEvents', 'logs:DescribeLogStreams'],
    };
    expect(standingObservedStatements(renderDocument([...fixed, respelled]), fixed)).toHaveLength(1);
  });

  const [logs, exec] = observed({ ...said, keyArn: key });
  const foreign: readonly (readonly [string, JsonObject])[] = [
    ['everything', { Sid: 'Rolewarden9LogGroups', Effect: 'Allow', Action: '*', Resource: '*' }],
    ['one action more', { ...logs, Action: ['logs:DeleteLogGroup', 'logs:GetLogEvents'] }],
    ['every log group', { ...logs, Resource: '*' }],
    ['a pattern', { ...logs, Resource: [logArn('/a'), logArn('*')] }],
    ['something beside', { ...logs, Condition: { Bool: { 'aws:SecureTransport': 'true' } } }],
    ['every key', { ...exec, Resource: `arn:aws:kms:${region}:111122223333:key/*` }],
    ['another action on the key', { ...exec, Action: 'kms:*' }],
    ['a Deny', { ...logs, Effect: 'Deny' }],
    ['no Sid of ours', { ...logs, Sid: 'LogGroups' }],
    ['another Sid of ours', { ...logs, Sid: 'Rolewarden2Raw' }],
  ];
  it.each(foreign)('do not include what somebody else made to look like them: %s', (_name, statement) => {
    expect(standingObservedStatements(renderDocument([...fixed, statement]), fixed)).toEqual([]);
  });

  it('are not said twice', () => {
    expect(standingObservedStatements(renderDocument(observed(said)), observed(said))).toEqual([]);
  });

  it.each([undefined, '{', '[]'])('are none where nothing can be read: %j', (document) => {
    expect(standingObservedStatements(document, fixed)).toEqual([]);
  });
});
