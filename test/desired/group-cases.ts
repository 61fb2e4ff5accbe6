// How well a group was read, and what a policy's author should know about it.

import type { OtherMember } from '../../src/domain/directory.ts';
import { AppError } from '../../src/domain/errors.ts';
import { absent, unreadable } from '../../src/domain/reading.ts';
import { group, groupIds, groupSubject, people, person, uuid } from '../builders.ts';
import { type PeopleCase, byName, inOncall, nameUnknown } from './people-case.ts';

const { oncall, developers } = groupIds;
const withOthers = (...kinds: readonly OtherMember['kind'][]): PeopleCase['groups'] => ({
  [oncall]: group(
    oncall,
    people(1),
    kinds.map((kind, n) => ({ id: uuid('c', n), kind })),
  ),
});

const groupStates: readonly PeopleCase[] = [
  {
    name: 'a group that was read says so',
    groups: inOncall(person(1)),
    groupStates: [
      { key: oncall, pim: false, expiresAtMs: undefined, state: 'read', message: '', emptyPolls: 0 },
    ],
  },
  {
    name: 'an empty group says in how many polls, and warns',
    groups: inOncall(),
    emptyPolls: { [oncall]: 2 },
    groupStates: [
      { key: oncall, pim: false, expiresAtMs: undefined, state: 'read', message: '', emptyPolls: 2 },
    ],
    warnings: [`group ${oncall} has no people in it`],
  },
  {
    name: 'a group under Privileged Identity Management is empty while nobody is active, which is no warning',
    subjects: [groupSubject(oncall, { pim: true })],
    groups: inOncall(),
    emptyPolls: { [oncall]: 2 },
    groupStates: [
      { key: oncall, pim: true, expiresAtMs: undefined, state: 'read', message: '', emptyPolls: 2 },
    ],
    warnings: [],
  },
  {
    name: 'a group that has not been read yet is unreadable',
    groups: {},
    groupStates: [
      {
        key: oncall,
        pim: false,
        expiresAtMs: undefined,
        state: 'unreadable',
        message: `group ${oncall} has not been read yet; the next poll reads it`,
        emptyPolls: 0,
      },
    ],
  },
  {
    name: 'a group that was read only with its direct members is not read nested',
    subjects: [groupSubject(oncall, { nested: true })],
    groups: inOncall(person(1)),
    admitted: [],
    groupStates: [
      {
        key: `${oncall}+nested`,
        pim: false,
        expiresAtMs: undefined,
        state: 'unreadable',
        message: `group ${oncall} has not been read yet; the next poll reads it`,
        emptyPolls: 0,
      },
    ],
  },
  {
    name: 'a group that is not in the directory has vanished',
    subjects: [groupSubject(oncall, { displayName: 'On-call' })],
    groups: { [oncall]: absent },
    groupStates: [
      {
        key: oncall,
        pim: false,
        expiresAtMs: undefined,
        state: 'vanished',
        message: `group "On-call" (${oncall}) is not in the directory; if it was deleted on purpose, take it out of the policy, else restore it in Entra`,
        emptyPolls: 0,
      },
    ],
    warnings: [
      `group "On-call" (${oncall}) is not in the directory; if it was deleted on purpose, take it out of the policy, else restore it in Entra`,
    ],
  },
  {
    name: 'a group that could not be read says why',
    groups: { [oncall]: unreadable(new AppError('transient', 'throttled (429)')) },
    emptyPolls: { [oncall]: 3 },
    groupStates: [
      {
        key: oncall,
        pim: false,
        expiresAtMs: undefined,
        state: 'unreadable',
        message: `group ${oncall} could not be read: throttled (429)`,
        emptyPolls: 0,
      },
    ],
  },
  {
    name: 'a group with a member whose name is unknown counts as unreadable where people are known by name',
    saml: byName,
    groups: inOncall(person(1), person(2, { userPrincipalName: null })),
    admitted: ['oncall-1@contoso.com'],
    groupStates: [
      {
        key: oncall,
        pim: false,
        expiresAtMs: undefined,
        state: 'unreadable',
        message: nameUnknown(2),
        emptyPolls: 0,
      },
    ],
  },
];

const groupWarnings: readonly PeopleCase[] = [
  {
    name: 'another display name',
    subjects: [groupSubject(oncall, { displayName: 'On-call' })],
    groups: { [oncall]: group(oncall, people(1), [], 'Payments') },
    warnings: [
      `group "On-call" (${oncall}) is called "Payments" in Entra; if that is the group you mean, correct the name in the policy`,
    ],
  },
  {
    name: 'the same display name',
    subjects: [groupSubject(oncall, { displayName: 'On-call' })],
    groups: { [oncall]: group(oncall, people(1), [], 'On-call') },
    warnings: [],
  },
  {
    name: 'a display name that could not be read',
    subjects: [groupSubject(oncall, { displayName: 'On-call' })],
    groups: inOncall(person(1)),
    warnings: [],
  },
  {
    name: 'a display name that the policy does not give',
    groups: { [oncall]: group(oncall, people(1), [], 'Payments') },
    warnings: [],
  },
  {
    name: 'groups inside',
    groups: withOthers('group', 'group'),
    warnings: [
      `group ${oncall} contains 2 group(s), whose members are not admitted; list those groups, or set nested: true`,
    ],
  },
  {
    name: 'groups inside, read nested',
    subjects: [groupSubject(oncall, { nested: true })],
    groups: { [`${oncall}+nested`]: group(oncall, people(1), [{ id: developers, kind: 'group' }]) },
    warnings: [],
  },
  {
    name: 'nothing but groups inside',
    groups: { [oncall]: group(oncall, [], [{ id: developers, kind: 'group' }]) },
    warnings: [
      `group ${oncall} has no people in it`,
      `group ${oncall} contains 1 group(s), whose members are not admitted; list those groups, or set nested: true`,
    ],
  },
  {
    name: 'service principals inside',
    groups: withOthers('servicePrincipal'),
    warnings: [
      `group ${oncall} contains 1 service principal(s), which are not admitted; list them under subjects.servicePrincipals`,
    ],
  },
  {
    name: 'devices, contacts and the unknown inside',
    groups: withOthers('device', 'orgContact', 'unknown'),
    warnings: [],
  },
];

export const groupCases = { groupStates, groupWarnings };
