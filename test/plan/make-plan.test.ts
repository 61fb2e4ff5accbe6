import { describe, expect, it } from 'vitest';
import { LazyGrants } from '../../src/desired/lazy-grants.ts';
import type { UserStanding } from '../../src/domain/directory.ts';
import { AppError } from '../../src/domain/errors.ts';
import { absent, present, unreadable } from '../../src/domain/reading.ts';
import type { ObservedRole } from '../../src/domain/role.ts';
import { makePlan, unknownPlan } from '../../src/plan/make-plan.ts';
import {
  account,
  accessPolicy,
  controllerConfig,
  federation,
  group,
  groupIds,
  meta,
  people,
  person,
  oidcFederation,
  samlFederation,
  servicePrincipal,
  servicePrincipalSubject,
  snapshotOf,
  standing,
  uuid,
} from '../builders.ts';
import {
  type Parts,
  applied,
  desiredWith,
  fiveInGroup,
  held,
  inputOf,
  membersAre,
  onlyRole,
  planOf,
  roleInSync,
  rolesWith,
  secondReadOf,
  writeOps,
} from './scenario.ts';

const broken = unreadable(new AppError('transient', 'Graph answered 503'));

interface Case {
  readonly name: string;
  readonly parts: Parts;
  readonly state: 'apply' | 'hold' | 'inSync' | 'unknown';
  readonly applied?: readonly string[];
  readonly held?: readonly string[];
  readonly writes?: readonly string[];
}

const edited = (change: (role: ObservedRole) => Partial<ObservedRole>) => (): readonly ObservedRole[] =>
  desiredWith(fiveInGroup).map((role) => {
    const now = roleInSync(role);
    return { ...now, ...change(now) };
  });

const standings = (is: UserStanding['is'], ...numbers: readonly number[]) =>
  new Map(numbers.map((n) => [person(n).id, present(standing(is, n))] as const));

const allow = { Effect: 'Allow', Action: 's3:*', Resource: '*' };
const deny = { Effect: 'Deny', Action: '*', Resource: '*' };
const document = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

