// Single objects and the collections of the tenant: groups, users, service principals, and the deleted users.

import { createHash } from 'node:crypto';
import type { DirectoryObject } from './directory.ts';
import { needsIndex, parseFilter } from './filter.ts';
import { asksForIndex, type GraphContext, type Operation } from './graph-context.ts';
import {
  badRequest,
  type GraphRequest,
  notFound,
  objectId,
  refuseUnserved,
  unsupportedQuery,
} from './graph-exchange.ts';
import { paginate } from './paging.ts';
import {
  blankEntity,
  checkSelection,
  deletedUserEntity,
  type Entity,
  entityOf,
  type ObjectType,
  odataType,
  pick,
  selection,
} from './properties.ts';

const collections: Readonly<Record<ObjectType, string>> = {
  user: 'users',
  group: 'groups',
  servicePrincipal: 'servicePrincipals',
};

const contextUrl = (request: GraphRequest, name: string, single: boolean): string => {
  const selected = selection(request.query);
  const properties = selected === undefined ? '' : `(${selected.join(',')})`;
  return `${request.baseUrl}/$metadata#${name}${properties}${single ? '/$entity' : ''}`;
};

const single = (request: GraphRequest, object: DirectoryObject): Entity => {
  refuseUnserved(request);
  const entity = entityOf(object);
  const selected = selection(request.query);
  checkSelection(object.type, entity, selected);
  return {
    '@odata.context': contextUrl(request, collections[object.type], true),
    ...pick(object.type, entity, selected),
  };
};

const list = (
  request: GraphRequest,
  context: GraphContext,
  type: ObjectType,
  entities: readonly Entity[],
): Entity => {
  refuseUnserved(request);
  if (request.query.has('$count') && !asksForIndex(request))
    throw unsupportedQuery('`$count` needs `$count=true` and `ConsistencyLevel: eventual`.');
  const selected = selection(request.query);
  checkSelection(type, blankEntity(type), selected);
  const filter = request.query.get('$filter');
  if (filter !== undefined && needsIndex(filter) && !asksForIndex(request))
    throw unsupportedQuery("'ne' and 'endswith' need `$count=true` and `ConsistencyLevel: eventual`.");
  const found = filter === undefined ? entities : entities.filter(parseFilter(filter));
  const byId = new Map(found.map((entity) => [String(entity['id']), entity]));
  const { items, nextLink } = paginate(request, [...byId.keys()], context);
  return {
    '@odata.context': contextUrl(request, collections[type], false),
    ...(asksForIndex(request) ? { '@odata.count': found.length } : {}),
    ...(nextLink === undefined ? {} : { '@odata.nextLink': nextLink }),
    value: items.map((id) => pick(type, byId.get(id) ?? {}, selected)),
  };
};

export const getGroup: Operation = (request, { directory }, [id = '']) => {
  const value = directory.group(objectId(id));
  if (value === undefined) throw notFound(id);
  return single(request, { type: 'group', value });
};

export const listGroups: Operation = (request, context) =>
  list(
    request,
    context,
    'group',
    context.directory.groups().map((value) => entityOf({ type: 'group', value })),
  );

/** By object id or user principal name. */
export const getUser: Operation = (request, { directory }, [idOrUpn = '']) => {
  const value = directory.user(idOrUpn);
  if (value === undefined) throw notFound(idOrUpn);
  return single(request, { type: 'user', value });
};

export const listUsers: Operation = (request, context) =>
  list(
    request,
    context,
    'user',
    context.directory.users().map((value) => entityOf({ type: 'user', value })),
  );

export const getServicePrincipal: Operation = (request, { directory }, [id = '']) => {
  const value = directory.servicePrincipal(objectId(id));
  if (value === undefined) throw notFound(id);
  return single(request, { type: 'servicePrincipal', value });
};

