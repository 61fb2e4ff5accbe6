// The guards that look at more than one change: breaker, caps, room, order, pruning, and IAM's lag.

import { describe, expect, it } from 'vitest';
import { present } from '../../src/domain/reading.ts';
import { renderTrustGrants } from '../../src/domain/render-trust-grants.ts';
import type { ObservedRole } from '../../src/domain/role.ts';
import {
  accountScope,
  acknowledgementAnnotation,
  collectAcknowledgements,
  newcomersScope,
  parseAcknowledgement,
  policyScope,
  renderAcknowledgement,
} from '../../src/domain/acknowledgement.ts';
import { allowedLosses } from '../../src/plan/guards/breaker.ts';
import { allowedNewcomers } from '../../src/plan/guards/newcomers-many.ts';
import type { PlanInput } from '../../src/plan/plan-input.ts';
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
  policySet,
  samlFederation,
  samlProvider,
  snapshotOf,
  standing,
  uuid,
} from '../builders.ts';
import {
  type Parts,
  applied,
  desiredWith,
  held,
  membersAre,
  nowMs,
  onlyRole,
  planOf,
  reasons,
  roleInSync,
  rolesWith,
  secondReadOf,
  writeOps,
} from './scenario.ts';

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
const big = { trustQuotaChars: 8_192 };

const shrink = (before: number, after: number, more: Partial<Parts> = {}): Parts => ({
  snapshot: membersAre(...range(1, after)),
  roles: rolesWith(...range(1, before)),
  confirmations: secondReadOf(...range(1, after)),
  observed: big,
  ...more,
});

