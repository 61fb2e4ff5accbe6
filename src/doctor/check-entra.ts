// Entra: whether we may read what these policies need, and whether it is there.

import type { Check } from '../domain/check.ts';
import {
  type Assignment,
  type Group,
  type GroupKey,
  type ServicePrincipal,
  type UserStanding,
  groupKey,
} from '../domain/directory.ts';
import type { AppToken } from '../domain/examination.ts';
import type { ControllerConfig } from '../domain/policy.ts';
import type { Reading } from '../domain/reading.ts';
import { type Checks, checksOf, takenApart } from './check.ts';
import { clockCheck } from './check-clock.ts';
import { graphPermissionChecks } from './check-graph-permissions.ts';
import type { EntraNeeds, Named, NamedGroup } from './needs.ts';

export interface EntraReadings {
  readonly token: Reading<AppToken>;
  readonly groups: ReadonlyMap<GroupKey, Reading<Group>>;
  readonly servicePrincipals: ReadonlyMap<string, Reading<ServicePrincipal>>;
  readonly assignments: ReadonlyMap<string, Reading<readonly Assignment[]>>;
  /** Of somebody who is nobody, so that users and deleted users are both asked. */
  readonly standing: Reading<UserStanding> | undefined;
  readonly skewMs: number | undefined;
}

const calledBy = ({ id, name }: Named): string => name ?? id;
const namedIn = ({ source }: Named): string => `${source.file}:${source.line} names it`;

const groupProblem = (
  checks: Checks,
  group: NamedGroup,
  reading: Reading<Group> | undefined,
  mayReadHidden: boolean,
): readonly Check[] => {
  const what = `group ${calledBy(group)}`;
  switch (reading?.state) {
    case undefined:
      return [checks.unknown(what, 'it was not read')];
    case 'absent':
      return [
        checks.missing(
          what,
          `the directory has no group ${group.id}; ${namedIn(group)}`,
          'correct the id, or restore it: Entra → Groups → Deleted groups',
        ),
      ];
    case 'unreadable':
      return [checks.failed(what, reading.problem)];
    case 'present': {
      const { people, others } = reading.value;
      if (people.length + others.length > 0 || group.pim || mayReadHidden) return [];
      return [
        checks.warning(
          what,
          `it was read as empty; ${namedIn(group)}`,
          'add people; or, if it hides its membership, grant the application Member.Read.Hidden',
        ),
      ];
    }
  }
};

const isDenied = (reading: Reading<Group> | undefined): boolean =>
  reading?.state === 'unreadable' && reading.problem.kind === 'denied';

/** How many are named of very many. */
const namedAtMost = 5;

/** For want of one permission every group is refused, which is said once. */
const deniedGroups = (
  checks: Checks,
  denied: readonly NamedGroup[],
  { groups }: EntraReadings,
): readonly Check[] => {
  const [first] = denied;
  const reading = first === undefined ? undefined : groups.get(groupKey(first.query));
  if (reading?.state !== 'unreadable' || denied.length < 2) return [];
  const names = denied.slice(0, namedAtMost).map(calledBy).join(', ');
  const more = denied.length > namedAtMost ? ` and ${denied.length - namedAtMost} more` : '';
  const { advice } = takenApart(reading.problem.message);
  return [checks.missing(`${denied.length} groups`, `Graph refuses to show ${names}${more}`, advice)];
};

const groupChecks = (checks: Checks, needs: EntraNeeds, readings: EntraReadings): readonly Check[] => {
  if (needs.groups.length === 0) return [];
  const { token } = readings;
  const mayReadHidden = token.state === 'present' && token.value.roles.includes('Member.Read.Hidden');
  const denied = needs.groups.filter(({ query }) => isDenied(readings.groups.get(groupKey(query))));
  const together = deniedGroups(checks, denied, readings);
  const alone = together.length === 0 ? needs.groups : needs.groups.filter((one) => !denied.includes(one));
  const problems = [
    ...together,
    ...alone.flatMap((group) =>
      groupProblem(checks, group, readings.groups.get(groupKey(group.query)), mayReadHidden),
    ),
  ];
  const people = new Map(
    [...readings.groups.values()].flatMap((reading) =>
      reading.state === 'present' ? reading.value.people.map((one) => [one.id, one] as const) : [],
    ),
  );
  const isAnyRead = [...readings.groups.values()].some(({ state }) => state === 'present');
  const unreadable = [...people.values()].filter(({ accountEnabled }) => accountEnabled === null).length;
  return [
    ...problems,
    ...(problems.length === 0
      ? [checks.ok('groups', `all ${readings.groups.size} were read, with ${people.size} people`)]
      : []),
    ...(isAnyRead && unreadable > 0
      ? [
          checks.missing(
            'members',
            `Graph does not show whether the accounts of ${unreadable} of ${people.size} people are enabled, and who joins is held until it does (standingUnknown)`,
            'grant the application User.Read.All, with admin consent',
          ),
        ]
      : []),
  ];
};

const principalChecks = (checks: Checks, needs: EntraNeeds, readings: EntraReadings): readonly Check[] =>
  needs.servicePrincipals.map((one) => {
    const what = `service principal ${calledBy(one)}`;
    const reading = readings.servicePrincipals.get(one.id);
    switch (reading?.state) {
      case undefined:
        return checks.unknown(what, 'it was not read');
      case 'absent':
        return checks.missing(
          what,
          `the directory has no service principal ${one.id}; ${namedIn(one)}`,
          'give the object id that Entra → Enterprise applications shows, not that of the app registration',
        );
      case 'unreadable':
        return checks.failed(what, reading.problem);
      case 'present':
        return checks.ok(what, `client id ${reading.value.appId}`);
    }
  });

const assignmentChecks = (checks: Checks, needs: EntraNeeds, readings: EntraReadings): readonly Check[] => {
  const pim = needs.groups.filter((one) => one.pim);
  if (pim.length === 0) return [];
  const problems = pim.flatMap((group) => {
    const reading = readings.assignments.get(group.id);
    const what = `activations of ${calledBy(group)}`;
    if (reading?.state === 'unreadable') return [checks.failed(what, reading.problem)];
    // Absent: the group is not there, which is told of the group itself.
    return reading === undefined ? [checks.unknown(what, 'they were not read')] : [];
  });
  return problems.length > 0
    ? problems
    : [
        checks.ok(
          'activations',
          `of ${pim.length === 1 ? 'one group' : `${pim.length} groups`} with pim: true were read`,
        ),
      ];
};

const standingCheck = (checks: Checks, standing: Reading<UserStanding> | undefined): readonly Check[] => {
  const what = 'users, and deleted users';
  if (standing === undefined) return [checks.unknown(what, 'they were not looked at')];
  return [
    standing.state === 'unreadable'
      ? checks.failed(what, standing.problem)
      : checks.ok(what, 'can be looked up by id'),
  ];
};

export const entraChecks = (
  needs: EntraNeeds,
  readings: EntraReadings,
  config: ControllerConfig,
): readonly Check[] => {
  const checks = checksOf('Entra');
  const permissions = graphPermissionChecks(checks, needs, readings.token, config);
  // Without a token, each read fails for the same reason.
  if (readings.token.state === 'unreadable') return permissions;
  return [
    ...permissions,
    ...groupChecks(checks, needs, readings),
    ...standingCheck(checks, readings.standing),
    ...assignmentChecks(checks, needs, readings),
    ...principalChecks(checks, needs, readings),
    clockCheck(checks, 'Entra', readings.skewMs),
  ];
};
