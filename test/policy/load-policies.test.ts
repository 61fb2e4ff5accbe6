// What valid files become, and the rules about sets of files that no single case file can show.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SourceFile } from '../../src/policy/decode-file.ts';
import { type LoadOptions, loadPolicies } from '../../src/policy/load-policies.ts';
import { caseFiles, inOneLine, surroundings, validFiles } from './case-file.ts';

const file = (path: string, text: string): SourceFile => ({ path, content: new TextEncoder().encode(text) });

const load = (files: readonly SourceFile[], options: LoadOptions = {}) =>
  loadPolicies(files, { baseDirectory: '/etc/rolewarden', ...options });

const valid = load(validFiles);
const tenantId = '3c1f6a0e-7d52-4f7b-9a44-1b6b8e2f5d10';

describe('valid files', () => {
  test('have no problems and make a complete set', () => {
    expect(valid.problems.map(inOneLine)).toEqual([]);
    expect(valid.complete).toBe(true);
    expect(valid.documentsRead).toBe(15);
  });

  test('a config is filled in with the defaults', () => {
    expect(valid.configs).toEqual([
      {
        meta: {
          name: 'main',
          labels: {},
          annotations: {},
          source: { file: 'controller-config.yaml', line: 1 },
        },
        instance: 'contoso-main',
        defaultMode: 'observe',
        maxMode: 'enforce',
        policyOrigin: { kind: 'directory', path: '/etc/rolewarden/policies' },
        policyIntervalMs: 30_000,
        entra: {
          tenantId,
          cloud: 'public',
          authorityHost: 'https://login.microsoftonline.com',
          graphEndpoint: 'https://graph.microsoft.com',
          credential: 'clientSecret',
          pollIntervalMs: 30_000,
          requestTimeoutMs: 20_000,
        },
        aws: { requestTimeoutMs: 20_000, writesPerSecond: 5, writeBurst: 10 },
        sweepSchedule: '*/5 * * * *',
        sweepTimeZone: 'UTC',
        safety: {
          breaker: { minimum: 3, percent: 30 },
          provenLeavers: { minimum: 20, percent: 10 },
          settleMs: 300_000,
          taskRoleSettleMs: 60_000,
          pruneAfterMs: 600_000,
          widening: { minimum: 50, factor: 3 },
          maxStalenessMs: 86_400_000,
          reentryDelayMs: 600_000,
        },
        replicas: undefined,
        metricsListener: { address: '0.0.0.0', port: 9464 },
        apiListener: { address: '127.0.0.1', port: 9465 },
      },
    ]);
  });

  test('replicas get a lease of fifteen seconds on one shard', () => {
    const config = (replicas: string) => {
      const text = `apiVersion: rolewarden/v1alpha1
kind: ControllerConfig
metadata: { name: main }
spec:
  instance: contoso-main
  policies: { directory: ./policies }
  entra: { tenantId: 3c1f6a0e-7d52-4f7b-9a44-1b6b8e2f5d10 }
  replicas: ${replicas}
`;
      const set = loadPolicies([{ path: 'config.yaml', content: new TextEncoder().encode(text) }], {
        baseDirectory: '/policies',
      });
      expect(set.problems).toEqual([]);
      return set.configs[0]?.replicas;
    };
    expect(config('{ lease: { table: rolewarden-leases } }')).toEqual({
      shards: 1,
      lease: { table: 'rolewarden-leases', region: undefined, durationMs: 15_000 },
    });
    expect(config('{ shards: 32, lease: { table: a.b, region: eu-central-1, duration: 1m } }')).toEqual({
      shards: 32,
      lease: { table: 'a.b', region: 'eu-central-1', durationMs: 60_000 },
    });
  });

  test('accounts keep their order and get their defaults', () => {
    expect(valid.accounts).toEqual([
      {
        meta: {
          name: 'payments-prod',
          labels: { stage: 'prod' },
          annotations: {},
          source: { file: 'accounts.yaml', line: 1 },
        },
        accountId: '111122223333',
        partition: 'aws',
        regions: ['eu-central-1'],
        spokeRole: { arn: 'arn:aws:iam::111122223333:role/rolewarden-spoke', externalId: 'contoso-main' },
        permissionsBoundary: 'arn:aws:iam::111122223333:policy/rolewarden-boundary',
        taskRoleBoundaries: [],
        maxMode: 'enforce',
        ecsWrites: false,
      },
      {
        meta: {
          name: 'payments-dev',
          labels: { stage: 'dev' },
          annotations: {},
          source: { file: 'accounts.yaml', line: 15 },
        },
        accountId: '444455556666',
        partition: 'aws',
        regions: [],
        spokeRole: undefined,
        permissionsBoundary: 'arn:aws:iam::aws:policy/PowerUserAccess',
        taskRoleBoundaries: [],
        maxMode: 'narrow-only',
        ecsWrites: true,
      },
      {
        meta: { name: 'gov', labels: {}, annotations: {}, source: { file: 'accounts.yaml', line: 27 } },
        accountId: '777788889999',
        partition: 'aws-us-gov',
        regions: ['us-gov-west-1'],
        spokeRole: undefined,
        permissionsBoundary: 'arn:aws-us-gov:iam::777788889999:policy/rolewarden-boundary',
        taskRoleBoundaries: ['arn:aws-us-gov:iam::777788889999:policy/task-boundary'],
        maxMode: 'enforce',
        ecsWrites: false,
      },
    ]);
  });

  test('a federation has lower-case ids, and its issuer as IAM keys it', () => {
    expect(valid.federations[0]).toEqual({
      meta: { name: 'contoso', labels: {}, annotations: {}, source: { file: 'federations.yaml', line: 1 } },
      tenantId,
      saml: {
        providerName: 'EntraID',
        applicationId: '7a1c2f4e-93b0-4f5d-8c6e-0f2b1d3a4c5e',
        nameId: 'objectId',
        audiences: ['https://signin.aws.amazon.com/saml', 'https://eu-central-1.signin.aws.amazon.com/saml'],
        sendsSourceIdentity: false,
        sendsSessionTags: false,
        verification: 'verified',
      },
      oidc: {
        issuer: `sts.windows.net/${tenantId}/`,
        tokenVersion: 1,
        audiences: ['api://rolewarden-workloads'],
        verification: 'unverified',
      },
    });
    expect(valid.federations.map(({ saml, oidc }) => [saml?.nameId, oidc?.issuer])).toEqual([
      ['objectId', `sts.windows.net/${tenantId}/`],
      ['userPrincipalName', undefined],
      [undefined, `login.microsoftonline.com/${tenantId}/v2.0`],
    ]);
  });

  test('a policy has its accounts sorted, its ids in lower case and its statements as written', () => {
    expect(valid.policies[0]).toEqual({
      meta: {
        name: 'payments-operators',
        labels: {},
        annotations: {},
        source: { file: 'policies.yaml', line: 1 },
      },
      accounts: ['payments-dev', 'payments-prod'],
      federation: 'contoso',
      groups: [
        {
          id: '0d4c7a52-6f0e-4b1c-9f43-2d8a5c1e7b90',
          displayName: 'Payments Operators',
          nested: false,
          pim: false,
          expiresAtMs: undefined,
          source: { file: 'policies.yaml', line: 11 },
        },
      ],
      servicePrincipals: [
        {
          id: '5e0f7c1d-2b3a-4d9e-8f61-7c5a4b3d2e1f',
          displayName: undefined,
          expiresAtMs: undefined,
          source: { file: 'policies.yaml', line: 14 },
        },
      ],
      role: {
        name: 'payments-operators',
        description: '',
        maxSessionSeconds: 14_400,
        admission: 'members',
        ownership: 'role',
      },
      ecs: [],
      cli: false,
      statements: [
        {
          Sid: 'ReadLogs',
          Effect: 'Allow',
          Action: ['logs:GetLogEvents', 'logs:FilterLogEvents'],
          Resource: '*',
          Condition: {
            StringEquals: { 'aws:ResourceTag/team': 'payments' },
            Bool: { 'aws:SecureTransport': true },
          },
        },
      ],
      mode: undefined,
      suspend: false,
      prune: false,
      expiresAtMs: undefined,
      standing: 'allowed',
      breakGlass: undefined,
      onStale: 'hold',
      afterRevoke: 'keepTask',
    });
  });

  test('ends are moments, and a break-glass group is a group that has none', () => {
    const { groups, servicePrincipals, ...policy } = valid.policies[2] ?? {};

    expect(groups?.map(({ pim, expiresAtMs }) => [pim, expiresAtMs])).toEqual([
      [true, undefined],
      [true, Date.UTC(2026, 5, 30, 16)],
    ]);
    expect(servicePrincipals?.map(({ expiresAtMs }) => expiresAtMs)).toEqual([
      Date.UTC(2026, 10, 30, 23, 59, 59),
    ]);
    expect(policy).toMatchObject({
      expiresAtMs: Date.UTC(2026, 11, 31, 18),
      standing: 'forbidden',
      breakGlass: {
        id: 'c7b6a594-8372-4615-a4f3-e2d1c0b9a887',
        displayName: 'Break Glass',
        nested: false,
        pim: false,
        expiresAtMs: undefined,
        source: { file: 'policies.yaml', line: 86 },
      },
      onStale: 'close',
      afterRevoke: 'stopTask',
    });
  });

  test('a lockout keeps the name as Entra has it', () => {
    expect(valid.lockouts).toEqual([
      {
        meta: { name: 'inc-1234', labels: {}, annotations: {}, source: { file: 'lockouts.yaml', line: 1 } },
        person: 'b2d4f6a8-1c3e-4a5b-9d7f-8e6c4a2b0d1f',
        userPrincipalName: 'Alex@contoso.com',
        untilMs: Date.UTC(2026, 11, 31, 18),
        reason: 'Laptop stolen',
      },
      {
        meta: {
          name: 'guest',
          labels: { team: 'security' },
          annotations: {},
          source: { file: 'lockouts.yaml', line: 11 },
        },
        person: 'a1c3e5f7-0b2d-4c6e-8f90-1a2b3c4d5e6f',
        userPrincipalName: 'robin_fabrikam.com#EXT#@contoso.onmicrosoft.com',
        untilMs: Date.UTC(2021, 0, 1, 3, 30),
        reason: 'Left: contract ended',
      },
    ]);
  });

  test('a selector finds the accounts that have all its labels', () => {
    expect(valid.policies[1]).toMatchObject({
      accounts: ['payments-prod'],
      groups: [{ displayName: undefined }],
      role: { admission: 'appRole' },
      mode: 'enforce',
      suspend: true,
      prune: true,
    });
  });

  test('a binding is filled in with the defaults, and its role has the boundary of the account', () => {
    expect(valid.bindings[0]).toEqual({
      meta: { name: 'payments-api', labels: {}, annotations: {}, source: { file: 'bindings.yaml', line: 1 } },
      account: 'payments-prod',
      place: { region: 'eu-central-1', cluster: 'payments', service: 'payments-api' },
      taskRole: {
        kind: 'made',
        name: 'payments-api-task',
        statements: [
          { Effect: 'Allow', Action: ['s3:GetObject'], Resource: 'arn:aws:s3:::contoso-payments/*' },
        ],
        boundary: 'arn:aws:iam::111122223333:policy/rolewarden-boundary',
      },
      exec: false,
      rollout: 'notify',
      allowMutableTags: false,
      mode: undefined,
      suspend: false,
    });
  });

  test('a binding keeps the role that exists, or has the boundary that it chose', () => {
    expect(valid.bindings.slice(1).map(({ taskRole }) => taskRole)).toEqual([
      { kind: 'existing', arn: 'arn:aws:iam::111122223333:role/services/payments-worker' },
      {
        kind: 'made',
        name: 'payments-api-task',
        statements: [],
        boundary: 'arn:aws-us-gov:iam::777788889999:policy/task-boundary',
      },
    ]);
    expect(valid.bindings[2]).toMatchObject({
      exec: true,
      rollout: 'deploy',
      allowMutableTags: true,
      mode: 'enforce',
      suspend: true,
    });
  });

  test('the endpoints of every cloud are origins', () => {
    const endpoints = (more: string) => {
      const text = new TextDecoder().decode(
        validFiles.find(({ path }) => path.startsWith('controller'))?.content,
      );
      const entra = load([file('c.yaml', `${text.trimEnd()}\n    ${more}\n`)]).configs[0]?.entra;
      return [entra?.authorityHost, entra?.graphEndpoint];
    };

    expect(endpoints('cloud: usGovernment')).toEqual([
      'https://login.microsoftonline.us',
      'https://graph.microsoft.us',
    ]);
    expect(endpoints('cloud: china')).toEqual([
      'https://login.chinacloudapi.cn',
      'https://microsoftgraph.chinacloudapi.cn',
    ]);
    expect(
      endpoints(
        'cloud: custom\n    authorityHost: https://LOCALHOST:8443/\n    graphEndpoint: https://[::1]:9443',
      ),
    ).toEqual(['https://localhost:8443', 'https://[::1]:9443']);
  });
});