describe('the breaker', () => {
  it.each([
    [3, 0, 3],
    [3, 10, 3],
    [3, 11, 3],
    [3, 20, 6],
    [0, 10, 3],
  ])('lets max(%i, 30 %% of %i) = %i people go at once', (minimum, all, allowed) => {
    expect(allowedLosses({ minimum, percent: 30 }, all)).toBe(allowed);
  });

  it('lets three of five go', () => {
    expect(applied(onlyRole(planOf(shrink(5, 2))))).toEqual([
      'revoke narrows',
      'revoke narrows',
      'revoke narrows',
    ]);
  });

  it('holds four of five, and says what to commit', () => {
    const role = onlyRole(planOf(shrink(5, 1)));
    expect([applied(role), reasons(role)]).toEqual([[], new Set(['breaker'])]);
    const subjects = range(2, 5).map((n) => uuid('a', n));
    expect(role.held[0]?.hold).toEqual({
      reason: 'breaker',
      message:
        '4 of 5 people of policy payments-debug in account dev would lose access, more than 3 at once; if that is meant, `rolewarden ack policy:dev/payments-debug` prints what to commit',
      untilMs: undefined,
      acknowledgeable: { scope: policyScope('dev', 'payments-debug'), subjects },
    });
  });

  it('does not stop newcomers while it holds', () => {
    const role = onlyRole(
      planOf({ ...shrink(5, 1), snapshot: membersAre(1, 9), confirmations: secondReadOf(1, 9) }),
    );
    expect(applied(role)).toEqual(['grant widens']);
  });

  const acknowledging = (scope: string, subjects: readonly number[], untilMs: number): Partial<PlanInput> => {
    const text = renderAcknowledgement(
      scope,
      subjects.map((n) => uuid('a', n)),
      untilMs,
    );
    return {
      acknowledgements: collectAcknowledgements(
        policySet({
          accounts: [account({ meta: meta('dev', { annotations: { [acknowledgementAnnotation]: text } }) })],
        }),
      ),
    };
  };
  const scope = policyScope('dev', 'payments-debug');

  it.each([
    ['is let go by an acknowledgement of these people', scope, range(2, 5), nowMs + 1_000, 4],
    ['is let go by one that names more people', scope, range(2, 8), nowMs + 1_000, 4],
    ['is not let go by one that lacks someone', scope, range(3, 5), nowMs + 1_000, 0],
    ['is not let go by one for another policy', policyScope('dev', 'other'), range(2, 5), nowMs + 1_000, 0],
    [
      'is not let go by one for another account',
      policyScope('prod', 'payments-debug'),
      range(2, 5),
      nowMs + 1,
      0,
    ],
    ['is not let go by one that has ended', scope, range(2, 5), nowMs, 0],
  ])('%s', (_name, given, subjects, untilMs, gone) => {
    const role = onlyRole(planOf(shrink(5, 1, { input: acknowledging(given, subjects, untilMs) })));
    expect(role.apply.length).toBe(gone);
  });

  it.each([
    [
      'lacks someone',
      range(3, 5),
      nowMs + 1_000,
      `the acknowledgement in Git does not name ${uuid('a', 2)}; if that`,
    ],
    ['has ended', range(2, 5), nowMs, 'the acknowledgement in Git ended at 2026-01-01 12:00 UTC; if that'],
  ])('says that an acknowledgement %s', (_name, subjects, untilMs, sentence) => {
    const role = onlyRole(planOf(shrink(5, 1, { input: acknowledging(scope, subjects, untilMs) })));
    expect(role.held[0]?.hold.message).toContain(sentence);
  });

  it('counts the account over all its policies', () => {
    const policies = range(1, 4).map((n) =>
      accessPolicy({
        meta: meta(`policy-${n}`),
        role: { name: `role-${n}` },
        groups: [groupSubject(uuid('b', n))],
      }),
    );
    const of = (members: readonly (readonly number[])[]) =>
      snapshotOf({
        groups: Object.fromEntries(
          members.map((numbers, index) => [
            uuid('b', index + 1),
            group(uuid('b', index + 1), people(...numbers)),
          ]),
        ),
      });
    const before = of([
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ]);
    const after = of([[1], [3], [5], [7]]);
    const parts: Parts = {
      policies,
      snapshot: after,
      roles: () => desiredWith(before, { policies }).map((role) => roleInSync(role)),
      confirmations: { groups: after.groups },
    };
    const plan = planOf(parts);
    expect(plan.roles.flatMap(held)).toEqual(Array.from({ length: 4 }, () => 'revoke breaker'));
    expect(plan.roles[0]?.held[0]?.hold.message).toContain('4 of 8 people of account dev would lose access');
    const subjects = [2, 4, 6, 8];
    const done = planOf({ ...parts, input: acknowledging(accountScope('dev'), subjects, nowMs + 1_000) });
    expect(done.roles.flatMap(applied)).toEqual(Array.from({ length: 4 }, () => 'revoke narrows'));
  });

  it('does not count someone who keeps her place by another grant', () => {
    const renamed = federation({ saml: samlFederation({ providerName: 'Entra2' }) });
    const role = onlyRole(
      planOf({
        federation: renamed,
        roles: rolesWith(1, 2, 3, 4, 5),
        observed: { samlProviderArns: new Set([samlProvider.replace('EntraID', 'Entra2')]) },
      }),
    );
    expect([reasons(role), writeOps(role)]).toEqual([new Set(), ['updateTrust']]);
  });

  it('does not count proven leavers, and they go', () => {
    const disabled = range(1, 5).map((n) => person(n, n > 1 ? { accountEnabled: false } : {}));
    const role = onlyRole(
      planOf({
        snapshot: snapshotOf({ groups: { [groupIds.oncall]: group(groupIds.oncall, disabled) } }),
        roles: rolesWith(...range(1, 5)),
      }),
    );
    expect(applied(role)).toEqual(Array.from({ length: 4 }, () => 'revoke narrows'));
  });

  it('has a limit for proven leavers too', () => {
    const disabled = range(1, 40).map((n) => person(n, n > 15 ? { accountEnabled: false } : {}));
    const role = onlyRole(
      planOf({
        snapshot: snapshotOf({ groups: { [groupIds.oncall]: group(groupIds.oncall, disabled) } }),
        roles: rolesWith(...range(1, 40)),
        observed: big,
      }),
    );
    expect([applied(role), reasons(role)]).toEqual([[], new Set(['provenLeaverCap'])]);
    expect(role.held[0]?.hold.message).toBe(
      '25 people of account dev are disabled or deleted in Entra at once, more than 20; check Entra, and if they have really left, raise safety.provenLeavers in the ControllerConfig',
    );
  });
});

