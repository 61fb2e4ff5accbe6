// Which path is which operation. The names are what faults are scripted by and what requests are counted under.

import { listAssignmentScheduleInstances, listAssignmentScheduleRequests } from './assignment-lists.ts';
import { delta } from './delta.ts';
import type { Operation } from './graph-context.ts';
import { GraphFailure, type GraphRequest } from './graph-exchange.ts';
import { countMembers, listCastMembers, listMembers } from './members.ts';
import {
  getByIds,
  getDeletedItem,
  getGroup,
  getServicePrincipal,
  getServicePrincipalByAppId,
  getUser,
  listAppRoleAssignedTo,
  listDeletedUsers,
  listGroups,
  listServicePrincipals,
  listUsers,
} from './objects.ts';

interface Route {
  readonly method: 'GET' | 'POST';
  /** `*` stands for one variable segment. */
  readonly path: string;
  readonly name: string;
  readonly operation: Operation;
}

const get = (path: string, name: string, operation: Operation): Route => ({
  method: 'GET',
  path,
  name,
  operation,
});

/** The first match counts, so fixed segments come before variable ones. */
const routes: readonly Route[] = [
  get('groups', 'listGroups', listGroups),
  get('groups/delta', 'delta', delta('groups')),
  get('groups/*', 'getGroup', getGroup),
  get('groups/*/members', 'listMembers', listMembers('members')),
  get('groups/*/members/$count', 'listMembers', countMembers('members')),
  get('groups/*/members/*', 'listMembers', listCastMembers('members')),
  get('groups/*/transitiveMembers', 'listTransitiveMembers', listMembers('transitiveMembers')),
  get('groups/*/transitiveMembers/$count', 'listTransitiveMembers', countMembers('transitiveMembers')),
  get('groups/*/transitiveMembers/*', 'listTransitiveMembers', listCastMembers('transitiveMembers')),
  get('users', 'listUsers', listUsers),
  get('users/delta', 'delta', delta('users')),
  get('users/*', 'getUser', getUser),
  get('servicePrincipals', 'listServicePrincipals', listServicePrincipals),
  get('servicePrincipals(appId)/*', 'getServicePrincipal', getServicePrincipalByAppId),
  get('servicePrincipals/*', 'getServicePrincipal', getServicePrincipal),
  get('servicePrincipals/*/appRoleAssignedTo', 'listAppRoleAssignedTo', listAppRoleAssignedTo),
  get('directory/deletedItems/microsoft.graph.user', 'listDeletedItems', listDeletedUsers),
  get('directory/deletedItems/*', 'getDeletedItem', getDeletedItem),
  get(
    'identityGovernance/privilegedAccess/group/assignmentScheduleInstances',
    'listAssignmentScheduleInstances',
    listAssignmentScheduleInstances,
  ),
  get(
    'identityGovernance/privilegedAccess/group/assignmentScheduleRequests',
    'listAssignmentScheduleRequests',
    listAssignmentScheduleRequests,
  ),
  { method: 'POST', path: 'directoryObjects/getByIds', name: 'getByIds', operation: getByIds },
];

const parametersOf = (route: Route, segments: readonly string[]): readonly string[] | undefined => {
  const pattern = route.path.split('/');
  if (pattern.length !== segments.length) return undefined;
  const fits = pattern.every((part, index) => part === '*' || part === segments[index]);
  return fits ? segments.filter((_, index) => pattern[index] === '*') : undefined;
};

export interface RoutedCall {
  /** `nextPage` for any page but the first. */
  readonly name: string;
  /** The operation of the first page, which decides the cost. */
  readonly firstPageName: string;
  /** The group, user or service principal concerned, or the filter that names it. */
  readonly resource: string | undefined;
  readonly run: Operation;
  readonly parameters: readonly string[];
}

/** The operation that a request asks for; throws Graph's 400 for a path that it does not know. */
export const routeOf = (request: GraphRequest): RoutedCall => {
  for (const route of routes) {
    const parameters = route.method === request.method ? parametersOf(route, request.segments) : undefined;
    if (parameters === undefined) continue;
    return {
      name: request.query.has('$skiptoken') ? 'nextPage' : route.name,
      firstPageName: route.name,
      resource: parameters[0] ?? request.query.get('$filter'),
      run: route.operation,
      parameters,
    };
  }
  throw new GraphFailure(
    400,
    'BadRequest',
    `Resource not found for the segment '${request.segments.at(-1) ?? ''}'. The sandbox does not serve ${request.method} /${request.segments.join('/')}.`,
  );
};
