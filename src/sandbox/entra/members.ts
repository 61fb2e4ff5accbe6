// Members of a group, direct and transitive: the plain collections, which are the truth as one replica knows it, and the
// casts, filters and counts, which are answered from an older index.

import type { DirectoryObject } from './directory.ts';
import { parseFilter } from './filter.ts';
import { asksForIndex, type GraphContext, type Operation } from './graph-context.ts';
import { type GraphRequest, notFound, objectId, refuseUnserved, unsupportedQuery } from './graph-exchange.ts';
import { paginate } from './paging.ts';
import { blankEntity, checkSelection, entityOf, odataType, pick, selection } from './properties.ts';

type Reach = 'members' | 'transitiveMembers';

const casts: Readonly<Record<string, DirectoryObject['type']>> = {
  'microsoft.graph.user': 'user',
  'microsoft.graph.group': 'group',
  'microsoft.graph.servicePrincipal': 'servicePrincipal',
};

const indexOnly = '`ConsistencyLevel: eventual` and `$count=true` are required to ';

/** A replica that lags may still list someone who has been deleted since. */
const memberObject = (context: GraphContext, id: string): DirectoryObject | undefined => {
  const deleted = context.directory.deletedUser(id);
  return context.directory.object(id) ?? (deleted && { type: 'user', value: deleted });
};

const listed = (
  context: GraphContext,
  groupId: string,
  reach: Reach,
  asOfMs: number,
): readonly DirectoryObject[] => {
  if (context.directory.group(groupId) === undefined) throw notFound(groupId);
  return (
    context.directory[reach](groupId, asOfMs)
      .map((id) => memberObject(context, id))
      .filter((object) => object !== undefined)
      // v1.0 leaves service principals out of the direct members. [known issue of List group members]
      .filter((object) => reach === 'transitiveMembers' || object.type !== 'servicePrincipal')
  );
};

const filtered = (request: GraphRequest, objects: readonly DirectoryObject[]): readonly DirectoryObject[] => {
  const text = request.query.get('$filter');
  if (text === undefined) return objects;
  const accepts = parseFilter(text);
  return objects.filter((object) => accepts(entityOf(object)));
};

const page = (
  request: GraphRequest,
  context: GraphContext,
  objects: readonly DirectoryObject[],
  cast: DirectoryObject['type'] | undefined,
) => {
  const selected = selection(request.query);
  if (cast !== undefined) checkSelection(cast, blankEntity(cast), selected);
  const byId = new Map(objects.map((object) => [object.value.id, object]));
  const { items, nextLink } = paginate(request, [...byId.keys()], context);
  const value = items
    .map((id) => byId.get(id))
    .filter((object) => object !== undefined)
    .map((object) => ({
      ...(cast === undefined ? { '@odata.type': odataType(object.type) } : {}),
      ...pick(object.type, entityOf(object), selected),
    }));
  const name = cast === undefined ? 'directoryObjects' : `${cast}s`;
  return {
    '@odata.context': `${request.baseUrl}/$metadata#${name}${selected === undefined ? '' : `(${selected.join(',')})`}`,
    ...(asksForIndex(request) ? { '@odata.count': objects.length } : {}),
    ...(nextLink === undefined ? {} : { '@odata.nextLink': nextLink }),
    value,
  };
};

/** `/groups/{id}/members` and `/groups/{id}/transitiveMembers`. */
export const listMembers =
  (reach: Reach): Operation =>
  (request, context, [id = '']) => {
    const groupId = objectId(id);
    refuseUnserved(request);
    const indexed = asksForIndex(request);
    const advanced = ['$filter', '$count'].find((name) => request.query.has(name));
    if (advanced !== undefined && !indexed)
      throw unsupportedQuery(`${indexOnly}use '${advanced}' on members.`);
    const asOfMs = indexed ? context.indexTimeMs() : context.replicaTimeMs();
    return page(request, context, filtered(request, listed(context, groupId, reach, asOfMs)), undefined);
  };

/** The same with an OData cast, `/members/microsoft.graph.user`: one type only, without `@odata.type`, from the index. */
export const listCastMembers =
  (reach: Reach): Operation =>
  (request, context, [id = '', castName = '']) => {
    const groupId = objectId(id);
    refuseUnserved(request);
    const cast = casts[castName];
    if (cast === undefined)
      throw unsupportedQuery(`The cast '${castName}' is not supported for this resource.`);
    if (!asksForIndex(request)) throw unsupportedQuery(`${indexOnly}cast members.`);
    const objects = listed(context, groupId, reach, context.indexTimeMs()).filter(
      ({ type }) => type === cast,
    );
    return page(request, context, filtered(request, objects), cast);
  };

/** `/members/$count`: a bare number as text, from the index. */
export const countMembers =
  (reach: Reach): Operation =>
  (request, context, [id = '']) => {
    if (request.headers['consistencylevel']?.toLowerCase() !== 'eventual')
      throw unsupportedQuery('`ConsistencyLevel: eventual` is required to count members.');
    const objects = listed(context, objectId(id), reach, context.indexTimeMs());
    return String(filtered(request, objects).length);
  };