describe('sets of files', () => {
  const broken = file('broken.yaml', 'kind: [\n');

  test('a broken file spoils completeness and nothing else', () => {
    const set = load([...validFiles, broken]);

    expect(set.policies).toEqual(valid.policies);
    expect(set.bindings).toEqual(valid.bindings);
    expect(set.complete).toBe(false);
    expect(set.problems.map(({ file: name, rule }) => [name, rule])).toEqual([['broken.yaml', 'yamlSyntax']]);
  });

  test('a syntax error in one document takes its whole file along, another error only the document', () => {
    const accounts = surroundings.filter(({ path }) => path === 'accounts.yaml');
    const text = new TextDecoder().decode(accounts[0]?.content);
    const names = (more: string) =>
      load([file('accounts.yaml', `${text}---\n${more}\n`)]).accounts.map(({ meta }) => meta.name);

    expect(names('kind: Account')).toEqual(['payments-prod', 'payments-dev', 'gov']);
    expect(names('kind: "Account')).toEqual([]);
  });

  test('an account that may stand in an unread file is named with that file: policies go on, bindings wait', () => {
    const set = load([...validFiles.filter(({ path }) => path !== 'accounts.yaml'), broken]);
    const found = set.problems.filter(({ rule }) => rule === 'brokenReference').map(inOneLine);

    expect(found[0]).toBe(
      'bindings.yaml:6:12: error: spec.account: there is no Account "payments-prod", unless it stands in broken.yaml, which could not be read; repair that first [brokenReference]',
    );
    expect(found.find((line) => line.startsWith('policies.yaml'))).toBe(
      'policies.yaml:7:13: warning: spec.accounts.names[0]: there is no Account "payments-prod", unless it stands in broken.yaml, which could not be read; repair that first [brokenReference]',
    );
    expect(set.policies.map(({ accounts }) => accounts)).toEqual([[], [], []]);
    expect(set.bindings).toEqual([]);
  });

  test('problems of collecting make the set incomplete and are sorted in', () => {
    const problem = {
      severity: 'error',
      rule: 'unreadableFile',
      file: 'a.yaml',
      line: 1,
      column: 1,
      path: '',
    } as const;
    const set = load([...validFiles, broken], { extraProblems: [{ ...problem, message: 'no permission' }] });

    expect(set.complete).toBe(false);
    expect(set.problems.map(({ file: name }) => name)).toEqual(['a.yaml', 'broken.yaml']);
  });

  test('a role-name clash keeps both policies and completeness', () => {
    const clash = caseFiles.find(({ file: name }) => name === 'role-clash.yaml');
    const set = load([...surroundings, { path: 'case.yaml', content: clash?.content ?? new Uint8Array() }]);

    expect(set.policies.map(({ meta }) => meta.name)).toEqual(['first', 'second']);
    expect(set.complete).toBe(true);
  });

  const leftOut: readonly (readonly [string, string, readonly string[]])[] = [
    ['two bindings for one service', 'binding-service-twice.yaml', ['other-cluster']],
    ['two bindings that make one role', 'binding-role-clash.yaml', ['third']],
    ['a binding that makes the role of a policy', 'binding-role-clash-policy.yaml', ['gov']],
    ['a binding whose account is broken', 'binding-account-broken.yaml', []],
    ['bindings with regions that the account does not use', 'binding-region.yaml', []],
    ['bindings with roles of another account', 'binding-foreign-arn.yaml', []],
    ['a binding with a boundary of its own choice', 'binding-boundary.yaml', []],
  ];
  test.each(leftOut)('%s: left out, and nothing counts as deleted', (_, name, used) => {
    const content = caseFiles.find(({ file: path }) => path === name)?.content ?? new Uint8Array();
    const set = load([...surroundings, { path: name, content }]);

    expect(set.bindings.map(({ meta }) => meta.name)).toEqual(used);
    expect(set.complete).toBe(false);
  });

  test('a role-name clash with a binding leaves the policy as it is', () => {
    const clash = caseFiles.find(({ file: name }) => name === 'binding-role-clash-policy.yaml');
    const set = load([...surroundings, { path: 'case.yaml', content: clash?.content ?? new Uint8Array() }]);

    expect(set.policies.map(({ meta }) => meta.name)).toEqual(['operators']);
  });

  test('objects of one name are all left out', () => {
    const twice = caseFiles.find(({ file: name }) => name === 'duplicate-names.yaml');
    const set = load([...surroundings, { path: 'case.yaml', content: twice?.content ?? new Uint8Array() }]);

    expect(set.policies).toEqual([]);
    expect(set.accounts.map(({ meta }) => meta.name)).toEqual(['payments-prod', 'gov']);
  });

  test('a config that stands elsewhere is compared with as well', () => {
    const config = valid.configs[0];
    if (config === undefined) throw new Error('the fixtures have a config');
    const other = { ...config, entra: { ...config.entra, tenantId: '8e6d5c4b-3a29-4817-9605-f4e3d2c1b0a9' } };

    expect(load(surroundings, { config }).complete).toBe(true);
    expect(load(surroundings, { config: other }).federations).toEqual([]);
  });

  test('a document with very many problems is cut short', () => {
    const fields = Array.from({ length: 60 }, (_, index) => `odd${index}: 1`).join('\n');
    const set = load([file('odd.yaml', `apiVersion: rolewarden/v1alpha1\nkind: Account\n${fields}\n`)]);

    expect(set.problems).toHaveLength(51);
    expect(set.problems[0]?.message).toBe(
      'there are more problems in this document; repair the first 50 and look again',
    );
  });

  test('the revision follows content and names, not order', () => {
    const [first, ...rest] = validFiles;
    if (first === undefined) throw new Error('there are fixtures');

    expect(load([...rest, first]).revision).toBe(valid.revision);
    expect(load(rest).revision).not.toBe(valid.revision);
    expect(load([...rest, { ...first, path: 'renamed.yaml' }]).revision).not.toBe(valid.revision);
    expect(load([file('ab', 'c')]).revision).not.toBe(load([file('a', 'bc')]).revision);
  });
});

