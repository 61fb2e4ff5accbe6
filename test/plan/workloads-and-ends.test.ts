// Service principals, ends of access, attached policies, and admission by app role.

import { describe, expect, it } from 'vitest';
import type { DesiredRole } from '../../src/desired/desired-role.ts';
import { AppError } from '../../src/domain/errors.ts';
import { absent, type Reading, unreadable } from '../../src/domain/reading.ts';
import type { ServicePrincipal } from '../../src/domain/directory.ts';
import { renderTrustGrants } from '../../src/domain/render-trust-grants.ts';
import type { TrustGrant } from '../../src/domain/trust-grants.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import {
  accessPolicy,
  federation,
  group,
  groupIds,
  oidcFederation,
  oidcIssuer,
  oidcProvider,
  people,
  samlProvider,
  servicePrincipal,
  servicePrincipalSubject,
  snapshotOf,
  uuid,
} from '../builders.ts';
import {
  applied,
  desiredWith,
  held,
  inputOf,
  membersAre,
  onlyRole,
  type Parts,
  planOf,
  roleInSync,
  rolesWith,
  writeOps,
} from './scenario.ts';

const workloads = (...numbers: readonly number[]) =>
  accessPolicy({ groups: [], servicePrincipals: numbers.map((n) => servicePrincipalSubject(uuid('c', n))) });
const directory = (
  ...principals: readonly (ServicePrincipal | readonly [string, Reading<ServicePrincipal>])[]
) =>
  snapshotOf({
    servicePrincipals: Object.fromEntries(principals.map((one) => ('id' in one ? [one.id, one] : one))),
  });

const both = directory(servicePrincipal(1), servicePrincipal(2));
const withOidc = (tokenVersion: 1 | 2) => federation({ oidc: oidcFederation({ tokenVersion }) });
const inSyncWith = (parts: Parts) => () =>
  desiredWith(parts.snapshot ?? both, parts).map((role) => roleInSync(role));

describe('service principals', () => {
  it.each([
    [1 as const, { [`${oidcIssuer}:aud`]: 'api://rolewarden', [`${oidcIssuer}:sub`]: uuid('c', 1) }],
    [
      2 as const,
      {
        [`${oidcIssuer}:aud`]: uuid('d', 1),
        [`${oidcIssuer}:oaud`]: 'api://rolewarden',
        [`${oidcIssuer}:sub`]: uuid('c', 1),
      },
    ],
  ])('with v%i tokens are pinned to what IAM reads from them', (version, conditions) => {
    const role = onlyRole(
      planOf({ policies: [workloads(1)], federation: withOidc(version), snapshot: both, roles: () => [] }),
    );
    expect(applied(role)).toEqual(['createRole widens', 'putPermissions widens', 'grant widens']);
    const write = role.writes.find(({ op }) => op === 'updateTrust');
    expect(write?.op === 'updateTrust' && JSON.parse(write.after)).toMatchObject({
      Statement: [
        {
          Principal: { Federated: oidcProvider },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: { StringEquals: conditions },
        },
      ],
    });
    expect(role.apply.at(-1)?.why).toBe('deployer-1 is listed as a service principal');
  });

  const two: Parts = { policies: [workloads(1, 2)], federation: withOidc(2), snapshot: both };

  it('that are no longer listed go, without a second read: Git said so', () => {
    const role = onlyRole(planOf({ ...two, policies: [workloads(1)], roles: inSyncWith(two) }));
    expect([applied(role), role.apply[0]?.why]).toEqual([
      ['revoke narrows'],
      `service principal ${uuid('c', 2)} is not listed in the policy in this form`,
    ]);
  });

  it('that are disabled go at once', () => {
    const snapshot = directory(servicePrincipal(1), servicePrincipal(2, { accountEnabled: false }));
    const role = onlyRole(planOf({ ...two, snapshot, roles: inSyncWith(two) }));
    expect([applied(role), role.apply[0]?.why]).toEqual([
      ['revoke narrows'],
      `${uuid('c', 2)}: the account is disabled in Entra`,
    ]);
  });

  it.each<[string, ServicePrincipal | readonly [string, Reading<ServicePrincipal>]]>([
    ['unreadable', [uuid('c', 2), unreadable(new AppError('transient', 'no'))]],
    ['not in the directory', [uuid('c', 2), absent]],
    ['of unknown state', servicePrincipal(2, { accountEnabled: null })],
  ])('that are %s stay if they are in, and are not let in if they are not', (_name, second) => {
    const snapshot = directory(servicePrincipal(1), second);
    expect(onlyRole(planOf({ ...two, snapshot, roles: inSyncWith(two) })).state).toBe('inSync');
    const newcomer = onlyRole(
      planOf({ ...two, snapshot, roles: inSyncWith({ ...two, policies: [workloads(1)] }) }),
    );
    expect(held(newcomer)).toEqual(['grant standingUnknown']);
  });

  it('that come in by a looser statement are named anew without widening', () => {
    const loose = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: oidcProvider },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: { StringLike: { [`${oidcIssuer}:sub`]: 'c*' } },
        },
      ],
    });
    const roles = () =>
      desiredWith(both, { ...two, policies: [workloads(1)] }).map((role) =>
        roleInSync(role, { trustDocument: loose }),
      );
    const role = onlyRole(planOf({ ...two, policies: [workloads(1)], roles }));
    expect([applied(role), writeOps(role)]).toEqual([
      ['revoke narrows', 'grant none'],
      ['putDenies', 'updateTrust'],
    ]);
  });
});

