// Which application permissions an operation of Graph asks for: any one of a list. [permissions of each Graph method]

import { GraphFailure, type GraphResponse } from './graph-exchange.ts';

const directory = ['Directory.Read.All', 'Directory.ReadWrite.All'];
const groupMembers = [
  'GroupMember.Read.All',
  'GroupMember.ReadWrite.All',
  'Group.Read.All',
  'Group.ReadWrite.All',
];
const users = ['User.Read.All', 'User.ReadWrite.All', ...directory];
const applications = ['Application.Read.All', 'Application.ReadWrite.All', ...directory];
const groups = [...groupMembers, ...directory];
const assignmentSchedules = [
  'PrivilegedAssignmentSchedule.Read.AzureADGroup',
  'PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup',
];

const neededFor: Readonly<Record<string, readonly string[]>> = {
  listGroups: groups,
  getGroup: groups,
  listMembers: groups,
  listTransitiveMembers: groups,
  listUsers: users,
  getUser: users,
  listDeletedItems: users,
  getDeletedItem: users,
  listServicePrincipals: applications,
  getServicePrincipal: applications,
  listAppRoleAssignedTo: applications,
  listAssignmentScheduleInstances: assignmentSchedules,
  listAssignmentScheduleRequests: assignmentSchedules,
};

/** `undefined`: everything is granted. */
export type Granted = readonly string[] | undefined;

const has = (granted: Granted, any: readonly string[]): boolean =>
  granted === undefined || any.some((name) => granted.includes(name));

/** Throws Graph's 403 for an operation that the application may not carry out. */
export const checkPermission = (operation: string, granted: Granted): void => {
  const needed = neededFor[operation];
  if (needed === undefined || has(granted, needed)) return;
  throw new GraphFailure(
    403,
    'Authorization_RequestDenied',
    'Insufficient privileges to complete the operation.',
  );
};

const isUser = (item: unknown): item is Record<string, unknown> =>
  typeof item === 'object' &&
  item !== null &&
  (item as Record<string, unknown>)['@odata.type'] === '#microsoft.graph.user';

const onlyItsId = (item: unknown): unknown =>
  isUser(item)
    ? Object.fromEntries(
        Object.entries(item).map(([name, value]) => [
          name,
          /^(?:id|@odata\.type)$/.test(name) ? value : null,
        ]),
      )
    : item;

/** Members that may not be read are listed with type and id, and everything else null. [Learn: limited information returned for inaccessible member objects] */
export const limited = (operation: string, response: GraphResponse, granted: Granted): GraphResponse => {
  const { body } = response;
  if (!/^list(?:Transitive)?Members$/.test(operation) || has(granted, users)) return response;
  if (typeof body !== 'object' || body === null || !('value' in body) || !Array.isArray(body.value))
    return response;
  return { ...response, body: { ...body, value: body.value.map(onlyItsId) } };
};