describe('an acknowledgement', () => {
  const text = renderAcknowledgement('policy:dev/a', ['b', 'a'], nowMs);
  it('comes back as it was made', () => {
    expect(parseAcknowledgement(text)).toEqual({
      scope: 'policy:dev/a',
      subjects: new Set(['a', 'b']),
      untilMs: nowMs,
    });
  });
  it.each([
    text.replace('=a,b', '=a,b,c'),
    text.replace('dev/a', 'dev/b'),
    text.replace('subjects', 'subject'),
    'yes',
    text.replace('2026', 'soon'),
  ])('is nothing when it was changed: %s', (changed) => {
    expect(parseAcknowledgement(changed)).toBeUndefined();
  });
});

describe('room in the trust policy', () => {
  it('holds newcomers, by name, and says how many fit', () => {
    const role = onlyRole(
      planOf({ snapshot: membersAre(...range(1, 60)), roles: rolesWith(...range(1, 15), 59) }),
    );
    expect(reasons(role)).toEqual(new Set(['trustFull']));
    const write = role.writes.find((one) => one.op === 'updateTrust');
    const size = write?.op === 'updateTrust' ? write.after.length : 0;
    expect([size <= 2_048, size > 2_048 - 39]).toEqual([true, true]);
    expect(role.held[0]?.hold.message).toMatch(
      /^the trust policy is full: 45 of 60 members fit into 2048 characters; raise the quota "Role trust policy length" \(up to 8,192\), split the policy into two roles, or set role.admission: appRole$/,
    );
  });

  it('gives the first room to the break-glass group', () => {
    const policies = [accessPolicy({ breakGlass: groupSubject(groupIds.developers) })];
    const snapshot = snapshotOf({
      groups: {
        [groupIds.oncall]: group(groupIds.oncall, people(...range(1, 60))),
        [groupIds.developers]: group(groupIds.developers, people(98, 99)),
      },
    });
    const role = onlyRole(planOf({ policies, snapshot, roles: rolesWith(...range(1, 15)) }));
    const granted = role.apply.flatMap(({ detail }) =>
      detail.kind === 'grant' && 'sub' in detail.grant ? [detail.grant.sub] : [],
    );
    expect(granted).toEqual(expect.arrayContaining([uuid('a', 98), uuid('a', 99)]));
    expect(reasons(role)).toEqual(new Set(['trustFull']));
  });

  it('lets removals through although everything is too large', () => {
    const role = onlyRole(planOf({ ...shrink(60, 59), observed: { trustQuotaChars: 2_048 } }));
    expect(applied(role)).toEqual(['revoke narrows']);
  });

  it('never pushes anyone out for a newcomer', () => {
    const role = onlyRole(
      planOf({ snapshot: membersAre(...range(1, 60)), roles: rolesWith(...range(50, 60)) }),
    );
    const write = role.writes.find((one) => one.op === 'updateTrust');
    for (const n of range(50, 60)) expect(write?.op === 'updateTrust' && write.after).toContain(uuid('a', n));
  });
});

const grantsDocument = (numbers: readonly number[], extra: readonly object[]): string => {
  const [role] = desiredWith(membersAre(...numbers));
  const parsed = JSON.parse(
    renderTrustGrants({ grants: role?.grants ?? new Map(), foreignDenies: [] }, [samlProvider]),
  ) as { Statement: object[] };
  return JSON.stringify({ Version: '2012-10-17', Statement: [...parsed.Statement, ...extra] });
};
const withTrust = (document: string) => (): readonly ObservedRole[] =>
  desiredWith(membersAre(1)).map((role) => roleInSync(role, { trustDocument: document }));

