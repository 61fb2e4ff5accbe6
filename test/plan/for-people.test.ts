// What a plan carries along for people to read, and for nobody to decide by.

import { expect, it } from 'vitest';
import type { Assignment } from '../../src/domain/directory.ts';
import { accessPolicyName, denyPolicyName } from '../../src/domain/role.ts';
import { accessPolicy, group, groupIds, groupSubject, people, person, snapshotOf } from '../builders.ts';
import { desiredWith, fiveInGroup, nowMs, onlyRole, planOf, roleInSync } from './scenario.ts';

const hour = 3_600_000;

const untilInAnHour: Assignment = {
  principalId: person(1).id,
  startMs: nowMs - hour,
  endMs: nowMs + hour,
  kind: 'activated',
  isInherited: false,
  activation: undefined,
};

it('whoever is still a member and not admitted has a name, and reasons use it', () => {
  const disabled = person(2, { accountEnabled: false });
  const role = onlyRole(
    planOf({
      snapshot: snapshotOf({
        groups: { [groupIds.oncall]: group(groupIds.oncall, [person(1), disabled]) },
      }),
      roles: () => desiredWith(fiveInGroup).map((desired) => roleInSync(desired)),
    }),
  );
  expect([...role.names]).toEqual([[disabled.id, disabled.userPrincipalName]]);
  const change = role.apply.find(({ id }) => id.includes(disabled.id));
  expect(change?.why).toBe(`${disabled.userPrincipalName}: the account is disabled in Entra`);
});

it('ends of people and of the policy, and its break-glass members, are told whatever the state', () => {
  const policy = accessPolicy({
    groups: [groupSubject(groupIds.oncall, { pim: true })],
    breakGlass: groupSubject(groupIds.developers),
    expiresAtMs: nowMs + 48 * hour,
  });
  const parts = {
    policies: [policy],
    snapshot: snapshotOf({
      groups: {
        [groupIds.oncall]: group(groupIds.oncall, people(1)),
        [groupIds.developers]: group(groupIds.developers, people(2)),
      },
      assignments: { [groupIds.oncall]: [untilInAnHour] },
    }),
  };
  for (const role of [onlyRole(planOf(parts)), onlyRole(planOf({ ...parts, roles: () => [] }))]) {
    expect([...role.ends]).toEqual([[person(1).id, nowMs + hour]]);
    expect([...role.breakGlass]).toEqual([person(2).id]);
    expect(role.closesAtMs).toBe(nowMs + 48 * hour);
  }
});

it('documents have their lengths: of permissions as they would be, without white space', () => {
  const [desired] = desiredWith(fiveInGroup);
  if (desired === undefined) throw new Error('a role is desired');
  const observed = roleInSync(desired, { lastUsedAtMs: nowMs - hour });
  const [permissions] = observed.inlinePolicies;
  const document = permissions?.document ?? '';
  const spaced = { name: accessPolicyName, document: document.replaceAll(',', ' ,\n') };
  const denies = { name: denyPolicyName, document: '{"Version":"2012-10-17","Statement":[]}' };
  const role = onlyRole(planOf({ roles: () => [{ ...observed, inlinePolicies: [spaced, denies] }] }));
  expect(role.permissionsChars).toBe(document.length);
  expect(role.denies).toBe(denies.document);
  expect(role.lastUsedAtMs).toBe(nowMs - hour);
  expect(onlyRole(planOf({ roles: () => [] })).permissionsChars).toBe(document.length);
});