const end = Date.UTC(2026, 0, 1, 13);
const withEnd = (role: DesiredRole, untilMs: number | undefined): DesiredRole => ({
  ...role,
  grants: new Map(
    [...role.grants].map(([key, grant]): [string, TrustGrant] => [
      key,
      grant.kind === 'person' ? { ...grant, untilMs } : grant,
    ]),
  ),
});

describe('the end of an access', () => {
  const decide = (observed: number | undefined, desired: number | undefined) => {
    const input = inputOf({ snapshot: membersAre(1) });
    const [role] = input.desired.roles;
    if (role === undefined) throw new Error('no role');
    const roles = [roleInSync(withEnd(role, observed))];
    return onlyRole(
      makePlan({
        ...input,
        desired: { roles: [withEnd(role, desired)] },
        observed: { ...input.observed, roles },
      }),
    );
  };

  it.each([
    ['set by hand is taken away again', end, undefined, ['grant widens']],
    ['moved later widens', end, end + 1_000, ['grant widens']],
    ['moved earlier narrows, without a second read', end, end - 1_000, ['revoke narrows']],
    ['given to an access without one narrows', undefined, end, ['revoke narrows']],
    ['that is the same is no difference', end, end, []],
  ])('%s', (_name, observed, desired, changes) => {
    const role = decide(observed, desired);
    expect([applied(role), held(role)]).toEqual([changes, []]);
    const write = role.writes[0];
    const written = desired === undefined ? [] : [new Date(desired).toISOString().replace('.000Z', 'Z')];
    if (write?.op === 'updateTrust') expect(write.after.match(/2026-[^"]+/g) ?? []).toEqual(written);
  });
});

describe('an attached policy', () => {
  const arn = 'arn:aws:iam::111122223333:policy/extra';
  const attached: Parts = {
    snapshot: membersAre(1),
    roles: () => desiredWith(membersAre(1)).map((role) => roleInSync(role, { attachedPolicyArns: [arn] })),
  };
  it.each<[string, Reading<string>, readonly string[], readonly string[]]>([
    ['that was deleted meanwhile is detached', absent, ['detachPolicy narrows'], []],
    [
      'that could not be read stays',
      unreadable(new AppError('denied', 'iam:GetPolicy is missing')),
      [],
      ['detachPolicy unreadable'],
    ],
    [
      'that is no policy document stays',
      { state: 'present', value: '[]' },
      [],
      ['detachPolicy opaqueDocument'],
    ],
  ])('%s', (_name, reading, wantApplied, wantHeld) => {
    const role = onlyRole(
      planOf({ ...attached, confirmations: { managedPolicies: new Map([[arn, reading]]) } }),
    );
    expect([applied(role), held(role)]).toEqual([wantApplied, wantHeld]);
  });

  it('is asked for', () => {
    expect(planOf(attached).questions.managedPolicyArns).toEqual([arn]);
  });
});

describe('admission by app role', () => {
  const byRole = accessPolicy({ role: { admission: 'appRole' } });
  const open = renderTrustGrants(
    {
      grants: new Map([
        [
          'x',
          {
            kind: 'anyone',
            provider: samlProvider,
            audience: 'https://signin.aws.amazon.com/saml',
            untilMs: undefined,
          },
        ],
      ]),
      foreignDenies: [],
    },
    [samlProvider],
  );

  it('is in sync whoever is in the group', () => {
    const roles = () => desiredWith(membersAre(1), { policies: [byRole] }).map((role) => roleInSync(role));
    expect(onlyRole(planOf({ policies: [byRole], snapshot: membersAre(1, 2), roles })).state).toBe('inSync');
  });

  it('turned into members names them and closes the hole, also below enforce, and everyone signs in again', () => {
    const policies = [accessPolicy({ mode: 'narrow-only' })];
    const roles = () =>
      desiredWith(membersAre(1, 2)).map((role) => roleInSync(role, { trustDocument: open }));
    const role = onlyRole(planOf({ policies, snapshot: membersAre(1, 2), roles }));
    expect([applied(role), writeOps(role)]).toEqual([
      ['revoke narrows', 'grant none', 'grant none'],
      ['putDenies', 'updateTrust'],
    ]);
  });

  it('turned into members keeps the hole while none of them can be read', () => {
    const snapshot = snapshotOf({
      groups: { [groupIds.oncall]: unreadable(new AppError('transient', 'no')) },
    });
    const roles = () =>
      desiredWith(membersAre(1, 2)).map((role) => roleInSync(role, { trustDocument: open }));
    const role = onlyRole(planOf({ snapshot, roles }));
    expect([applied(role), held(role)]).toEqual([[], ['revoke unreadable']]);
  });

  it.each([
    [1, [], ['revoke groupEmptied']],
    [2, ['revoke narrows'], []],
  ])('turned into members, read as empty %i time(s)', (polls, wantApplied, wantHeld) => {
    const snapshot = snapshotOf({
      groups: { [groupIds.oncall]: group(groupIds.oncall, []) },
      emptyPolls: { [groupIds.oncall]: polls },
    });
    const roles = () =>
      desiredWith(membersAre(1, 2)).map((role) => roleInSync(role, { trustDocument: open }));
    const role = onlyRole(planOf({ snapshot, roles }));
    expect([applied(role), held(role)]).toEqual([wantApplied, wantHeld]);
  });

  it('is no reason to keep a hole beside named members, nor the door of another account', () => {
    const snapshot = snapshotOf({
      groups: { [groupIds.oncall]: unreadable(new AppError('transient', 'no')) },
    });
    const named = JSON.parse(
      desiredWith(membersAre(1)).map((role) => roleInSync(role).trustDocument)[0] ?? '',
    ) as { Statement: object[] };
    const outsider = {
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::999999999999:root' },
      Action: 'sts:AssumeRole',
    };
    const parsed = JSON.parse(open) as { Statement: object[] };
    const decide = (...statements: readonly object[]) => {
      const trustDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements });
      return onlyRole(
        planOf({
          snapshot,
          roles: () => desiredWith(membersAre(1)).map((role) => roleInSync(role, { trustDocument })),
        }),
      );
    };
    const besideNamed = decide(...named.Statement, ...parsed.Statement);
    expect([applied(besideNamed), held(besideNamed)]).toEqual([['revoke narrows'], ['revoke unreadable']]);
    expect(applied(decide(outsider))).toEqual(['revoke narrows']);
  });

  it('asked for by an old role is what its tag says, not its trust policy', () => {
    const role = onlyRole(planOf({ policies: [byRole], snapshot: membersAre(1), roles: rolesWith(1) }));
    expect(applied(role)).toEqual(['grant widens', 'revoke narrows']);
  });

  it('needs no member to be readable', () => {
    const snapshot = snapshotOf({ groups: { [groupIds.oncall]: group(groupIds.oncall, people(1)) } });
    expect(onlyRole(planOf({ policies: [byRole], snapshot, roles: () => [] })).state).toBe('apply');
  });
});