const everyone = {
  Effect: 'Allow',
  Principal: { Federated: samlProvider },
  Action: 'sts:AssumeRoleWithSAML',
  Condition: { StringEquals: { 'SAML:aud': 'https://signin.aws.amazon.com/saml' } },
};
const outsider = {
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::999999999999:root' },
  Action: 'sts:AssumeRole',
};
const byAddress = {
  Effect: 'Allow',
  Principal: { Federated: samlProvider },
  Action: 'sts:AssumeRoleWithSAML',
  Condition: {
    StringEquals: {
      'saml:aud': 'https://signin.aws.amazon.com/saml',
      'saml:sub': people(1, 2).map(({ id }) => id),
    },
    IpAddress: { 'aws:SourceIp': '10.0.0.0/8' },
  },
};
const brake = { Sid: 'Incident', Effect: 'Deny', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' };

describe('very many newcomers', () => {
  const all = range(1, 60);
  const grow = (before: readonly number[], more: Partial<Parts> = {}): Parts => ({
    snapshot: membersAre(...all),
    roles: rolesWith(...before),
    observed: big,
    ...more,
  });
  const acknowledged = (subjects: readonly number[]): Partial<PlanInput> => {
    const given = {
      scope: newcomersScope('dev', 'payments-debug'),
      subjects: new Set(subjects.map((n) => uuid('a', n))),
      untilMs: nowMs + 1,
    };
    return { acknowledgements: [given] };
  };

  it.each([
    [{ minimum: 50, factor: 3 }, 0, 50],
    [{ minimum: 50, factor: 3 }, 16, 50],
    [{ minimum: 50, factor: 3 }, 20, 60],
    [{ minimum: 5, factor: 0 }, 100, 5],
  ])('%j lets, where %i have access, %i in at once', (limit, people, allowed) => {
    expect(allowedNewcomers(limit, people)).toBe(allowed);
  });

  it('wait for a word, and it is said how to give it', () => {
    const role = onlyRole(planOf(grow([1, 2])));
    expect([applied(role), reasons(role)]).toEqual([[], new Set(['newcomersMany'])]);
    expect(role.held[0]?.hold.message).toBe(
      '58 people would gain access by policy payments-debug in account dev, where 2 have it, more than 50 at once; if that is meant, `rolewarden ack newcomers:dev/payments-debug` prints what to commit',
    );
  });

  it('come in once it is given, and as long as they are few by comparison', () => {
    expect(applied(onlyRole(planOf(grow([1, 2], { input: acknowledged(all) })))).length).toBe(58);
    expect(applied(onlyRole(planOf(grow(range(1, 15))))).length).toBe(45);
  });

  it('do not keep anybody inside who leaves', () => {
    const role = onlyRole(planOf(grow([1, 2, 99], { confirmations: secondReadOf(...all) })));
    expect(applied(role)).toEqual(['revoke narrows']);
  });
});

describe('statements that are not ours', () => {
  it('a stranger of another account goes at once', () => {
    const role = onlyRole(
      planOf({ snapshot: membersAre(1), roles: withTrust(grantsDocument([1], [outsider])) }),
    );
    expect([applied(role), writeOps(role)]).toEqual([['revoke narrows'], ['putDenies', 'updateTrust']]);
    expect(role.apply[0]?.driftClass).toBe('foreignStatement');
  });

  it('a hole for anyone of the provider is closed at once, also below enforce', () => {
    const policies = [accessPolicy({ mode: 'narrow-only' })];
    const role = onlyRole(
      planOf({ policies, snapshot: membersAre(1, 2), roles: withTrust(grantsDocument([1], [everyone])) }),
    );
    // Person 2 comes in through the hole already: naming her widens nothing.
    expect(applied(role)).toEqual(['revoke narrows', 'grant none']);
  });

  it('a Deny stays in the document and is reported', () => {
    const role = onlyRole(
      planOf({ snapshot: membersAre(1, 2), roles: withTrust(grantsDocument([1], [brake])) }),
    );
    const write = role.writes[0];
    expect(write?.op === 'updateTrust' && JSON.parse(write.after)).toMatchObject({ Statement: [{}, brake] });
    expect(role.warnings).toContain(
      'the trust policy holds 1 Deny statement(s) that are not ours; they are kept',
    );
  });

  it('a statement that may let members in stays while their grants are held', () => {
    const policies = [accessPolicy({ mode: 'narrow-only' })];
    const role = onlyRole(
      planOf({
        policies,
        snapshot: membersAre(1, 2),
        roles: withTrust(grantsDocument([3], [byAddress])),
        confirmations: secondReadOf(1, 2),
      }),
    );
    expect(applied(role)).toEqual(['revoke narrows']);
    expect(held(role)).toEqual(['revoke wouldLockOut', 'grant narrowOnly', 'grant narrowOnly']);
  });

  it('in enforce the statement is replaced by the named members at once', () => {
    const role = onlyRole(
      planOf({
        snapshot: membersAre(1, 2),
        roles: withTrust(JSON.stringify({ Version: '2012-10-17', Statement: [byAddress] })),
      }),
    );
    expect([applied(role), writeOps(role)]).toEqual([
      ['revoke narrows', 'grant widens', 'grant widens'],
      ['putDenies', 'updateTrust'],
    ]);
  });

  it('a closing Deny of ours with an Allow behind it is written anew, without letting anyone in', () => {
    const closed = {
      Sid: 'RolewardenClosed',
      Effect: 'Deny',
      Principal: { Federated: samlProvider },
      Action: 'sts:AssumeRoleWithSAML',
    };
    const role = onlyRole(
      planOf({ snapshot: membersAre(), roles: withTrust(grantsDocument([7], [closed])) }),
    );
    expect([applied(role), writeOps(role)]).toEqual([['restateTrust none'], ['updateTrust']]);
  });
});

describe('nobody is put out because what replaces her grant is held', () => {
  it('when the new identity provider is missing', () => {
    const renamed = federation({ saml: samlFederation({ providerName: 'Missing' }) });
    const role = onlyRole(
      planOf({ federation: renamed, snapshot: membersAre(1, 2), roles: rolesWith(1, 2) }),
    );
    expect(held(role)).toEqual([
      'revoke wouldLockOut',
      'revoke wouldLockOut',
      'grant providerMissing',
      'grant providerMissing',
    ]);
  });
});

describe('the order of writes', () => {
  const other = [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }];
  const oldRoles = rolesWith(1, 2);
  it('denies who leaves, narrows trust, then changes permissions, then widens trust', () => {
    const role = onlyRole(
      planOf({
        policies: [accessPolicy({ statements: other })],
        snapshot: membersAre(1, 3),
        roles: oldRoles,
        confirmations: secondReadOf(1, 3),
      }),
    );
    expect(writeOps(role)).toEqual(['putDenies', 'updateTrust', 'putInlinePolicy', 'updateTrust']);
    expect(role.writes.map((write) => write.effect)).toEqual(['narrows', 'narrows', 'mixed', 'widens']);
  });

  it('keeps new permissions back while somebody whose removal is held would get them, and newcomers with them', () => {
    const role = onlyRole(
      planOf({
        policies: [accessPolicy({ statements: other })],
        snapshot: membersAre(1, 3),
        roles: oldRoles,
      }),
    );
    expect([applied(role), held(role)]).toEqual([
      [],
      ['putPermissions afterHeldChange', 'revoke awaitingSecondRead', 'grant afterHeldChange'],
    ]);
  });

  it('takes permissions away although a removal is held', () => {
    const both = [{ Effect: 'Allow', Action: 'ecs:DescribeTasks', Resource: '*' }, ...other];
    const roles = () =>
      desiredWith(membersAre(1, 2), { policies: [accessPolicy({ statements: both })] }).map((role) =>
        roleInSync(role),
      );
    const role = onlyRole(planOf({ snapshot: membersAre(1), roles }));
    expect([applied(role), held(role)]).toEqual([['putPermissions narrows'], ['revoke awaitingSecondRead']]);
  });
});