const cases: readonly Case[] = [
  { name: 'nothing differs', parts: {}, state: 'inSync' },
  {
    name: 'a missing role is created closed, gets its permissions, and opens last',
    parts: { roles: () => [], snapshot: membersAre(1, 2) },
    state: 'apply',
    applied: ['createRole widens', 'putPermissions widens', 'grant widens', 'grant widens'],
    writes: ['createRole', 'putInlinePolicy', 'updateTrust'],
  },
  {
    name: 'one joins: one write',
    parts: { snapshot: membersAre(1, 2, 3), roles: rolesWith(1, 2) },
    state: 'apply',
    applied: ['grant widens'],
    writes: ['updateTrust'],
  },
  {
    name: 'one leaves: nobody goes before the group was read twice',
    parts: { snapshot: membersAre(1, 2), roles: rolesWith(1, 2, 3) },
    state: 'hold',
    held: ['revoke awaitingSecondRead'],
  },
  {
    name: 'one leaves, and the second read agrees',
    parts: { snapshot: membersAre(1, 2), roles: rolesWith(1, 2, 3), confirmations: secondReadOf(1, 2) },
    state: 'apply',
    applied: ['revoke narrows'],
    writes: ['putDenies', 'updateTrust'],
  },
  {
    name: 'one leaves, but the second read still has her',
    parts: { snapshot: membersAre(1, 2), roles: rolesWith(1, 2, 3), confirmations: secondReadOf(1, 2, 3) },
    state: 'hold',
    held: ['revoke stillMember'],
  },
  {
    name: 'one leaves, and the second read fails',
    parts: {
      snapshot: membersAre(1, 2),
      roles: rolesWith(1, 2, 3),
      confirmations: { groups: new Map([[groupIds.oncall, broken]]) },
    },
    state: 'hold',
    held: ['revoke unreadable'],
  },
  {
    name: 'one leaves, and in the second read the group is gone',
    parts: {
      snapshot: membersAre(1, 2),
      roles: rolesWith(1, 2, 3),
      confirmations: { groups: new Map([[groupIds.oncall, absent]]) },
    },
    state: 'hold',
    held: ['revoke groupVanished'],
  },
  {
    name: 'one joins while one leaves: the newcomer does not wait for the proof',
    parts: { snapshot: membersAre(1, 4), roles: rolesWith(1, 2) },
    state: 'apply',
    applied: ['grant widens'],
    held: ['revoke awaitingSecondRead'],
  },
  {
    name: 'the group cannot be read: nobody goes',
    parts: { snapshot: snapshotOf({ groups: { [groupIds.oncall]: broken } }), roles: rolesWith(1, 2) },
    state: 'hold',
    held: ['revoke unreadable', 'revoke unreadable'],
  },
  {
    name: 'the group vanished: nobody goes',
    parts: { snapshot: snapshotOf({ groups: { [groupIds.oncall]: absent } }), roles: rolesWith(1, 2) },
    state: 'hold',
    held: ['revoke groupVanished', 'revoke groupVanished'],
  },
  {
    name: 'the group has not been read yet: nobody goes',
    parts: { snapshot: snapshotOf({}), roles: rolesWith(1) },
    state: 'hold',
    held: ['revoke unreadable'],
  },
  {
    name: 'the group is empty for the first time: its one member waits for the next poll',
    parts: {
      snapshot: snapshotOf({
        groups: { [groupIds.oncall]: group(groupIds.oncall, []) },
        emptyPolls: { [groupIds.oncall]: 1 },
      }),
      roles: rolesWith(1),
      confirmations: secondReadOf(),
    },
    state: 'hold',
    held: ['revoke groupEmptied'],
  },
  {
    name: 'the group is empty for the second time: the role closes',
    parts: {
      snapshot: snapshotOf({
        groups: { [groupIds.oncall]: group(groupIds.oncall, []) },
        emptyPolls: { [groupIds.oncall]: 2 },
      }),
      roles: rolesWith(1),
      confirmations: secondReadOf(),
    },
    state: 'apply',
    applied: ['revoke narrows'],
    writes: ['putDenies', 'updateTrust'],
  },
  {
    name: 'a disabled member goes at once, without a second read',
    parts: {
      snapshot: snapshotOf({
        groups: {
          [groupIds.oncall]: group(groupIds.oncall, [person(1), person(2, { accountEnabled: false })]),
        },
      }),
      roles: rolesWith(1, 2),
    },
    state: 'apply',
    applied: ['revoke narrows'],
  },
  {
    name: 'a deleted user goes at once although her group cannot be read',
    parts: {
      snapshot: snapshotOf({ groups: { [groupIds.oncall]: broken } }),
      roles: rolesWith(1, 2),
      confirmations: { standings: standings('deleted', 2) },
    },
    state: 'apply',
    applied: ['revoke narrows'],
    held: ['revoke unreadable'],
  },
  {
    name: 'a user not found once is no proof',
    parts: {
      snapshot: snapshotOf({ groups: { [groupIds.oncall]: broken } }),
      roles: rolesWith(1),
      confirmations: { standings: standings('notFound', 1), notFoundPolls: new Map([[person(1).id, 1]]) },
    },
    state: 'hold',
    held: ['revoke unreadable'],
  },
  {
    name: 'a user not found in two polls is',
    parts: {
      snapshot: snapshotOf({ groups: { [groupIds.oncall]: broken } }),
      roles: rolesWith(1),
      confirmations: { standings: standings('notFound', 1), notFoundPolls: new Map([[person(1).id, 2]]) },
    },
    state: 'apply',
    applied: ['revoke narrows'],
  },
  {
    name: 'an enabled user outside an unreadable group stays',
    parts: {
      snapshot: snapshotOf({ groups: { [groupIds.oncall]: broken } }),
      roles: rolesWith(1),
      confirmations: { standings: standings('enabled', 1) },
    },
    state: 'hold',
    held: ['revoke unreadable'],
  },
  {
    name: 'a newcomer whose account state is unknown is not let in',
    parts: {
      snapshot: snapshotOf({
        groups: {
          [groupIds.oncall]: group(groupIds.oncall, [person(1), person(2, { accountEnabled: null })]),
        },
      }),
      roles: rolesWith(1),
    },
    state: 'hold',
    held: ['grant standingUnknown'],
  },
  {
    name: 'someone inside whose account state is unknown stays',
    parts: {
      snapshot: snapshotOf({
        groups: {
          [groupIds.oncall]: group(groupIds.oncall, [person(1), person(2, { accountEnabled: null })]),
        },
      }),
      roles: rolesWith(1, 2),
    },
    state: 'inSync',
  },
  {
    name: 'observe writes nothing',
    parts: {
      policies: [accessPolicy({ mode: 'observe' })],
      snapshot: membersAre(1, 3),
      roles: rolesWith(1, 2),
      confirmations: secondReadOf(1, 3),
    },
    state: 'hold',
    held: ['revoke observeOnly', 'grant observeOnly'],
  },
  {
    name: 'a federation that nobody has verified lets nothing be written',
    parts: {
      federation: federation({ saml: samlFederation({ verification: 'unverified' }) }),
      snapshot: membersAre(1, 3),
      roles: rolesWith(1, 2),
      confirmations: secondReadOf(1, 3),
    },
    state: 'hold',
    held: ['revoke federationUnverified', 'grant federationUnverified'],
  },
  {
    name: 'nor does narrow-only on one that was changed since',
    parts: {
      federation: federation({ saml: samlFederation({ verification: 'changed' }) }),
      policies: [accessPolicy({ mode: 'narrow-only' })],
      snapshot: membersAre(1),
      roles: rolesWith(1, 2),
      confirmations: secondReadOf(1),
    },
    state: 'hold',
    held: ['revoke federationUnverified'],
  },
  {
    name: 'whose account is disabled is out all the same, as Entra itself says so',
    parts: {
      federation: federation({ saml: samlFederation({ verification: 'unverified' }) }),
      snapshot: snapshotOf({
        groups: {
          [groupIds.oncall]: group(groupIds.oncall, [person(1), person(2, { accountEnabled: false })]),
        },
      }),
      roles: rolesWith(1, 2),
    },
    state: 'apply',
    applied: ['revoke narrows'],
  },
  {
    name: 'who is not found is held there, as a name in another form would not be found either',
    parts: {
      federation: federation({ saml: samlFederation({ verification: 'unverified' }) }),
      snapshot: membersAre(1),
      roles: rolesWith(1, 2),
      confirmations: { standings: standings('notFound', 2), notFoundPolls: new Map([[person(2).id, 2]]) },
    },
    state: 'hold',
    held: ['revoke federationUnverified'],
  },
  {
    name: 'what people sign in by is no matter where only workloads do',
    parts: {
      federation: federation({
        saml: samlFederation({ verification: 'unverified' }),
        oidc: oidcFederation({ verification: 'verified' }),
      }),
      policies: [accessPolicy({ groups: [], servicePrincipals: [servicePrincipalSubject(uuid('c', 1))] })],
      snapshot: snapshotOf({ servicePrincipals: { [uuid('c', 1)]: servicePrincipal(1) } }),
      roles: () => [],
    },
    state: 'apply',
    applied: ['createRole widens', 'putPermissions widens', 'grant widens'],
  },
  {
    name: 'the account weakens the mode',
    parts: { account: account({ maxMode: 'observe' }), snapshot: membersAre(1, 2), roles: rolesWith(1) },
    state: 'hold',
    held: ['grant observeOnly'],
  },
  {
    name: 'the config weakens the mode',
    parts: {
      config: controllerConfig({ maxMode: 'narrow-only' }),
      snapshot: membersAre(1, 2),
      roles: rolesWith(1),
    },
    state: 'hold',
    held: ['grant narrowOnly'],
  },
  {
    name: 'narrow-only takes away and lets nobody in',
    parts: {
      policies: [accessPolicy({ mode: 'narrow-only' })],
      snapshot: membersAre(1, 3),
      roles: rolesWith(1, 2),
      confirmations: secondReadOf(1, 3),
    },
    state: 'apply',
    applied: ['revoke narrows'],
    held: ['grant narrowOnly'],
  },
  {
    name: 'narrow-only creates nothing',
    parts: { policies: [accessPolicy({ mode: 'narrow-only' })], snapshot: membersAre(1), roles: () => [] },
    state: 'hold',
    held: ['createRole narrowOnly', 'putPermissions narrowOnly', 'grant narrowOnly'],
  },
  {
    name: 'suspend stops both ways',
    parts: {
      policies: [accessPolicy({ suspend: true })],
      snapshot: membersAre(1, 3),
      roles: rolesWith(1, 2),
      confirmations: secondReadOf(1, 3),
    },
    state: 'hold',
    held: ['revoke suspended', 'grant suspended'],
  },
  {
    name: 'a role of that name that belongs to somebody else is not touched',
    parts: {
      roles: () => [],
      snapshot: membersAre(1),
      observed: {
        otherRoles: new Map([['payments-debug', 'arn:aws:iam::111122223333:role/payments-debug']]),
      },
    },
    state: 'hold',
    held: ['createRole roleNameTaken', 'putPermissions roleNameTaken', 'grant roleNameTaken'],
  },
  {
    name: 'a role under our path with the tag of another instance is not touched',
    parts: { snapshot: membersAre(1), roles: edited(() => ({ tags: { 'rolewarden:instance': 'other' } })) },
    state: 'hold',
    held: ['createRole roleNameTaken', 'putPermissions roleNameTaken', 'grant roleNameTaken'],
  },
  {
    name: 'the identity provider is missing: nothing is created',
    parts: { roles: () => [], snapshot: membersAre(1), observed: { samlProviderArns: new Set() } },
    state: 'hold',
    held: ['createRole providerMissing', 'putPermissions afterHeldChange', 'grant providerMissing'],
  },
  {
    name: 'a trust policy that cannot be parsed makes the role unknown',
    parts: { roles: edited(() => ({ trustDocument: '{"Version":' })) },
    state: 'unknown',
  },
  {
    name: 'a role in only one of the two listings is unknown',
    parts: { roles: () => [], observed: { halfSeenRoleNames: ['payments-debug'] } },
    state: 'unknown',
  },
  {
    name: 'a missing boundary is put back before anything else',
    parts: {
      snapshot: membersAre(1, 2, 3, 4, 5, 6),
      roles: edited(() => ({ permissionsBoundary: undefined })),
    },
    state: 'apply',
    applied: ['setBoundary narrows', 'grant widens'],
    writes: ['putBoundary', 'updateTrust'],
  },
  {
    name: 'another boundary is replaced',
    parts: { roles: edited(() => ({ permissionsBoundary: 'arn:aws:iam::aws:policy/ReadOnlyAccess' })) },
    state: 'apply',
    applied: ['setBoundary mixed'],
  },
  {
    name: 'permissions someone added are taken away',
    parts: {
      roles: edited((role) => ({
        inlinePolicies: [...role.inlinePolicies, { name: 'extra', document: document(allow) }],
      })),
    },
    state: 'apply',
    applied: ['stripPolicy narrows'],
    writes: ['deleteInlinePolicy'],
  },
  {
    name: 'an extra policy with a Deny in it keeps the Deny',
    parts: {
      roles: edited((role) => ({
        inlinePolicies: [...role.inlinePolicies, { name: 'extra', document: document(allow, deny) }],
      })),
    },
    state: 'apply',
    applied: ['stripPolicy narrows'],
    writes: ['putInlinePolicy'],
  },
  {
    name: "an extra policy of nothing but Denies is someone's emergency brake and stays",
    parts: {
      roles: edited((role) => ({
        inlinePolicies: [
          ...role.inlinePolicies,
          { name: 'AWSRevokeOlderSessions', document: document(deny) },
        ],
      })),
    },
    state: 'inSync',
  },
  {
    name: 'an extra policy that cannot be parsed is held, and newcomers wait',
    parts: {
      snapshot: membersAre(1, 2, 3, 4, 5, 6),
      roles: edited((role) => ({
        inlinePolicies: [...role.inlinePolicies, { name: 'extra', document: 'not JSON' }],
      })),
    },
    state: 'hold',
    held: ['stripPolicy opaqueDocument', 'grant afterHeldChange'],
  },
  {
    name: 'below enforce, extra policies are only reported',
    parts: {
      policies: [accessPolicy({ mode: 'narrow-only' })],
      roles: edited((role) => ({
        inlinePolicies: [...role.inlinePolicies, { name: 'extra', document: document(allow) }],
        attachedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'],
      })),
    },
    state: 'hold',
    held: ['detachPolicy narrowOnly', 'stripPolicy narrowOnly'],
  },
  {
    name: 'an attached policy is read before it is detached',
    parts: { roles: edited(() => ({ attachedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] })) },
    state: 'hold',
    held: ['detachPolicy awaitingSecondRead'],
  },
  {
    name: 'an attached policy without a Deny is detached',
    parts: {
      roles: edited(() => ({ attachedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] })),
      confirmations: {
        managedPolicies: new Map([['arn:aws:iam::aws:policy/AdministratorAccess', present(document(allow))]]),
      },
    },
    state: 'apply',
    applied: ['detachPolicy narrows'],
    writes: ['detachPolicy'],
  },
  {
    name: 'an attached policy with Allow and Deny is held for a person, and newcomers wait',
    parts: {
      snapshot: membersAre(1, 2, 3, 4, 5, 6),
      roles: edited(() => ({ attachedPolicyArns: ['arn:aws:iam::111122223333:policy/both'] })),
      confirmations: {
        managedPolicies: new Map([['arn:aws:iam::111122223333:policy/both', present(document(allow, deny))]]),
      },
    },
    state: 'hold',
    held: ['detachPolicy foreignDeny', 'grant afterHeldChange'],
  },
  {
    name: 'an attached policy of nothing but Denies stays',
    parts: {
      roles: edited(() => ({ attachedPolicyArns: ['arn:aws:iam::111122223333:policy/brake'] })),
      confirmations: {
        managedPolicies: new Map([['arn:aws:iam::111122223333:policy/brake', present(document(deny))]]),
      },
    },
    state: 'inSync',
  },
  {
    name: 'a quarantine of AWS stays',
    parts: {
      roles: edited(() => ({
        attachedPolicyArns: ['arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3'],
      })),
    },
    state: 'inSync',
  },
  {
    name: 'a Deny that someone put into our own policy stays',
    parts: {
      roles: edited((role) => ({
        inlinePolicies: role.inlinePolicies.map(({ name, document: text }) => ({
          name,
          document: document(...(JSON.parse(text) as { Statement: object[] }).Statement, deny),
        })),
      })),
    },
    state: 'inSync',
  },
  {
    name: 'a longer session set by hand is taken back',
    parts: {
      roles: edited((role) => ({
        settings: { description: role.settings?.description ?? '', maxSessionSeconds: 43_200 },
      })),
    },
    state: 'apply',
    applied: ['updateSettings narrows'],
    writes: ['updateSettings'],
  },
  {
    name: 'a description changed by hand is corrected',
    parts: { roles: edited(() => ({ settings: { description: 'mine', maxSessionSeconds: 3_600 } })) },
    state: 'apply',
    applied: ['updateSettings none'],
  },
  {
    name: 'our tags are corrected and foreign tags stay',
    parts: {
      roles: edited((role) => ({ tags: { ...role.tags, 'rolewarden:prune': 'true', team: 'payments' } })),
    },
    state: 'apply',
    applied: ['tagRole none'],
  },
  {
    name: 'foreign tags are no drift',
    parts: { roles: edited((role) => ({ tags: { ...role.tags, team: 'payments' } })) },
    state: 'inSync',
  },
  {
    name: 'a policy of another name takes its role over when the first is gone',
    parts: { roles: edited((role) => ({ tags: { ...role.tags, 'rolewarden:policy': 'old-name' } })) },
    state: 'apply',
    applied: ['tagRole none'],
  },
  {
    name: 'a new role with Denies among its permissions only widens',
    parts: {
      policies: [accessPolicy({ statements: [allow, deny] })],
      snapshot: membersAre(1),
      roles: () => [],
    },
    state: 'apply',
    applied: ['createRole widens', 'putPermissions widens', 'grant widens'],
  },
  {
    name: 'settings that the listing did not show are left alone',
    parts: { roles: edited(() => ({ settings: undefined })) },
    state: 'inSync',
  },
  {
    name: 'the federation begins to send session tags',
    parts: {
      federation: federation({ saml: samlFederation({ sendsSessionTags: true, sendsSourceIdentity: true }) }),
      roles: rolesWith(1, 2, 3, 4, 5),
    },
    state: 'apply',
    applied: ['grant widens', 'grant widens'],
    writes: ['updateTrust'],
  },
  {
    name: 'session grants wait until somebody may enter',
    parts: {
      federation: federation({ saml: samlFederation({ sendsSessionTags: true }) }),
      policies: [accessPolicy({ mode: 'narrow-only' })],
      snapshot: membersAre(1),
      roles: rolesWith(),
    },
    state: 'hold',
    held: ['grant narrowOnly', 'grant narrowOnly'],
  },
];

