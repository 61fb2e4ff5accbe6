// Situations, the links that stop or cannot be read in them, the verdict, and the one thing to do.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Assignment, DirectorySnapshot } from '../../../src/domain/directory.ts';
import { AppError } from '../../../src/domain/errors.ts';
import type { Explanation, LinkName, LinkState } from '../../../src/domain/explanation.ts';
import type { AccessPolicy, Lockout } from '../../../src/domain/policy.ts';
import { absent, present, unreadable } from '../../../src/domain/reading.ts';
import { type DenyEdit, editDenies, noDenies, renderDenies } from '../../../src/domain/denies.ts';
import { denyPolicyName } from '../../../src/domain/role.ts';
import { renderDocument } from '../../../src/domain/statement.ts';
import { mayEnter } from '../../../src/domain/trust-evaluator.ts';
import { parseTrustPolicy } from '../../../src/domain/trust-policy.ts';
import {
  accessPolicy,
  account,
  controllerConfig,
  federation,
  group,
  groupIds,
  groupSubject,
  meta,
  people,
  person,
  samlAudience,
  samlFederation,
  samlProvider,
  snapshotOf,
  standing,
  uuid,
} from '../../builders.ts';
import { desiredWith, membersAre, nowMs, roleInSync, rolesWith } from '../scenario.ts';
import { type ExplainParts, explanationOf, sentenceOf, troubles } from './question.ts';

interface Situation {
  readonly name: string;
  readonly parts: ExplainParts;
  /** Links that stop, or are unknown. */
  readonly troubles: Partial<Record<LinkName, LinkState>>;
  readonly verdict: Explanation['verdict'];
  readonly fix: string | RegExp | undefined;
  /** Sentences that are looked at. */
  readonly says?: Partial<Record<LinkName, string | RegExp>>;
}

const at = (minutes: number): number => nowMs + minutes * 60_000;
const broken = unreadable(new AppError('transient', 'graph answered 503'));
const without = (...numbers: readonly number[]): DirectorySnapshot => membersAre(...numbers);
const pim = accessPolicy({ groups: [groupSubject(groupIds.oncall, { pim: true })] });

const assigned = (
  from: number | undefined,
  to: number | undefined,
  more: Partial<Assignment> = {},
): Assignment => ({
  principalId: person(1).id,
  startMs: from === undefined ? undefined : at(from),
  endMs: to === undefined ? undefined : at(to),
  kind: 'activated',
  isInherited: false,
  activation: undefined,
  ...more,
});

const pimSnapshot = (
  members: readonly number[],
  rows: readonly Assignment[] | 'unreadable' | 'absent',
): DirectorySnapshot =>
  snapshotOf({
    groups: { [groupIds.oncall]: group(groupIds.oncall, people(...members), [], 'Payments On-call') },
    assignments: {
      [groupIds.oncall]: rows === 'unreadable' ? broken : rows === 'absent' ? absent : rows,
    },
  });

const lockout = (untilMinutes: number, more: Partial<Lockout> = {}): Lockout => ({
  meta: meta('laptop-stolen'),
  person: person(1).id,
  userPrincipalName: undefined,
  untilMs: at(untilMinutes),
  reason: 'laptop stolen',
  ...more,
});

/** The role in sync, with these denies. */
const denying =
  (...edits: readonly DenyEdit[]) =>
  () =>
    desiredWith(membersAre(1, 2)).map((desired) => {
      const inSync = roleInSync(desired);
      const document = renderDenies(editDenies(noDenies, edits), false) ?? '';
      return { ...inSync, inlinePolicies: [...inSync.inlinePolicies, { name: denyPolicyName, document }] };
    });

const inline =
  (document: string, snapshot = membersAre(1, 2)) =>
  () =>
    desiredWith(snapshot).map((desired) => {
      const inSync = roleInSync(desired);
      return { ...inSync, inlinePolicies: [...inSync.inlinePolicies, { name: 'quarantine', document }] };
    });

