// Denies that name people and times, tried on sessions that are open: a session keeps what it was opened with.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Rig, hubId, permissions, refusalOf, startMs, startRig } from './cloud-fixture.ts';
import { allowAll, enter, type Keys, listClusters, seedDoor } from './sessions-fixture.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await startRig();
  seedDoor(rig, 'door', ['anna', 'bert']);
});
afterEach(() => rig.stop());

const minute = 60_000;
const at = (offsetMs: number): string => new Date(startMs + offsetMs).toISOString();
const deny = (Condition?: object) => ({
  Effect: 'Deny',
  Action: '*',
  Resource: '*',
  ...(Condition === undefined ? {} : { Condition }),
});
const isAnna = { 'saml:sub': ['anna', 'someone-else'] };
const writeDenies = (...statements: readonly object[]): void =>
  rig.cloud.editRole(hubId, 'door', (role) => {
    role.inlinePolicies = {
      ...role.inlinePolicies,
      'rolewarden-revoked': permissions(...statements),
    };
  });

interface Case {
  readonly name: string;
  readonly statements: readonly object[];
  /** When the session is opened and when it is used, ms after the start. */
  readonly opened?: number;
  readonly used: number;
  readonly anna: 'denied' | 'allowed';
  /** Her colleague in the same role, with the same times. */
  readonly bert?: 'denied' | 'allowed';
}

const cases: readonly Case[] = [
  {
    name: 'before the end of a deny until a time',
    statements: [deny({ StringEquals: isAnna, DateLessThan: { 'aws:CurrentTime': at(minute) } })],
    used: minute - 1,
    anna: 'denied',
  },
  {
    name: 'at the end of a deny until a time',
    statements: [deny({ StringEquals: isAnna, DateLessThan: { 'aws:CurrentTime': at(minute) } })],
    used: minute,
    anna: 'allowed',
  },
  {
    name: 'before a cut-off',
    statements: [deny({ StringEquals: isAnna, DateGreaterThanEquals: { 'aws:CurrentTime': at(minute) } })],
    used: minute - 1,
    anna: 'allowed',
  },
  {
    name: 'at a cut-off',
    statements: [deny({ StringEquals: isAnna, DateGreaterThanEquals: { 'aws:CurrentTime': at(minute) } })],
    used: minute,
    anna: 'denied',
  },
  {
    name: 'in a session from before a re-grant',
    statements: [
      deny({
        StringEquals: isAnna,
        DateLessThan: { 'aws:CurrentTime': at(60 * minute), 'aws:TokenIssueTime': at(minute) },
      }),
    ],
    opened: minute - 1,
    used: 2 * minute,
    anna: 'denied',
  },
  {
    name: 'in a session from after a re-grant',
    statements: [
      deny({
        StringEquals: isAnna,
        DateLessThan: { 'aws:CurrentTime': at(60 * minute), 'aws:TokenIssueTime': at(minute) },
      }),
    ],
    opened: minute,
    used: 2 * minute,
    anna: 'allowed',
  },
  {
    name: 'in a session from before a cut-off of the whole role',
    statements: [deny({ DateLessThan: { 'aws:TokenIssueTime': at(minute) } })],
    used: minute,
    anna: 'denied',
    bert: 'denied',
  },
  {
    name: 'in a session from after a cut-off of the whole role',
    statements: [deny({ DateLessThan: { 'aws:TokenIssueTime': at(minute) } })],
    opened: minute,
    used: minute,
    anna: 'allowed',
  },
  {
    name: 'named by another key of the sign-in that lasts',
    statements: [deny({ StringEquals: { ...isAnna, 'saml:sub_type': 'persistent' } })],
    used: 0,
    anna: 'denied',
  },
  {
    name: 'named by a key of the sign-in that does not last',
    statements: [deny({ StringEquals: { 'saml:doc': `${hubId}/EntraID` } })],
    used: 0,
    anna: 'allowed',
  },
  {
    name: 'named by her source identity',
    statements: [deny({ StringEquals: { 'aws:SourceIdentity': ['anna'] } })],
    used: 0,
    anna: 'denied',
  },
  {
    name: 'named in another case',
    statements: [deny({ StringEquals: { 'saml:sub': ['ANNA'] } })],
    used: 0,
    anna: 'allowed',
  },
  {
    name: 'among several denies, of which one is hers',
    statements: [
      deny({ StringEquals: { 'saml:sub': 'carl' } }),
      deny({ StringEquals: isAnna, DateLessThan: { 'aws:CurrentTime': at(minute) } }),
    ],
    used: 0,
    anna: 'denied',
  },
];