describe('makePlan decides', () => {
  it.each(cases)('$name', ({ parts, state, applied: wantApplied = [], held: wantHeld = [], writes }) => {
    const role = onlyRole(planOf(parts));
    expect({ state: role.state, applied: applied(role), held: held(role) }).toEqual({
      state,
      applied: wantApplied,
      held: wantHeld,
    });
    if (writes !== undefined) expect(writeOps(role)).toEqual(writes);
    else if (wantApplied.length > 0) expect(role.writes.length).toBeGreaterThan(0);
  });

  it('names two policies that claim a role: the one on the tag goes on, the newcomer is held', () => {
    const second = accessPolicy({ meta: meta('newcomer') });
    const plan = planOf({
      policies: [accessPolicy(), second],
      snapshot: membersAre(1, 2),
      roles: rolesWith(1),
    });
    expect(plan.roles.map((role) => [role.owner?.name, role.state])).toEqual([
      ['newcomer', 'hold'],
      ['payments-debug', 'apply'],
    ]);
    expect(plan.roles[0]?.held[0]?.hold).toEqual({
      reason: 'roleNameClaimed',
      message:
        'the policies newcomer and payments-debug claim the role payments-debug; give one of them another role name',
    });
  });

  it('lets neither of two claimants begin', () => {
    const plan = planOf({
      policies: [accessPolicy(), accessPolicy({ meta: meta('newcomer') })],
      snapshot: membersAre(1),
      roles: () => [],
    });
    expect(plan.roles.map((role) => role.state)).toEqual(['hold', 'hold']);
  });

  it('says that all is unknown when the account could not be observed', () => {
    const plan = unknownPlan(inputOf(), 'throttled for ten minutes');
    expect(plan.roles.map(({ state, unknownBecause }) => ({ state, unknownBecause }))).toEqual([
      { state: 'unknown', unknownBecause: 'throttled for ten minutes' },
    ]);
  });

  it('asks for what would let it go on', () => {
    const { questions } = planOf({ snapshot: membersAre(1), roles: rolesWith(1, 2) });
    expect(questions).toEqual({
      groups: [groupIds.oncall],
      assignments: [],
      standings: [uuid('a', 2)],
      managedPolicyArns: [],
    });
  });

  it('asks whether somebody has left whom only an unverified federation keeps inside', () => {
    const { questions } = planOf({
      federation: federation({ saml: samlFederation({ verification: 'unverified' }) }),
      snapshot: membersAre(1),
      roles: rolesWith(1, 2),
    });
    expect(questions.standings).toEqual([uuid('a', 2)]);
  });

  it('names who loses access as a look-up of her does, and nobody else', () => {
    const { names } = onlyRole(
      planOf({
        snapshot: membersAre(1),
        roles: rolesWith(1, 2, 3),
        confirmations: { ...secondReadOf(1), standings: standings('enabled', 2, 9) },
      }),
    );
    expect([...names]).toEqual([[person(2).id, 'oncall-2@contoso.com']]);
  });

  it('asks nothing twice', () => {
    const parts: Parts = {
      snapshot: membersAre(1),
      roles: rolesWith(1, 2),
      confirmations: { ...secondReadOf(1, 2), standings: standings('enabled', 2) },
    };
    expect(planOf(parts).questions).toEqual({
      groups: [],
      assignments: [],
      standings: [],
      managedPolicyArns: [],
    });
  });

  it('prints the app-role value to paste', () => {
    expect(onlyRole(planOf()).appRoleValue).toBe(
      'arn:aws:iam::111122223333:role/rolewarden/payments-debug,arn:aws:iam::111122223333:saml-provider/EntraID',
    );
  });

  it('keeps people with the same end in one statement', () => {
    const role = onlyRole(planOf({ snapshot: membersAre(1, 2, 3), roles: () => [] }));
    const write = role.writes.find((one) => one.op === 'updateTrust');
    expect(JSON.parse(write?.op === 'updateTrust' ? write.after : '')).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'RolewardenPeople',
          Effect: 'Allow',
          Principal: { Federated: 'arn:aws:iam::111122223333:saml-provider/EntraID' },
          Action: 'sts:AssumeRoleWithSAML',
          Condition: {
            StringEquals: {
              'saml:aud': 'https://signin.aws.amazon.com/saml',
              'saml:sub': people(1, 2, 3).map(({ id }) => id),
            },
          },
        },
      ],
    });
  });
});

