import { describe, expect, it } from 'vitest';
import { effectiveMode, resolveDesired } from '../../src/desired/resolve-desired.ts';
import { nothingInEcs } from '../../src/domain/ecs.ts';
import { roleArn } from '../../src/domain/role.ts';
import type { DesiredRole } from '../../src/desired/desired-role.ts';
import type { DirectorySnapshot } from '../../src/domain/directory.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { AccessPolicy, Account, Federation, Mode } from '../../src/domain/policy.ts';
import { absent, unreadable } from '../../src/domain/reading.ts';
import {
  type SnapshotParts,
  accessPolicy,
  account,
  controllerConfig,
  federation,
  group,
  groupIds,
  meta,
  oidcFederation,
  oidcProvider,
  people,
  person,
  policySet,
  samlAudience,
  samlFederation,
  samlProvider,
  servicePrincipal,
  servicePrincipalSubject,
  snapshotOf,
  uuid,
} from '../builders.ts';

interface Situation {
  readonly policy?: AccessPolicy;
  readonly federation?: Federation;
  readonly account?: Account;
  readonly snapshot?: DirectorySnapshot;
}

const nowMs = Date.UTC(2026, 0, 1, 12);
const team = snapshotOf({ groups: { [groupIds.oncall]: group(groupIds.oncall, people(1, 2)) } });
const resolveOne = (situation: Situation): DesiredRole => {
  const { roles } = resolveDesired(
    policySet({
      policies: [situation.policy ?? accessPolicy()],
      federations: [situation.federation ?? federation()],
    }),
    situation.account ?? account(),
    controllerConfig(),
    situation.snapshot ?? team,
    nothingInEcs,
    nowMs,
  );
  const [role] = roles;
  if (role === undefined) throw new Error('no role is desired');
  return role;
};
const grantsOf = (role: DesiredRole) => [...role.grants.values()];
const personGrant = (n: number, audience = samlAudience) => ({
  kind: 'person',
  provider: samlProvider,
  audience,
  sub: uuid('a', n),
  untilMs: undefined,
});
const regional = 'https://eu-west-1.signin.aws.amazon.com/saml';

it('a policy becomes a role with its boundary, settings, tags and statements', () => {
  expect(resolveOne({ policy: accessPolicy({ prune: true }) })).toMatchObject({
    roleName: 'payments-debug',
    mode: 'enforce',
    providers: [samlProvider],
    boundary: 'arn:aws:iam::111122223333:policy/rolewarden-boundary',
    settings: { description: 'Debugging of payments', maxSessionSeconds: 3_600 },
    tags: {
      'rolewarden:instance': 'test',
      'rolewarden:policy': 'payments-debug',
      'rolewarden:prune': 'true',
    },
    statements: [{ Sid: 'Rolewarden1', Effect: 'Allow', Action: 'ecs:DescribeTasks', Resource: '*' }],
    appRoleValue: `arn:aws:iam::111122223333:role/rolewarden/payments-debug,${samlProvider}`,
    groups: [{ key: groupIds.oncall, state: 'read', message: '', emptyPolls: 0 }],
    warnings: [],
  });
});

it('another partition is in every ARN', () => {
  const china = account({ partition: 'aws-cn' });
  expect(roleArn(china, 'x')).toBe('arn:aws-cn:iam::111122223333:role/rolewarden/x');
  const both = federation({ oidc: oidcFederation() });
  const policy = accessPolicy({ servicePrincipals: [servicePrincipalSubject(uuid('c', 1))] });
  expect(resolveOne({ account: china, federation: both, policy }).providers).toEqual([
    samlProvider.replace('arn:aws:', 'arn:aws-cn:'),
    oidcProvider.replace('arn:aws:', 'arn:aws-cn:'),
  ]);
});