describe('properties', () => {
  const everything = [...validFiles, ...caseFiles.map(({ file: path, content }) => ({ path, content }))];

  test('the order of files never matters', () => {
    const expected = load(everything);
    fc.assert(
      fc.property(fc.shuffledSubarray(everything, { minLength: everything.length }), (files) => {
        expect(load(files)).toEqual(expected);
      }),
      { numRuns: 10 },
    );
  });

  test('arbitrary bytes never throw, and every problem points into the file', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (content) => {
        pointsIntoFile(content);
      }),
      { numRuns: 300 },
    );
  });

  test('YAML put together at random never throws', () => {
    const yaml = [
      'a',
      'kind',
      ': ',
      ':',
      '- ',
      '\n',
      '\n  ',
      '\n---\n',
      '&a ',
      '*a',
      '!!map ',
      '{',
      '}',
      '[',
      ']',
      ',',
    ];
    const odd = [
      '"',
      "'",
      '|',
      '>',
      '<<',
      '? ',
      '#',
      '%YAML 1.1\n',
      '\t',
      '__proto__',
      'null',
      '1e999',
      '\uFEFF',
    ];
    const ours = [
      'apiVersion: rolewarden/v1alpha1\n',
      'kind: AccessPolicy\n',
      'kind: TaskRoleBinding\n',
      'kind: Lockout\n',
      'until: 2026-12-31T18:00:00Z\n  ',
      'metadata: {name: x}\n',
      'spec:\n  ',
      'accounts: {names: [x]}\n  ',
      'access: {statements: [*a]}\n  ',
      'subjects: &a {groups: [*a]}\n  ',
      'taskRole: {name: x, permissions: [*a]}\n  ',
      'account: payments-prod\n  ',
    ];
    const piece = fc.constantFrom(...yaml, ...odd, ...ours);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        pointsIntoFile(new TextEncoder().encode(pieces.join('')));
      }),
      { numRuns: 1_000 },
    );
  });

  test.each(['policies.yaml', 'bindings.yaml', 'lockouts.yaml'])(
    '%s with any part cut out never throws',
    (path) => {
      const whole = validFiles.find((one) => one.path === path)?.content ?? new Uint8Array();
      fc.assert(
        fc.property(fc.nat(whole.length), fc.nat(200), (from, length) => {
          const content = Buffer.concat([whole.subarray(0, from), whole.subarray(from + length)]);
          expect(() => load([...surroundings, { path, content }])).not.toThrow();
        }),
        { numRuns: 100 },
      );
    },
  );

  const pointsIntoFile = (content: Uint8Array): void => {
    const lines = new TextDecoder().decode(content).split('\n').length;
    for (const { line, column, message } of load([{ path: 'x.yaml', content }]).problems) {
      expect(line).toBeGreaterThanOrEqual(1);
      expect(line).toBeLessThanOrEqual(lines);
      expect(column).toBeGreaterThanOrEqual(1);
      expect(message).not.toBe('');
    }
  };
});
