// How users, groups and service principals look on the wire, and which of their properties `$select` leaves.

import type { SandboxServicePrincipal, SandboxUser } from '../world.ts';
import type { DeletedUser, DirectoryObject, GroupHead } from './directory.ts';
import { badRequest } from './graph-exchange.ts';

export type Entity = Readonly<Record<string, unknown>>;
export type ObjectType = DirectoryObject['type'];

/** What Graph returns without `$select`. Note what is missing of a user: `accountEnabled` and `userType`. */
const defaultProperties: Readonly<Record<ObjectType, readonly string[]>> = {
  user: [
    'businessPhones',
    'displayName',
    'givenName',
    'jobTitle',
    'mail',
    'mobilePhone',
    'officeLocation',
    'preferredLanguage',
    'surname',
    'userPrincipalName',
    'id',
  ],
  group: [
    'id',
    'deletedDateTime',
    'createdDateTime',
    'description',
    'displayName',
    'groupTypes',
    'mail',
    'mailEnabled',
    'mailNickname',
    'membershipRule',
    'onPremisesSyncEnabled',
    'securityEnabled',
    'visibility',
  ],
  servicePrincipal: [
    'id',
    'deletedDateTime',
    'accountEnabled',
    'appId',
    'appDisplayName',
    'appRoleAssignmentRequired',
    'displayName',
    'servicePrincipalNames',
    'servicePrincipalType',
  ],
};

const userEntity = (user: SandboxUser): Entity => ({
  id: user.id,
  deletedDateTime: null,
  userPrincipalName: user.userPrincipalName,
  displayName: user.displayName,
  mail: user.mail,
  accountEnabled: user.accountEnabled,
  userType: user.userType,
  businessPhones: [],
  givenName: null,
  jobTitle: null,
  mobilePhone: null,
  officeLocation: null,
  preferredLanguage: null,
  surname: null,
});

const groupEntity = (group: GroupHead): Entity => ({
  id: group.id,
  deletedDateTime: null,
  createdDateTime: '2026-01-05T09:00:00Z',
  description: null,
  displayName: group.displayName,
  groupTypes: [],
  isAssignableToRole: null,
  mail: null,
  mailEnabled: false,
  mailNickname: group.id.slice(0, 8),
  membershipRule: null,
  membershipRuleProcessingState: null,
  onPremisesSyncEnabled: null,
  securityEnabled: true,
  uniqueName: null,
  visibility: null,
});

const servicePrincipalEntity = (principal: SandboxServicePrincipal): Entity => ({
  id: principal.id,
  deletedDateTime: null,
  accountEnabled: principal.accountEnabled,
  appId: principal.appId,
  appDisplayName: principal.displayName,
  appRoleAssignmentRequired: principal.signIn?.isAssignmentRequired ?? false,
  appRoles: (principal.signIn?.appRoles ?? []).map(({ id, value }) => ({
    allowedMemberTypes: ['User'],
    description: value,
    displayName: value,
    id,
    isEnabled: true,
    origin: 'ServicePrincipal',
    value,
  })),
  displayName: principal.displayName,
  preferredSingleSignOnMode: principal.signIn?.mode ?? null,
  replyUrls: principal.signIn?.replyUrls ?? [],
  servicePrincipalNames: [principal.appId],
  servicePrincipalType: 'Application',
});

/** All properties, before `$select`. */
export const entityOf = (object: DirectoryObject): Entity => {
  switch (object.type) {
    case 'user':
      return userEntity(object.value);
    case 'group':
      return groupEntity(object.value);
    case 'servicePrincipal':
      return servicePrincipalEntity(object.value);
  }
};

/** A soft-deleted user: Entra puts the object id without hyphens in front of her principal name, which frees the name. */
export const deletedUserEntity = (user: DeletedUser): Entity => ({
  ...userEntity(user),
  userPrincipalName: `${user.id.replaceAll('-', '')}${user.userPrincipalName}`,
  deletedDateTime: new Date(user.deletedAtMs).toISOString(),
});

export const odataType = (type: ObjectType): string => `#microsoft.graph.${type}`;

/** The names of `$select`, or undefined for the default set. */
export const selection = (query: ReadonlyMap<string, string>): readonly string[] | undefined =>
  query
    .get('$select')
    ?.split(',')
    .map((name) => name.trim());

/** A typed resource refuses the selection of a property that it does not have; mixed collections pass over it. */
export const checkSelection = (
  type: ObjectType,
  entity: Entity,
  selected: readonly string[] | undefined,
): void => {
  const unknown = selected?.find((name) => !(name in entity));
  if (unknown !== undefined)
    throw badRequest(
      `Parsing OData Select and Expand failed: Could not find a property named '${unknown}' on type 'microsoft.graph.${type}'.`,
    );
};

/** Only what was selected; the default set otherwise. */
export const pick = (type: ObjectType, entity: Entity, selected: readonly string[] | undefined): Entity => {
  const wanted = selected ?? defaultProperties[type];
  return Object.fromEntries(wanted.filter((name) => name in entity).map((name) => [name, entity[name]]));
};

/** The names that a type has, for checking selections where there is no entity at hand. */
export const blankEntity = (type: ObjectType): Entity => {
  const nobody = { id: '', displayName: '', accountEnabled: true };
  if (type === 'group') return groupEntity(nobody);
  if (type === 'servicePrincipal') return servicePrincipalEntity({ ...nobody, appId: '' });
  return userEntity({ ...nobody, userPrincipalName: '', mail: null, userType: 'Member' });
};