describe('a policy that is gone', () => {
  const orphan =
    (overrides: Partial<ObservedRole> = {}, prune = false) =>
    () =>
      desiredWith(membersAre(1, 2), { policies: [accessPolicy({ prune })] }).map((role) =>
        roleInSync(role, overrides),
      );
  const closedTrust = renderTrustGrants({ grants: new Map(), foreignDenies: [] }, [samlProvider]);
  const gone: Parts = { policies: [] };

  it('closes its role', () => {
    const role = onlyRole(planOf({ ...gone, roles: orphan() }));
    expect([applied(role), writeOps(role)]).toEqual([
      ['revoke narrows', 'revoke narrows'],
      ['putDenies', 'updateTrust'],
    ]);
    expect(role.writes[1]?.op === 'updateTrust' && role.writes[1].after).toBe(closedTrust);
  });

  it('closes nothing while a policy file is invalid', () => {
    const role = onlyRole(planOf({ ...gone, roles: orphan(), input: { policiesComplete: false } }));
    expect(held(role)).toEqual(['revoke sourcesInvalid', 'revoke sourcesInvalid']);
  });

  it('lets proven leavers go although a policy file is invalid', () => {
    const role = onlyRole(
      planOf({
        ...gone,
        roles: orphan(),
        input: { policiesComplete: false },
        confirmations: { standings: new Map([[uuid('a', 1), present(standing('disabled'))]]) },
      }),
    );
    expect([applied(role), held(role)]).toEqual([['revoke narrows'], ['revoke sourcesInvalid']]);
  });

  it('is stopped by the breaker', () => {
    const roles = () => desiredWith(membersAre(1, 2, 3, 4)).map((role) => roleInSync(role));
    expect(reasons(onlyRole(planOf({ ...gone, roles })))).toEqual(new Set(['breaker']));
  });

  it('counts people whom nobody named as many', () => {
    const roles = () =>
      desiredWith(membersAre(1), { policies: [accessPolicy({ role: { admission: 'appRole' } })] }).map(
        (role) => roleInSync(role),
      );
    expect(reasons(onlyRole(planOf({ ...gone, roles })))).toEqual(new Set(['breaker']));
  });

  it('keeps the closed role when it may not be pruned', () => {
    const role = onlyRole(planOf({ ...gone, roles: orphan({ trustDocument: closedTrust }) }));
    expect([role.state, role.warnings]).toEqual([
      'inSync',
      [
        'the policy payments-debug is gone; the role is closed and kept (its prune tag does not say true, or it waits)',
      ],
    ]);
  });

  const absence = (goodLoads: number, agoMs: number): Partial<PlanInput> => ({
    absences: new Map([['payments-debug', { goodLoads, sinceMs: nowMs - agoMs }]]),
  });
  it.each([
    ['before any good load without it', {}, 'hold'],
    ['after one good load', absence(1, 3_600_000), 'hold'],
    ['after two good loads within ten minutes', absence(2, 599_999), 'hold'],
    ['after two good loads ten minutes apart', absence(2, 600_000), 'apply'],
    ['but not while files are invalid', { ...absence(9, 3_600_000), policiesComplete: false }, 'hold'],
    ['but not in observe', { ...absence(9, 3_600_000), orphanMode: 'observe' as const }, 'hold'],
  ])('has its closed role deleted %s', (_name, input, state) => {
    const role = onlyRole(planOf({ ...gone, roles: orphan({ trustDocument: closedTrust }, true), input }));
    expect([
      role.state,
      [...role.apply, ...role.held.map(({ change }) => change)].map(({ detail }) => detail.kind),
    ]).toEqual([state, ['deleteRole']]);
  });

  it('is deleted with the Denies that are ours', () => {
    const overrides = {
      trustDocument: closedTrust,
      inlinePolicies: [
        {
          name: 'rolewarden-access',
          document: JSON.stringify({
            Statement: [
              { Sid: 'Rolewarden1NoRetag', Effect: 'Deny', Action: 'ecs:TagResource', Resource: '*' },
            ],
          }),
        },
      ],
    };
    const role = onlyRole(planOf({ ...gone, roles: orphan(overrides, true), input: absence(5, 3_600_000) }));
    expect(applied(role)).toEqual(['deleteRole narrows']);
  });

  it.each([
    ['its trust policy', { trustDocument: grantsDocument([], [brake]) }],
    [
      'an inline policy',
      {
        trustDocument: closedTrust,
        inlinePolicies: [
          {
            name: 'stop',
            document: JSON.stringify({ Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }] }),
          },
        ],
      },
    ],
    [
      'our own inline policy, beside our statements',
      {
        trustDocument: closedTrust,
        inlinePolicies: [
          {
            name: 'rolewarden-access',
            document: JSON.stringify({
              Statement: [
                { Sid: 'Rolewarden1', Effect: 'Allow', Action: 's3:*', Resource: '*' },
                { Sid: 'Rolewarden2NoRetag', Effect: 'Deny', Action: 'ecs:TagResource', Resource: '*' },
                { Sid: 'Incident', Effect: 'Deny', Action: '*', Resource: '*' },
              ],
            }),
          },
        ],
      },
    ],
  ])('is not deleted while a foreign Deny is on %s', (_name, overrides) => {
    const role = onlyRole(planOf({ ...gone, roles: orphan(overrides, true), input: absence(5, 3_600_000) }));
    expect(held(role)).toEqual(['deleteRole foreignDeny']);
  });
});