describe('the members of a role in sync', () => {
  const looksAt = (parts: Parts): number => {
    let looks = 0;
    const input = inputOf(parts);
    const roles = input.desired.roles.map((role) => ({
      ...role,
      grants: new LazyGrants(() => {
        looks += 1;
        return [...role.grants.values()];
      }),
    }));
    expect(makePlan({ ...input, desired: { roles } }).roles.map(({ state }) => state)).toEqual(['inSync']);
    return looks;
  };

  it('are worked out once, to see that it is in sync', () => {
    expect(looksAt({})).toBe(1);
  });

  it('are not worked out for a Lockout of somebody else either', () => {
    expect(looksAt({ input: { lockedOut: new Set([person(9).id]) } })).toBe(1);
  });
});

it('the members of a role that differs are worked out as often for many as for a few', () => {
  const looksAt = (many: number): number => {
    let looks = 0;
    const numbers = Array.from({ length: many }, (_, index) => index + 1);
    const input = inputOf({ roles: rolesWith(99), snapshot: membersAre(...numbers) });
    const roles = input.desired.roles.map((role) => ({
      ...role,
      admitted: () => {
        looks += 1;
        return role.admitted();
      },
    }));
    const [planned] = makePlan({ ...input, desired: { roles } }).roles;
    const { apply = [], held = [] } = planned ?? {};
    expect(apply.length + held.length).toBeGreaterThan(many);
    return looks;
  };
  expect(looksAt(20)).toBe(looksAt(2));
});

describe('the trust policy that a report shows', () => {
  it('of a role in sync says what the observed one says', () => {
    const [observed] = rolesWith(1, 2)();
    const role = onlyRole(planOf({ snapshot: membersAre(1, 2) }));
    expect(role.trust).toBeUndefined();
    expect(role.trustInSync()).toBeDefined();
    expect(role.trustInSync()).toBe(observed?.trustDocument);
  });

  it('of a role that admits others than it should is told as a difference only', () => {
    const role = onlyRole(planOf({ snapshot: membersAre(1, 2), roles: rolesWith(1) }));
    expect(role.trust).toBeDefined();
    expect(role.trustInSync()).toBeUndefined();
  });
});