describe('grants of people', () => {
  const withSaml = (saml: Parameters<typeof samlFederation>[0]): Federation =>
    federation({ saml: samlFederation(saml) });
  const byAppRole = accessPolicy({ role: { admission: 'appRole' } });
  const cases: Readonly<Record<string, readonly [Situation, readonly unknown[]]>> = {
    'one for each member': [{}, [personGrant(1), personGrant(2)]],
    'one for each member and audience': [
      { federation: withSaml({ audiences: [samlAudience, regional] }) },
      [personGrant(1), personGrant(2), personGrant(1, regional), personGrant(2, regional)],
    ],
    'session tags and source identity, if Entra sends them': [
      { federation: withSaml({ sendsSessionTags: true, sendsSourceIdentity: true }) },
      [
        personGrant(1),
        personGrant(2),
        { kind: 'sessionTags', provider: samlProvider, audience: samlAudience },
        { kind: 'sourceIdentity', provider: samlProvider },
      ],
    ],
    'no session tags without people': [
      { federation: withSaml({ sendsSessionTags: true, sendsSourceIdentity: true }), snapshot: snapshotOf() },
      [],
    ],
    'one for everyone whom Entra assigned': [
      { policy: byAppRole },
      [{ kind: 'anyone', provider: samlProvider, audience: samlAudience, untilMs: undefined }],
    ],
    'that one also while the group cannot be read': [
      { policy: byAppRole, snapshot: snapshotOf() },
      [{ kind: 'anyone', provider: samlProvider, audience: samlAudience, untilMs: undefined }],
    ],
    'none without groups, even with app roles': [{ policy: { ...byAppRole, groups: [] } }, []],
    'none without SAML': [{ federation: federation({ saml: undefined }) }, []],
    'none for those in doubt or gone': [
      {
        snapshot: snapshotOf({
          groups: {
            [groupIds.oncall]: group(groupIds.oncall, [
              person(1, { accountEnabled: null }),
              person(2, { accountEnabled: false }),
              person(3),
            ]),
          },
        }),
      },
      [personGrant(3)],
    ],
  };
  it.each(Object.entries(cases))('%s', (_name, [situation, grants]) => {
    expect(grantsOf(resolveOne(situation))).toEqual(grants);
  });

  it('with app roles the members are still told', () => {
    expect(
      resolveOne({ policy: byAppRole })
        .admitted()
        .map(({ label }) => label),
    ).toEqual(['oncall-1@contoso.com', 'oncall-2@contoso.com']);
  });

  it('without SAML there is no app role to paste', () => {
    expect(resolveOne({ federation: federation({ saml: undefined }) }).appRoleValue).toBeUndefined();
  });
});

describe('service principals', () => {
  const id = uuid('c', 1);
  const policy = accessPolicy({
    groups: [],
    servicePrincipals: [servicePrincipalSubject(id, { displayName: 'deployer' })],
  });
  const workloads = (oidc: Parameters<typeof oidcFederation>[0] = {}) =>
    federation({ oidc: oidcFederation(oidc) });
  const resolveWith = (read: SnapshotParts['servicePrincipals'], federation = workloads()): DesiredRole =>
    resolveOne({
      policy,
      federation,
      snapshot: snapshotOf(read === undefined ? {} : { servicePrincipals: read }),
    });
  const enabled = { [id]: servicePrincipal(1) };
  const grant = (aud: string, oaud: string | undefined) => ({
    kind: 'servicePrincipal',
    provider: oidcProvider,
    sub: id,
    aud,
    oaud,
    untilMs: undefined,
  });

  it('with v1 tokens enter by audience and object id', () => {
    const federation = workloads({ audiences: ['api://a', 'api://b'] });
    expect(grantsOf(resolveWith(enabled, federation))).toEqual([
      grant('api://a', undefined),
      grant('api://b', undefined),
    ]);
  });

  it('with v2 tokens enter by client id, the token’s own audience and object id', () => {
    expect(grantsOf(resolveWith(enabled, workloads({ tokenVersion: 2 })))).toEqual([
      grant(uuid('d', 1), 'api://rolewarden'),
    ]);
  });

  it.each([
    ['its own', servicePrincipal(1), 'deployer-1'],
    ['the policy’s, if its own could not be read', servicePrincipal(1, { displayName: null }), 'deployer'],
  ])('are told by a display name: %s', (_name, read, label) => {
    expect(resolveWith({ [id]: read }).admitted()).toEqual([{ sub: id, label, via: [], person: undefined }]);
  });

  it('are told by object id, if there is no name at all', () => {
    const nameless = accessPolicy({ groups: [], servicePrincipals: [servicePrincipalSubject(id)] });
    const snapshot = snapshotOf({ servicePrincipals: { [id]: servicePrincipal(1, { displayName: null }) } });
    expect(resolveOne({ policy: nameless, federation: workloads(), snapshot }).admitted()[0]?.label).toBe(id);
    expect(
      resolveOne({ policy: nameless, federation: workloads(), snapshot: snapshotOf() }).doubtful.get(id),
    ).toBe(`service principal ${id} has not been read yet`);
  });

  it.each<[string, SnapshotParts['servicePrincipals'], string]>([
    ['were not read', {}, 'service principal deployer has not been read yet'],
    [
      'are not there',
      { [id]: absent },
      'service principal deployer is not in the directory; list its object id (not the client id), or take it out of the policy',
    ],
    [
      'could not be read',
      { [id]: unreadable(new AppError('denied', 'forbidden (403)')) },
      'service principal deployer could not be read: forbidden (403)',
    ],
    [
      'may be disabled',
      { [id]: servicePrincipal(1, { accountEnabled: null }) },
      'whether service principal deployer is enabled could not be read; grant Application.Read.All to the application',
    ],
  ])('that %s are in doubt', (_name, read, message) => {
    const role = resolveWith(read);
    expect(Object.fromEntries(role.doubtful)).toEqual({ [id]: message });
    expect([role.grants.size, role.admitted().length, role.gone.size]).toEqual([0, 0, 0]);
  });

  it('that are disabled are gone', () => {
    const role = resolveWith({ [id]: servicePrincipal(1, { accountEnabled: false }) });
    expect(Object.fromEntries(role.gone)).toEqual({ [id]: 'accountDisabled' });
    expect([role.grants.size, role.admitted().length, role.doubtful.size]).toEqual([0, 0, 0]);
  });

  it('need OIDC in the federation', () => {
    const role = resolveWith(enabled, federation());
    expect([role.grants.size, role.doubtful.size, role.providers.length]).toEqual([0, 0, 0]);
  });

  it('and people stand side by side', () => {
    const role = resolveOne({
      policy: { ...policy, groups: accessPolicy().groups },
      federation: workloads(),
      snapshot: { ...team, servicePrincipals: snapshotOf({ servicePrincipals: enabled }).servicePrincipals },
    });
    expect(grantsOf(role).map(({ kind }) => kind)).toEqual(['person', 'person', 'servicePrincipal']);
    expect(role.providers).toEqual([samlProvider, oidcProvider]);
  });
});