describe('IAM that still shows what was before our write', () => {
  const [before] = rolesWith(1, 2)();
  const [after] = rolesWith(1, 2, 3)();
  const write = {
    roleName: 'payments-debug',
    field: 'trust',
    before: before?.trustDocument ?? '',
    after: after?.trustDocument ?? '',
  } as const;

  it('is settling, not drift', () => {
    const role = onlyRole(
      planOf({
        snapshot: membersAre(1, 2, 3),
        roles: rolesWith(1, 2),
        input: { recentWrites: [{ ...write, atMs: nowMs - 299_999 }] },
      }),
    );
    expect([role.state, role.isSettling]).toEqual(['inSync', true]);
  });

  it('is drift after five minutes', () => {
    const role = onlyRole(
      planOf({
        snapshot: membersAre(1, 2, 3),
        roles: rolesWith(1, 2),
        input: { recentWrites: [{ ...write, atMs: nowMs - 300_000 }] },
      }),
    );
    expect([role.state, role.isSettling]).toEqual(['apply', false]);
  });

  it('does not hide a change of someone else', () => {
    const role = onlyRole(
      planOf({
        snapshot: membersAre(1, 2, 3),
        roles: rolesWith(1),
        input: { recentWrites: [{ ...write, atMs: nowMs - 1 }] },
      }),
    );
    expect(applied(role)).toEqual(['grant widens', 'grant widens']);
  });

  it('lets the next member in on top of what was written', () => {
    const role = onlyRole(
      planOf({
        snapshot: membersAre(1, 2, 3, 4),
        roles: rolesWith(1, 2),
        input: { recentWrites: [{ ...write, atMs: nowMs - 1 }] },
      }),
    );
    expect(applied(role)).toEqual(['grant widens']);
    expect(role.writes[0]?.op === 'updateTrust' && role.writes[0].before).toBe(write.after);
  });

  it.each([
    ['a newcomer waits for permissions', 'inline', ['grant writeUncertain'], ['putPermissions mixed']],
    [
      'permissions wait for a trust policy',
      'trust',
      ['putPermissions writeUncertain', 'grant afterHeldChange'],
      [],
    ],
  ] as const)('%s whose last write got no answer', (_, what, wantHeld, wantApplied) => {
    const lost = {
      roleName: 'payments-debug',
      field: 'uncertain',
      what,
      policyName: 'rolewarden-access',
      after: '{"Version":"2012-10-17","Statement":[]}',
      atMs: nowMs - 1,
    } as const;
    const role = onlyRole(
      planOf({
        snapshot: membersAre(1, 2, 3),
        roles: () =>
          rolesWith(1, 2)().map((one) => ({
            ...one,
            inlinePolicies: [
              {
                name: 'rolewarden-access',
                document:
                  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}',
              },
            ],
          })),
        input: { recentWrites: [lost] },
      }),
    );
    expect({ held: held(role), applied: applied(role) }).toEqual({ held: wantHeld, applied: wantApplied });
  });

  it('does not create a role again that the listing lacks', () => {
    const created = rolesWith(1, 2)()[0];
    if (created === undefined) throw new Error('no role');
    const role = onlyRole(
      planOf({
        snapshot: membersAre(1, 2),
        roles: () => [],
        input: {
          recentWrites: [{ roleName: created.name, field: 'created', role: created, atMs: nowMs - 1 }],
        },
      }),
    );
    expect([role.state, role.isSettling]).toEqual(['inSync', true]);
  });

  it('does not delete a role again that the listing still has', () => {
    const plan = planOf({
      policies: [],
      roles: rolesWith(1),
      input: { recentWrites: [{ roleName: 'payments-debug', field: 'deleted', atMs: nowMs - 1 }] },
    });
    expect(plan.roles).toEqual([]);
  });
});

describe('app-role admission', () => {
  it('pins provider and audience only', () => {
    const role = onlyRole(
      planOf({
        policies: [accessPolicy({ role: { admission: 'appRole' } })],
        config: controllerConfig(),
        roles: rolesWith(1, 2),
      }),
    );
    expect(applied(role)).toEqual(['grant widens', 'revoke narrows', 'revoke narrows']);
  });
});