const deny = (action: string, more: object = {}): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Sid: 'Brake', Effect: 'Deny', Action: action, Resource: '*', ...more }],
  });

const exec: AccessPolicy = accessPolicy({
  ecs: [
    {
      region: 'eu-west-1',
      cluster: 'payments',
      services: ['api'],
      containers: ['api'],
      allow: ['inspect', 'exec'],
    },
  ],
});

const sharing: AccessPolicy = accessPolicy({ statements: [], role: { ownership: 'statements' } });

/** As its owner made and tagged it. */
const othersRole: ExplainParts['roles'] = ([desired]) =>
  desired === undefined
    ? []
    : [
        roleInSync(desired, {
          path: '/team/',
          arn: 'arn:aws:iam::111122223333:role/team/payments-debug',
          tags: { 'rolewarden:adopt': controllerConfig().instance },
          trustDocument: renderDocument([
            {
              Sid: 'Pipeline',
              Effect: 'Allow',
              Principal: { AWS: 'arn:aws:iam::444455556666:root' },
              Action: 'sts:AssumeRole',
            },
          ]),
          inlinePolicies: [],
        }),
      ];

const situations: readonly Situation[] = [
  {
    name: 'a member of whom everything is in sync may enter',
    parts: {},
    troubles: {},
    verdict: 'mayEnter',
    fix: undefined,
    says: { group: /direct member/, trust: /RolewardenPeople allows it/ },
  },
  {
    name: 'a newcomer waits for the next sweep',
    parts: { roles: rolesWith(2, 3) },
    troubles: { trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: /rolewarden run/,
    says: { trust: /no statement allows it\. The policy wants her in; the next sweep writes it$/ },
  },
  {
    name: 'what this process wrote just now counts, though IAM does not show it yet',
    parts: {
      roles: rolesWith(2, 3),
      input: {
        recentWrites: [
          {
            roleName: 'payments-debug',
            atMs: nowMs - 1_000,
            field: 'trust',
            before: rolesWith(2, 3)()[0]?.trustDocument ?? '',
            after: rolesWith(1, 2, 3, 4, 5)()[0]?.trustDocument ?? '',
          },
        ],
      },
    },
    troubles: {},
    verdict: 'mayEnter',
    fix: undefined,
  },
  {
    name: 'and by a time to come the sweep has been',
    parts: { roles: rolesWith(2, 3), inMinutes: 30 },
    troubles: {},
    verdict: 'mayEnter',
    fix: undefined,
    says: { trust: /with what is written until then/ },
  },
  {
    name: 'who is in no group is told which would do',
    parts: { who: person(9).id, userStanding: present(standing('enabled')) },
    troubles: { group: 'stops', trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: `add her to group ${groupIds.oncall} (${groupIds.oncall}) in Entra`,
  },
  {
    name: 'who is in a group inside one that does not count nested is told so',
    parts: {
      who: person(9).id,
      userStanding: present(standing('enabled')),
      otherForms: { [`${groupIds.oncall}+nested`]: group(groupIds.oncall, people(1, 9)) },
    },
    troubles: { group: 'stops', trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: /itself, or set nested: true in policies\.yaml:1/,
  },
  {
    name: 'a member through a group inside needs the app role herself',
    parts: {
      policy: accessPolicy({ groups: [groupSubject(groupIds.oncall, { nested: true })] }),
      snapshot: snapshotOf({
        groups: { [`${groupIds.oncall}+nested`]: group(groupIds.oncall, people(1, 2)) },
      }),
      otherForms: { [groupIds.oncall]: group(groupIds.oncall, people(2)) },
    },
    troubles: {},
    verdict: 'mayEnter',
    fix: undefined,
    says: { group: /through a group inside it/, admission: /direct members only/ },
  },
  {
    name: 'nobody is asked about the groups of a user who does not exist',
    parts: { who: 'nobody@contoso.com', userStanding: present(standing('notFound')) },
    troubles: { user: 'stops', trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: /correct --who/,
  },
  {
    name: 'a deleted user is told apart',
    parts: { who: person(9).id, userStanding: present(standing('deleted')) },
    troubles: { user: 'stops', trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: /restore the user/,
  },
  {
    name: 'a disabled user does not sign in, whatever AWS still says',
    parts: {
      snapshot: snapshotOf({
        groups: {
          [groupIds.oncall]: group(groupIds.oncall, [
            person(1, { accountEnabled: false }),
            ...people(2, 3, 4, 5),
          ]),
        },
      }),
      roles: rolesWith(1, 2, 3, 4, 5),
    },
    troubles: { user: 'stops' },
    verdict: 'mayNotEnter',
    fix: /enable the account/,
    says: { trust: /lets her in.*The policy does not want her in; the next sweep writes it/ },
  },
  {
    name: 'whether an account is enabled is not guessed',
    parts: {
      snapshot: snapshotOf({
        groups: { [groupIds.oncall]: group(groupIds.oncall, [person(1, { accountEnabled: null })]) },
      }),
      roles: rolesWith(1),
      userStanding: present(standing('unknown')),
    },
    troubles: { user: 'unknown' },
    verdict: 'unknown',
    fix: /grant User\.Read\.All/,
  },
  {
    name: 'a group that cannot be read is no no: who is inside may go on entering',
    parts: {
      who: person(1).id,
      snapshot: snapshotOf({ groups: { [groupIds.oncall]: broken } }),
      roles: rolesWith(1, 2),
      userStanding: present(standing('enabled')),
    },
    troubles: { group: 'unknown' },
    verdict: 'mayEnter',
    fix: /graph answered 503/,
    says: { trust: /It stays so, while it is not known whether the policy wants her in/ },
  },
  {
    name: 'and who is outside is refused by AWS now, while nobody can say why',
    parts: {
      who: person(9).id,
      snapshot: snapshotOf({ groups: { [groupIds.oncall]: broken } }),
      roles: rolesWith(1, 2),
      userStanding: present(standing('enabled')),
    },
    troubles: { group: 'unknown', trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: /graph answered 503/,
  },
  {
    name: 'and of a time to come nothing can be told',
    parts: {
      who: person(9).id,
      snapshot: snapshotOf({ groups: { [groupIds.oncall]: broken } }),
      roles: rolesWith(1, 2),
      userStanding: present(standing('enabled')),
      inMinutes: 60,
    },
    troubles: { group: 'unknown', trust: 'stops' },
    verdict: 'unknown',
    fix: /graph answered 503/,
  },
  {
    name: 'an account that cannot be read says neither yes nor no',
    parts: { isBlind: true },
    troubles: { account: 'unknown', trust: 'unknown', denies: 'unknown' },
    verdict: 'unknown',
    fix: /iam:ListRoles/,
  },
  {
    name: 'an account that is none of the policy',
    parts: {
      policy: accessPolicy({ accounts: ['prod'] }),
      roles: () => [],
    },
    troubles: { account: 'stops', trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: /add dev to spec\.accounts/,
  },
  {
    name: 'mode: observe keeps a newcomer out, and it is said whose limit that is',
    parts: { policy: accessPolicy({ mode: 'observe' }), roles: rolesWith(2, 3) },
    troubles: { mode: 'stops', trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: 'set mode: enforce in payments-debug.yaml:1',
    says: { mode: /^observe, by the policy/, trust: /held \(observeOnly\)/ },
  },
  {
    name: 'the limit may be that of the account',
    parts: { account: account({ maxMode: 'narrow-only' }), roles: rolesWith(2, 3) },
    troubles: { mode: 'stops', trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: 'raise maxMode in dev.yaml:1',
    says: { mode: /^narrow-only, by the maxMode of the Account dev/ },
  },
  {
    name: 'or the default of the config',
    parts: {
      policy: accessPolicy({ mode: undefined }),
      config: controllerConfig({ defaultMode: 'observe' }),
      roles: rolesWith(2),
    },
    troubles: { mode: 'stops', trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: /set mode: enforce/,
    says: { mode: /defaultMode of the ControllerConfig/ },
  },
  {
    name: 'a mode is no obstacle for who is inside',
    parts: { policy: accessPolicy({ mode: 'observe' }) },
    troubles: {},
    verdict: 'mayEnter',
    fix: undefined,
  },
  {
    name: 'a suspended policy keeps a newcomer out',
    parts: { policy: accessPolicy({ suspend: true }), roles: rolesWith(2) },
    troubles: { policy: 'stops', trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: 'take suspend: true out of payments-debug.yaml:1',
  },
  {
    name: 'a policy that has ended by then',
    parts: { policy: accessPolicy({ expiresAtMs: at(30) }), inMinutes: 45 },
    troubles: { policy: 'stops', trust: 'stops', denies: 'stops' },
    verdict: 'mayNotEnter',
    fix: /set a later expiresAt in payments-debug\.yaml:1/,
  },
  {
    name: 'a policy that ends later lets in until then',
    parts: { policy: accessPolicy({ expiresAtMs: at(30) }), inMinutes: 15 },
    troubles: {},
    verdict: 'mayEnter',
    fix: undefined,
    says: { policy: /ends at 2026-01-01 12:30 UTC/, trust: /until 2026-01-01 12:30 UTC/ },
  },
  {
    name: 'a federation that nobody has verified writes nothing',
    parts: {
      federation: federation({ saml: samlFederation({ verification: 'unverified' }) }),
      roles: () => [],
    },
    troubles: { federation: 'stops', trust: 'stops', permissions: 'stops' },
    verdict: 'mayNotEnter',
    fix: /doctor --assertion/,
    says: { federation: /nobody has verified saml of the Federation entra/ },
  },
  {
    name: 'a federation without SAML admits no people',
    parts: { federation: federation({ saml: undefined }), roles: () => [] },
    troubles: { federation: 'stops', trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: /add saml/,
  },
  {
    name: 'an account without the identity provider',
    parts: { observed: { samlProviderArns: new Set<string>() }, roles: rolesWith(2) },
    troubles: { federation: 'stops', trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: /create the SAML provider/,
  },
  {
    name: 'an active assignment lets in until its end, and tells why it was activated',
    parts: {
      policy: pim,
      snapshot: pimSnapshot(
        [1],
        [
          assigned(-10, 62, {
            activation: {
              requestId: uuid('e', 1),
              justification: 'payments are stuck',
              ticketNumber: 'INC-42',
              ticketSystem: null,
              requestedAtMs: at(-10),
            },
          }),
        ],
      ),
    },
    troubles: {},
    verdict: 'mayEnter',
    fix: undefined,
    says: {
      assignment:
        'the assignment to "Payments On-call" is active from 2026-01-01 11:50 UTC until 2026-01-01 13:02 UTC (AWS is told 2026-01-01 13:00 UTC), activated at 2026-01-01 11:50 UTC: "payments are stuck", ticket INC-42',
    },
  },
  {
    name: 'after its end she is out, though the group may lag',
    parts: { policy: pim, snapshot: pimSnapshot([1], [assigned(-10, 62)]), inMinutes: 90 },
    troubles: { assignment: 'stops', trust: 'stops', denies: 'stops' },
    verdict: 'mayNotEnter',
    fix: /activate her assignment/,
    says: { assignment: 'the assignment to "Payments On-call" ended at 2026-01-01 13:02 UTC' },
  },
  {
    name: 'an assignment that begins later keeps her out now',
    parts: { policy: pim, snapshot: pimSnapshot([1], [assigned(30, 90)]), roles: rolesWith() },
    troubles: { assignment: 'stops', trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: /wait until 2026-01-01 12:30 UTC; --at 2026-01-01T12:30Z/,
  },
  {
    name: 'and makes her a member by then, when no group lists her yet',
    parts: {
      policy: pim,
      who: person(1).id,
      snapshot: pimSnapshot([2], [assigned(30, 90), assigned(-10, 90, { principalId: person(2).id })]),
      userStanding: present(standing('enabled')),
      inMinutes: 40,
    },
    troubles: {},
    verdict: 'mayEnter',
    fix: undefined,
    says: { group: /from the start of her assignment on/ },
  },
  {
    name: 'an assignment that a group does not show yet needs some minutes',
    parts: {
      policy: pim,
      who: person(1).id,
      snapshot: pimSnapshot([2], [assigned(-1, 90), assigned(-10, 90, { principalId: person(2).id })]),
      userStanding: present(standing('enabled')),
    },
    troubles: { group: 'stops', trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: 'wait some minutes, and ask again',
  },
  {
    name: 'assignments that cannot be read keep who is inside, and are no no',
    parts: { policy: pim, snapshot: pimSnapshot([1], 'unreadable'), roles: rolesWith(1) },
    troubles: { assignment: 'unknown' },
    verdict: 'mayEnter',
    fix: /graph answered 503/,
  },
  {
    name: 'an assignment by way of a group inside does not count where nested members do not',
    parts: {
      policy: pim,
      snapshot: pimSnapshot([1], [assigned(-10, 62, { isInherited: true })]),
      roles: rolesWith(),
    },
    troubles: { assignment: 'stops', trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: /activate her assignment/,
    says: { assignment: /^no assignment of hers to "Payments On-call" is active/ },
  },
  {
    name: 'a group that is not under Privileged Identity Management',
    parts: { policy: pim, snapshot: pimSnapshot([1], 'absent'), roles: rolesWith(2) },
    troubles: { assignment: 'unknown', trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: /take pim: true out of the policy/,
  },
  {
    name: 'assignments name people by object id, so that a mere name is asked for it',
    parts: {
      policy: pim,
      who: 'oncall-9@contoso.com',
      userStanding: present(standing('enabled')),
      snapshot: pimSnapshot([2], [assigned(-10, 90, { principalId: person(9).id })]),
    },
    troubles: { group: 'stops', assignment: 'unknown', trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: /activate/,
  },
  {
    name: 'a permanent member where standing access is forbidden',
    parts: { policy: accessPolicy({ standing: 'forbidden' }), roles: rolesWith() },
    troubles: { standing: 'stops', trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: /one with an end/,
  },
  {
    name: 'but for break-glass, whose members are meant to be in at all times',
    parts: {
      policy: accessPolicy({
        standing: 'forbidden',
        groups: [],
        breakGlass: groupSubject(groupIds.oncall),
      }),
    },
    troubles: {},
    verdict: 'mayEnter',
    fix: undefined,
    says: { group: /break-glass/ },
  },
  {
    name: 'a Lockout that is not written yet',
    parts: { lockouts: [lockout(60)], roles: rolesWith(1, 2, 3, 4, 5) },
    troubles: { lockout: 'stops' },
    verdict: 'mayEnter',
    fix: /rolewarden run/,
    says: { lockout: /laptop-stolen \(laptop-stolen\.yaml:1\).*until 2026-01-01 13:00 UTC: laptop stolen/ },
  },
  {
    name: 'a Lockout keeps out',
    parts: { lockouts: [lockout(60)], roles: rolesWith(2, 3, 4, 5) },
    troubles: { lockout: 'stops', trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: /ends by itself at 2026-01-01 13:00 UTC/,
  },
  {
    name: 'until it ends',
    parts: { lockouts: [lockout(60)], roles: rolesWith(2, 3, 4, 5), inMinutes: 90 },
    troubles: {},
    verdict: 'mayEnter',
    fix: undefined,
    says: { lockout: /ended at 2026-01-01 13:00 UTC/ },
  },
  {
    name: 'who may name a Lockout is not known while files are invalid',
    parts: { input: { knowsLockouts: false } },
    troubles: { lockout: 'unknown' },
    verdict: 'mayEnter',
    fix: undefined,
  },
  {
    name: 'with admission by app role the assignment in Entra decides; a member is taken to have it',
    parts: { policy: accessPolicy({ role: { admission: 'appRole' } }) },
    troubles: {},
    verdict: 'mayEnter',
    fix: undefined,
    says: { admission: /^appRole: the trust policy names nobody/, trust: /RolewardenAssigned allows it/ },
  },
  {
    name: 'there a Lockout works by a deny, which goes with it',
    parts: {
      policy: accessPolicy({ role: { admission: 'appRole' } }),
      lockouts: [lockout(60)],
      inMinutes: 90,
    },
    troubles: {},
    verdict: 'mayEnter',
    fix: undefined,
  },
  {
    name: 'and of which nothing was written before it ended',
    parts: {
      policy: accessPolicy({ role: { admission: 'appRole' } }),
      lockouts: [lockout(60)],
      inMinutes: 90,
      roles: () =>
        desiredWith(membersAre(1, 2), {
          policies: [accessPolicy({ role: { admission: 'appRole' } })],
        }).map((one) => roleInSync(one)),
    },
    troubles: {},
    verdict: 'mayEnter',
    fix: undefined,
  },
  {
    name: 'and until then keeps her out',
    parts: { policy: accessPolicy({ role: { admission: 'appRole' } }), lockouts: [lockout(60)] },
    troubles: { lockout: 'stops', denies: 'stops' },
    verdict: 'mayNotEnter',
    fix: /ends by itself/,
  },
  {
    name: 'and of anybody else nothing can be told',
    parts: {
      policy: accessPolicy({ role: { admission: 'appRole' } }),
      who: person(9).id,
      userStanding: present(standing('enabled')),
    },
    troubles: { group: 'unknown' },
    verdict: 'unknown',
    fix: /enterprise application/,
  },
  {
    name: 'who left the group still enters while her removal is held',
    parts: {
      snapshot: without(5),
      who: person(1).id,
      userStanding: present(standing('enabled')),
      roles: rolesWith(1, 2, 3, 4, 5),
    },
    troubles: { group: 'stops' },
    verdict: 'mayEnter',
    fix: /read again before/,
    says: { trust: /does not want her in; held \(awaitingSecondRead\)/ },
  },
  {
    name: 'a person whom nobody shows may be one whom the trust policy still names',
    parts: {
      snapshot: without(2),
      who: 'oncall-1@contoso.com',
      userStanding: present(standing('enabled')),
      roles: rolesWith(1, 2),
    },
    troubles: { group: 'stops', trust: 'unknown' },
    verdict: 'unknown',
    fix: /ask again with her object id/,
  },
  {
    name: 'a foreign Deny in the trust policy is nobody else but its author',
    parts: {
      roles: (desired) =>
        desired.map((one) => {
          const role = roleInSync(one);
          const document = JSON.parse(role.trustDocument) as { Version: string; Statement: object[] };
          const brake = {
            Sid: 'EmergencyBrake',
            Effect: 'Deny',
            Principal: { Federated: samlProvider },
            Action: 'sts:AssumeRoleWithSAML',
          };
          return roleInSync(one, {
            trustDocument: JSON.stringify({ ...document, Statement: [...document.Statement, brake] }),
          });
        }),
    },
    troubles: { trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: /EmergencyBrake/,
  },
  {
    name: 'a trust policy that cannot be parsed is unknown',
    parts: { roles: (desired) => desired.map((one) => roleInSync(one, { trustDocument: 'nothing' })) },
    troubles: { trust: 'unknown' },
    verdict: 'unknown',
    fix: /cannot be read/,
  },
  {
    name: 'a role that does not exist',
    parts: { roles: () => [] },
    troubles: { trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: /rolewarden run/,
    says: { trust: /^the role does not exist/ },
  },
  {
    name: 'a deny of hers, after a removal, is lifted by the next sweep',
    parts: {
      snapshot: membersAre(1, 2),
      roles: denying({ kind: 'putOut', sub: person(1).id, how: 'removed', atMs: at(-30) }),
    },
    troubles: { denies: 'stops' },
    verdict: 'mayNotEnter',
    fix: /takes her out of the deny/,
    says: { denies: /until 2026-01-02 11:45 UTC: RolewardenRemoved\d+N1 in rolewarden-revoked$/ },
  },
  {
    name: 'a deny of older sessions keeps new ones open',
    parts: {
      snapshot: membersAre(1, 2),
      roles: denying(
        { kind: 'putOut', sub: person(1).id, how: 'removed', atMs: at(-60) },
        { kind: 'letIn', sub: person(1).id, atMs: at(-20) },
      ),
    },
    troubles: {},
    verdict: 'mayEnter',
    fix: undefined,
    says: { earlierSessions: /began before is denied everything/ },
  },
  {
    name: 'a deny of a colleague is none of hers',
    parts: {
      snapshot: membersAre(1, 2),
      roles: denying({ kind: 'putOut', sub: person(2).id, how: 'removed', atMs: at(-30) }),
    },
    troubles: {},
    verdict: 'mayEnter',
    fix: undefined,
    says: { denies: 'nothing denies a session of hers that begins now' },
  },
  {
    name: "somebody's emergency brake in another inline policy",
    parts: { snapshot: membersAre(1, 2), roles: inline(deny('*')) },
    troubles: { denies: 'stops' },
    verdict: 'mayNotEnter',
    fix: /never removed by Rolewarden: whoever put Brake in quarantine there/,
  },
  {
    name: 'one that takes a part of the policy away is told',
    parts: { snapshot: membersAre(1, 2), roles: inline(deny('ecs:Describe*')) },
    troubles: {},
    verdict: 'mayEnter',
    fix: undefined,
    says: { denies: 'Brake in quarantine takes ecs:DescribeTasks away' },
  },
  {
    name: 'one that hangs on what is not known here is not guessed',
    parts: {
      snapshot: membersAre(1, 2),
      roles: inline(deny('*', { Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1' } } })),
    },
    troubles: { denies: 'unknown' },
    verdict: 'unknown',
    fix: /look at Brake in quarantine/,
  },
  {
    name: 'shells that would not open do not keep her out',
    parts: {
      policy: exec,
      execReadiness: [
        {
          place: { region: 'eu-west-1', cluster: 'payments', service: 'api' },
          policies: ['payments-debug'],
          reason: 'execNotEnabled',
          messages: ['set enableExecuteCommand'],
          warnings: [],
        },
      ],
    },
    troubles: { shells: 'stops' },
    verdict: 'mayEnter',
    fix: 'for shells in eu-west-1/payments/api: set enableExecuteCommand',
    says: { permissions: /inspect and exec on api \(cluster payments, eu-west-1\), shells in api/ },
  },
  {
    name: 'shells that nobody has looked at are unknown',
    parts: { policy: exec, execReadiness: [] },
    troubles: { shells: 'unknown' },
    verdict: 'mayEnter',
    fix: 'ask again in a minute',
  },
  {
    name: 'a federation that sends session tags needs a statement for them',
    parts: {
      federation: federation({ saml: samlFederation({ sendsSessionTags: true }) }),
      roles: rolesWith(1, 2, 3, 4, 5),
    },
    troubles: { trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: /rolewarden run/,
    says: { trust: /sends session tags, and for sts:TagSession no statement allows it/ },
  },
  {
    name: "a role of somebody else's waits until what others wrote in it stands still",
    parts: { policy: sharing, roles: othersRole },
    troubles: { trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: /once a running controller has read them the same/,
    says: {
      permissions: /somebody else's/,
      earlierSessions: /until it is 12 hours old/,
      trust: /othersUnsettled/,
    },
  },
  {
    name: "a role of somebody else's that carries no tag is not shared",
    parts: { policy: sharing, roles: () => [] },
    troubles: { trust: 'stops' },
    verdict: 'mayNotEnter',
    fix: /rolewarden:adopt=/,
  },
  {
    name: 'people who are known by name are found in any case',
    parts: {
      federation: federation({ saml: samlFederation({ nameId: 'userPrincipalName' }) }),
      snapshot: snapshotOf({
        groups: {
          [groupIds.oncall]: group(groupIds.oncall, [
            person(1, { userPrincipalName: 'Oncall-1@contoso.com' }),
            person(2),
          ]),
        },
      }),
      who: 'ONCALL-1@Contoso.com',
    },
    troubles: {},
    verdict: 'mayEnter',
    fix: undefined,
  },
];

describe('why somebody can or cannot enter', () => {
  it.each(situations)('$name', ({ parts, troubles: expected, verdict, fix, says }) => {
    const found = explanationOf(parts);
    expect(troubles(found)).toEqual(expected);
    expect(found.verdict).toBe(verdict);
    if (fix === undefined || typeof fix === 'string') expect(found.fix).toBe(fix);
    else expect(found.fix).toMatch(fix);
    for (const [name, sentence] of Object.entries(says ?? {}))
      expect(sentenceOf(found, name as LinkName)).toMatch(sentence);
  });

  it('says of a time to come that it is by what is known now, and of what is unknown what that is', () => {
    expect(explanationOf({ inMinutes: 30 }).conclusion).toBe(
      'oncall-1@contoso.com may enter payments-debug in dev at 2026-01-01 12:30 UTC, by what is known now',
    );
    expect(explanationOf({ isBlind: true }).conclusion).toMatch(
      /^whether oncall-1@contoso\.com may enter payments-debug in dev now cannot be told: .*iam:ListRoles/,
    );
  });

  it('every link is there in every situation, and wherever something is wrong something can be done', () => {
    for (const { parts } of situations) {
      const { links } = explanationOf(parts);
      expect(links).toHaveLength(15);
      for (const { sentence } of links) expect(sentence).not.toBe('');
      const bad = links.filter(({ state }) => state === 'stops' || state === 'unknown');
      if (bad.length > 0) expect(bad.some(({ fix }) => fix !== undefined)).toBe(true);
    }
  });

  it.each([
    [person(9).id, standing('enabled', 9), 'oncall-9@contoso.com'],
    [person(9).id, standing('deleted', 9), 'oncall-9@contoso.com'],
    [person(9).id, standing('notFound'), person(9).id],
    ['ONCALL-9@contoso.com', standing('enabled', 9), 'oncall-9@contoso.com'],
    [person(1).id, standing('enabled', 9), 'oncall-1@contoso.com'],
  ])('%s is called as the groups do, else as a look-up does', (who, found, expected) => {
    const explained = explanationOf({ who, userStanding: present(found) });
    expect([explained.who, explained.conclusion.split(' ')[0]]).toEqual([expected, expected]);
  });

  it('nobody may enter by it whom the evaluator of trust policies refuses, whatever the group says', () => {
    const numbers = fc.subarray([1, 2, 3, 4, 5, 6]);
    fc.assert(
      fc.property(numbers, numbers, fc.integer({ min: 1, max: 6 }), (members, inside, n) => {
        const roles = rolesWith(...inside);
        const found = explanationOf({
          snapshot: membersAre(...members),
          who: person(n).id,
          userStanding: present(standing('enabled')),
          roles,
        });
        const [role] = roles();
        const trust = parseTrustPolicy(role?.trustDocument ?? '');
        const decision =
          trust.ok &&
          mayEnter(trust.policy, {
            action: 'sts:AssumeRoleWithSAML',
            principal: { type: 'Federated', id: samlProvider },
            context: new Map([
              ['saml:aud', [samlAudience]],
              ['saml:sub', [person(n).id]],
            ]),
            atMs: nowMs,
          }).decision;
        expect(found.verdict).toBe(decision === 'allowed' ? 'mayEnter' : 'mayNotEnter');
      }),
      { numRuns: 60 },
    );
  });
});