describe('the mode in force', () => {
  it.each<[string, Mode | undefined, Mode, Mode, Mode, Mode]>([
    // policy, default, account, config, in force
    ['is the policy’s', 'narrow-only', 'enforce', 'enforce', 'enforce', 'narrow-only'],
    ['is the default without one', undefined, 'observe', 'enforce', 'enforce', 'observe'],
    ['is not the default with one', 'enforce', 'observe', 'enforce', 'enforce', 'enforce'],
    ['is bounded by the account', 'enforce', 'enforce', 'narrow-only', 'enforce', 'narrow-only'],
    ['is bounded by the config', 'enforce', 'enforce', 'enforce', 'observe', 'observe'],
    ['is the weakest of all', 'narrow-only', 'enforce', 'observe', 'enforce', 'observe'],
  ])('%s', (_name, mode, defaultMode, ofAccount, ofConfig, inForce) => {
    const config = controllerConfig({ defaultMode, maxMode: ofConfig });
    expect(effectiveMode(mode, account({ maxMode: ofAccount }), config)).toBe(inForce);
  });

  it('of a role whose policy is gone is the default, bounded likewise', () => {
    const config = controllerConfig({ defaultMode: 'enforce' });
    expect(effectiveMode(undefined, account({ maxMode: 'narrow-only' }), config)).toBe('narrow-only');
  });
});

describe('an account', () => {
  const named = (name: string, role: string, overrides: Partial<Omit<AccessPolicy, 'role'>> = {}) =>
    accessPolicy({ meta: meta(name), role: { name: role }, ...overrides });
  const policies = [
    named('c', 'zeta'),
    named('b', 'alpha'),
    named('a', 'zeta'),
    named('elsewhere', 'beta', { accounts: ['prod'] }),
    named('broken', 'gamma', { federation: 'missing' }),
  ];
  const namesOf = (given: readonly AccessPolicy[]) =>
    resolveDesired(
      policySet({ policies: given }),
      account(),
      controllerConfig(),
      team,
      nothingInEcs,
      nowMs,
    ).roles.map((role) => `${role.roleName}/${role.owner.name}`);

  it('has the roles of its policies, sorted, and one claimed twice twice', () => {
    expect(namesOf(policies)).toEqual(['alpha/b', 'zeta/a', 'zeta/c']);
    expect(namesOf(policies.toReversed())).toEqual(namesOf(policies));
  });
});