const sentence = (person: string): string =>
  `400 AccessDeniedException: User: arn:aws:sts::${hubId}:assumed-role/door/${person} is not authorized to perform: ecs:ListClusters on resource: * with an explicit deny in an identity-based policy`;

const outcome = async (keys: Keys, person: string): Promise<string> => {
  const answer = await refusalOf(listClusters(rig, keys));
  if (answer === 'accepted') return 'allowed';
  return answer === sentence(person) ? 'denied' : answer;
};

test.each(cases)('a person $name', async ({ statements, opened = 0, used, anna, bert = 'allowed' }) => {
  rig.clock.nowMs = startMs + opened;
  const sessions = {
    anna: await enter(rig, 'door', 'anna', { sourceIdentity: 'anna' }),
    bert: await enter(rig, 'door', 'bert', { sourceIdentity: 'bert' }),
  };
  writeDenies(...statements);
  rig.clock.nowMs = startMs + used;
  expect({
    anna: await outcome(sessions.anna, 'anna'),
    bert: await outcome(sessions.bert, 'bert'),
  }).toEqual({ anna, bert });
});

test('a deny works as soon as readers see it, and no sooner', async () => {
  const keys = await enter(rig, 'door', 'anna');
  rig.cloud.setStaleReads(minute);
  writeDenies(deny({ StringEquals: isAnna }));
  expect(await outcome(keys, 'anna')).toBe('allowed');
  rig.clock.nowMs += minute;
  expect(await outcome(keys, 'anna')).toBe('denied');
});

const words: readonly (readonly [string, { inline?: readonly object[]; boundary?: object }, string])[] = [
  [
    'that nothing allows',
    { inline: [] },
    'because no identity-based policy allows the ecs:ListClusters action',
  ],
  [
    'that a statement denies',
    { inline: [allowAll, deny()] },
    'with an explicit deny in an identity-based policy',
  ],
  [
    'that only the boundary does not allow',
    { boundary: { ...allowAll, Action: 'iam:*' } },
    'because no permissions boundary allows the ecs:ListClusters action',
  ],
  [
    'that neither allows',
    { inline: [], boundary: { ...allowAll, Action: 'iam:*' } },
    'because no identity-based policy allows the ecs:ListClusters action',
  ],
  ['that the boundary denies', { boundary: deny() }, 'with an explicit deny in a permissions boundary'],
  [
    'that a statement denies which is not understood',
    { inline: [allowAll, { ...deny(), Resource: '${aws:username}' }] },
    'because no identity-based policy allows the ecs:ListClusters action',
  ],
];

test.each(words)(
  'a call %s is refused in the words of AWS',
  async (_name, { inline, boundary }, expected) => {
    await rig.stop();
    rig = await startRig({ managedPolicies: { limit: permissions(boundary ?? allowAll) } });
    seedDoor(rig, 'door', ['anna'], {
      inlinePolicies: { access: permissions(...(inline ?? [allowAll])) },
      permissionsBoundary: `arn:aws:iam::${hubId}:policy/limit`,
    });
    const refusal = await refusalOf(listClusters(rig, await enter(rig, 'door', 'anna')));
    expect(refusal.endsWith(expected) ? expected : refusal).toBe(expected);
  },
);
