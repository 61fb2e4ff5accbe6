// Who is admitted of one group and of several, who is in doubt, who is gone, and whom AWS will not take.

import type { Person } from '../../src/domain/directory.ts';
import { absent } from '../../src/domain/reading.ts';
import { group, groupIds, groupSubject, people, person } from '../builders.ts';
import { type PeopleCase, byName, idOf, inOncall, nameUnknown } from './people-case.ts';

const { oncall, developers } = groupIds;
const both = [groupSubject(oncall), groupSubject(developers)];
const inBoth = (first: Person, second: Person): PeopleCase['groups'] => ({
  [oncall]: group(oncall, [first]),
  [developers]: group(developers, [second]),
});
const long = `${'a'.repeat(60)}@contoso.com`;
const enabledUnknown = (label: string): string =>
  `whether ${label} is enabled could not be read; grant User.Read.All to the application`;
const sessionNames = (labels: string): string =>
  `AWS cannot hold the user principal name of ${labels} as a RoleSessionName (2–64 of letters, digits and _+=,.@-); sign-in fails for them unless the Entra application sends user.objectid as RoleSessionName`;
const cannotName = (label: string): string =>
  `${label} cannot be named in an IAM policy (only U+0020 to U+00FF, without "\${"); use nameId: objectId`;

const members: readonly PeopleCase[] = [
  {
    name: 'enabled members are admitted by object id, sorted',
    groups: inOncall(person(2), person(1)),
    admitted: [idOf(1), idOf(2)],
    doubtful: {},
    gone: {},
    warnings: [],
  },
  {
    name: 'with user principal names as name ids they are admitted by those',
    saml: byName,
    groups: inOncall(person(1)),
    admitted: ['oncall-1@contoso.com'],
  },
  {
    name: 'a disabled member is gone',
    groups: inOncall(person(1, { accountEnabled: false })),
    admitted: [],
    gone: { [idOf(1)]: 'accountDisabled' },
  },
  {
    name: 'a member of whom it is unknown whether she is enabled is in doubt',
    groups: inOncall(person(1, { accountEnabled: null })),
    admitted: [],
    doubtful: { [idOf(1)]: enabledUnknown('oncall-1@contoso.com') },
    gone: {},
  },
  {
    name: 'a doubt about someone without a readable name is told by id',
    groups: inOncall(person(1, { accountEnabled: null, userPrincipalName: null })),
    doubtful: { [idOf(1)]: enabledUnknown(idOf(1)) },
  },
  {
    name: 'without a readable name she is admitted by object id all the same',
    groups: inOncall(person(1, { userPrincipalName: null })),
    admitted: [idOf(1)],
    warnings: [],
  },
  {
    name: 'a guest is admitted, with a warning that her sign-in fails by default',
    groups: inOncall(person(1, { userPrincipalName: 'g_x.com#EXT#@contoso.com', userType: 'Guest' })),
    admitted: [idOf(1)],
    warnings: [sessionNames('g_x.com#EXT#@contoso.com (guest)')],
  },
  {
    name: 'so is a member with a long name',
    groups: inOncall(person(1, { userPrincipalName: long })),
    admitted: [idOf(1)],
    warnings: [sessionNames(long)],
  },
  {
    name: 'a warning names five people and counts the rest',
    groups: inOncall(...[1, 2, 3, 4, 5, 6, 7].map((n) => person(n, { userPrincipalName: `#${n}` }))),
    warnings: [sessionNames('#1, #2, #3, #4, #5 and 2 more')],
  },
  {
    name: 'no warning is spent on someone who is not admitted',
    groups: inOncall(person(1, { userPrincipalName: long, accountEnabled: false })),
    warnings: [],
  },
  ...['łucja@contoso.com', 'a${saml:sub}@contoso.com', 'a\nb', ''].map(
    (name): PeopleCase => ({
      name: `the name ${JSON.stringify(name)} cannot stand in a policy`,
      saml: byName,
      groups: inOncall(person(1, { userPrincipalName: name })),
      admitted: [],
      warnings: [cannotName(name)],
    }),
  ),
  {
    name: 'an umlaut can stand in a policy, yet not in a session name',
    saml: byName,
    groups: inOncall(person(1, { userPrincipalName: 'jürgen@contoso.com' })),
    admitted: ['jürgen@contoso.com'],
    warnings: [sessionNames('jürgen@contoso.com')],
  },
];

const severalGroups: readonly PeopleCase[] = [
  {
    name: 'a member of two groups is admitted once',
    subjects: both,
    groups: inBoth(person(1), person(1)),
    admitted: [idOf(1)],
  },
  {
    name: 'two groups that disagree on whether she is enabled leave a doubt',
    subjects: both,
    groups: inBoth(person(1), person(1, { accountEnabled: false })),
    admitted: [],
    doubtful: { [idOf(1)]: enabledUnknown('oncall-1@contoso.com') },
    gone: {},
  },
  {
    name: 'so does one group in which that could not be read',
    subjects: both,
    groups: inBoth(person(1, { accountEnabled: null }), person(1)),
    doubtful: { [idOf(1)]: enabledUnknown('oncall-1@contoso.com') },
  },
  {
    name: 'two groups that disagree on her name leave her unnamed, where she is known by it',
    subjects: both,
    saml: byName,
    groups: inBoth(person(1), person(1, { userPrincipalName: 'new-1@contoso.com' })),
    admitted: [],
    groupStates: [
      {
        key: oncall,
        pim: false,
        expiresAtMs: undefined,
        state: 'unreadable',
        message: nameUnknown(1),
        emptyPolls: 0,
      },
      {
        key: developers,
        pim: false,
        expiresAtMs: undefined,
        state: 'unreadable',
        message: nameUnknown(1),
        emptyPolls: 0,
      },
    ],
  },
  {
    name: 'and do not matter where she is known by object id',
    subjects: both,
    groups: inBoth(person(1), person(1, { userPrincipalName: 'new-1@contoso.com' })),
    admitted: [idOf(1)],
  },
  {
    name: 'one group that cannot be read leaves the members of the other',
    subjects: both,
    groups: { [oncall]: group(oncall, people(1)), [developers]: absent },
    admitted: [idOf(1)],
  },
  {
    name: 'the same group direct and nested is two readings',
    subjects: [groupSubject(oncall), groupSubject(oncall, { nested: true })],
    groups: { ...inOncall(person(1)), [`${oncall}+nested`]: group(oncall, people(1, 2)) },
    admitted: [idOf(1), idOf(2)],
  },
];

export const memberCases = { members, severalGroups };