/** `/servicePrincipals(appId='…')`. */
export const getServicePrincipalByAppId: Operation = (request, { directory }, [appId = '']) => {
  const value = directory.servicePrincipalByAppId(objectId(appId));
  if (value === undefined) throw notFound(appId);
  return single(request, { type: 'servicePrincipal', value });
};

/** Deterministic, as an assignment keeps its id. */
const assignmentId = (principalId: string, appRoleId: string): string =>
  createHash('sha256').update(`${principalId}/${appRoleId}`).digest('base64url');

/** Whom the app roles of a service principal are assigned to. */
export const listAppRoleAssignedTo: Operation = (request, context, [id = '']) => {
  const { directory } = context;
  const principal = directory.servicePrincipal(objectId(id));
  if (principal === undefined) throw notFound(id);
  refuseUnserved(request);
  const byId = new Map(
    (principal.signIn?.appRoles ?? []).flatMap((role) =>
      role.assignedTo.map((principalId) => {
        const entity = {
          id: assignmentId(principalId, role.id),
          deletedDateTime: null,
          appRoleId: role.id,
          createdDateTime: '2026-01-05T09:00:00Z',
          principalDisplayName: directory.object(principalId)?.value.displayName ?? null,
          principalId,
          principalType: 'Group',
          resourceDisplayName: principal.displayName,
          resourceId: principal.id,
        };
        return [entity.id, entity] as const;
      }),
    ),
  );
  const { items, nextLink } = paginate(request, [...byId.keys()], context);
  return {
    '@odata.context': `${request.baseUrl}/$metadata#servicePrincipals('${principal.id}')/appRoleAssignedTo`,
    ...(nextLink === undefined ? {} : { '@odata.nextLink': nextLink }),
    value: items.map((item) => byId.get(item)),
  };
};

export const listServicePrincipals: Operation = (request, context) =>
  list(
    request,
    context,
    'servicePrincipal',
    context.directory.servicePrincipals().map((value) => entityOf({ type: 'servicePrincipal', value })),
  );

/** A deleted item is a mixed type, so it names its type and passes over properties that it does not have. */
export const getDeletedItem: Operation = (request, { directory }, [id = '']) => {
  const user = directory.deletedUser(objectId(id));
  if (user === undefined) throw notFound(id);
  return {
    '@odata.context': contextUrl(request, 'directoryObjects', true),
    '@odata.type': odataType('user'),
    ...pick('user', deletedUserEntity(user), selection(request.query)),
  };
};

export const listDeletedUsers: Operation = (request, context) =>
  list(request, context, 'user', context.directory.deletedUsers().map(deletedUserEntity));

const readIds = (body: unknown): readonly string[] => {
  const ids: unknown = typeof body === 'object' && body !== null && 'ids' in body ? body.ids : undefined;
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string'))
    throw badRequest("The body of getByIds must hold 'ids', a list of object ids.");
  if (ids.length === 0 || ids.length > 1_000)
    throw badRequest(`getByIds takes 1 to 1000 ids, not ${ids.length}.`);
  return ids.map(objectId);
};

/** Finds what exists and leaves out what does not, without a word. Deleted users count as absent. */
export const getByIds: Operation = (request, { directory }) => {
  const ids = readIds(request.body);
  const types: unknown =
    typeof request.body === 'object' && request.body !== null && 'types' in request.body
      ? request.body.types
      : undefined;
  const wanted = Array.isArray(types) && types.length > 0 ? new Set(types) : undefined;
  const objects = [...new Set(ids)]
    .map((id) => directory.object(id))
    .filter((object) => object !== undefined)
    .filter((object) => wanted === undefined || wanted.has(object.type) || wanted.has('directoryObject'));
  return {
    '@odata.context': contextUrl(request, 'directoryObjects', false),
    value: objects.map((object) => ({
      '@odata.type': odataType(object.type),
      ...pick(object.type, entityOf(object), selection(request.query)),
    })),
  };
};
