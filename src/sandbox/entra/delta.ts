// Delta queries over groups and users: rounds of pages that end in a delta link, from which the next round starts.
// Strict where Graph is: a round never ends in both links, an old or foreign token starts over, and the deletion of a
// member shows in the delta of users only (reported of the real service, so nobody should rely on the group's).

import type { Change } from './change-log.ts';
import { parseIdFilter } from './filter.ts';
import type { GraphContext, Operation } from './graph-context.ts';
import { badRequest, GraphFailure, type GraphRequest } from './graph-exchange.ts';
import { decodeToken, encodeToken } from './paging.ts';
import { type Entity, entityOf, odataType, pick } from './properties.ts';

type Kind = 'groups' | 'users';

/** What a round is about; travels in the tokens, since options are never sent again. */
interface Round {
  readonly kind: Kind;
  readonly instanceId: string;
  readonly issuedAtMs: number;
  readonly select: readonly string[] | undefined;
  readonly ids: readonly string[] | undefined;
  /** A position in the change log; undefined in an initial round, which lists everything. */
  readonly from: number | undefined;
  readonly to: number;
  readonly toMs: number;
  /** How many entries of the round earlier pages sent. */
  readonly sent: number;
}

const maximumIds = 50;
const tokenLifeMs = 7 * 86_400_000;
const entriesPerPage = 20;
/** A large group comes in slices of this many members. */
const membersPerEntry = 100;

const startOver = (request: GraphRequest, kind: Kind): GraphFailure =>
  new GraphFailure(410, 'resyncRequired', 'Resync required. Replace any local items with the server state.', {
    Location: `${request.baseUrl}/${kind}/delta?$deltatoken=`,
  });

const openToken = (request: GraphRequest, context: GraphContext, kind: Kind, token: string): Round => {
  const round = decodeToken(token) as Partial<Round> | undefined;
  if (round?.instanceId !== context.instanceId || round.kind !== kind) throw startOver(request, kind);
  const opened = round as Round;
  if (context.clock() - opened.issuedAtMs > tokenLifeMs)
    throw new GraphFailure(
      400,
      'syncStateNotFound',
      'The sync state generation is not found; a full sync is needed.',
    );
  return opened;
};

const filterIds = (request: GraphRequest): readonly string[] | undefined => {
  const filter = request.query.get('$filter');
  if (filter === undefined) return undefined;
  const ids = parseIdFilter(filter);
  if (ids === undefined) throw badRequest("Delta queries filter by 'id eq' joined by 'or' only.");
  if (ids.length > maximumIds)
    throw badRequest(`Delta queries filter by at most ${maximumIds} ids, not ${ids.length}.`);
  return ids;
};

const openRound = (request: GraphRequest, context: GraphContext, kind: Kind): Round => {
  const unsupported = ['$expand', '$top', '$orderby'].find((name) => request.query.has(name));
  if (unsupported !== undefined) throw badRequest(`'${unsupported}' is not supported with delta queries.`);
  const skipToken = request.query.get('$skiptoken');
  if (skipToken !== undefined) return openToken(request, context, kind, skipToken);
  const toMs = context.replicaTimeMs();
  const now = { issuedAtMs: context.clock(), to: context.directory.log.positionAt(toMs), toMs, sent: 0 };
  const deltaToken = request.query.get('$deltatoken') ?? '';
  if (deltaToken !== '' && deltaToken !== 'latest') {
    const last = openToken(request, context, kind, deltaToken);
    return { ...last, ...now, from: last.to };
  }
  return {
    ...now,
    kind,
    instanceId: context.instanceId,
    select: request.query.get('$select')?.split(','),
    ids: filterIds(request),
    from: deltaToken === 'latest' ? now.to : undefined,
  };
};

const concerns = (round: Round, id: string): boolean => round.ids?.includes(id) ?? true;

const memberEntry = (context: GraphContext, id: string, added: boolean): Entity => ({
  '@odata.type': odataType(context.directory.object(id)?.type ?? 'user'),
  id,
  ...(added ? {} : { '@removed': { reason: 'deleted' } }),
});

/** One group as one entry, or as several when it has more members than fit into one. */
const slices = (head: Entity, members: readonly Entity[]): readonly Entity[] => {
  if (members.length === 0) return [head];
  const entries: Entity[] = [];
  for (let start = 0; start < members.length; start += membersPerEntry)
    entries.push({ ...head, 'members@delta': members.slice(start, start + membersPerEntry) });
  return entries;
};

/** `id` always comes along. */
const groupHead = (round: Round, context: GraphContext, id: string): Entity | undefined => {
  const value = context.directory.group(id);
  return value && { ...pick('group', entityOf({ type: 'group', value }), round.select), id };
};

const userEntry = (round: Round, context: GraphContext, id: string): Entity => {
  const value = context.directory.user(id);
  if (value !== undefined) return { ...pick('user', entityOf({ type: 'user', value }), round.select), id };
  // Deleted but still restorable is `changed`; gone for good is `deleted`.
  const reason = context.directory.deletedUser(id) === undefined ? 'deleted' : 'changed';
  return { id, '@removed': { reason } };
};

const changedMembers = (
  context: GraphContext,
  changes: readonly Change[],
  groupId: string,
): readonly Entity[] => {
  const last = new Map<string, boolean>();
  for (const change of changes)
    if (change.kind === 'membership' && change.groupId === groupId && !change.byDeletion)
      last.set(change.memberId, change.added);
  return [...last].map(([id, added]) => memberEntry(context, id, added));
};

const groupEntries = (round: Round, context: GraphContext): readonly Entity[] => {
  const { directory } = context;
  const withMembers = round.select?.includes('members') ?? false;
  if (round.from === undefined) {
    const ids = directory.groups().map(({ id }) => id);
    return ids
      .filter((id) => concerns(round, id))
      .flatMap((id) => {
        const members = withMembers ? directory.members(id, round.toMs) : [];
        return slices(
          groupHead(round, context, id) ?? { id },
          members.map((member) => memberEntry(context, member, true)),
        );
      });
  }
  const changes = directory.log.between(round.from, round.to);
  const touched = changes.flatMap((change) => {
    if (change.kind === 'group') return [change.id];
    return change.kind === 'membership' && withMembers && !change.byDeletion ? [change.groupId] : [];
  });
  return [...new Set(touched)]
    .filter((id) => concerns(round, id))
    .flatMap((id) => {
      const head = groupHead(round, context, id);
      if (head === undefined) return [{ id, '@removed': { reason: 'deleted' } }];
      return slices(head, withMembers ? changedMembers(context, changes, id) : []);
    });
};

const userEntries = (round: Round, context: GraphContext): readonly Entity[] => {
  const ids =
    round.from === undefined
      ? context.directory.users().map(({ id }) => id)
      : context.directory.log
          .between(round.from, round.to)
          .flatMap((change) => (change.kind === 'user' ? [change.id] : []));
  return [...new Set(ids)].filter((id) => concerns(round, id)).map((id) => userEntry(round, context, id));
};

/** `/groups/delta` or `/users/delta`. */
export const delta =
  (kind: Kind): Operation =>
  (request, context) => {
    const round = openRound(request, context, kind);
    const entries = kind === 'groups' ? groupEntries(round, context) : userEntries(round, context);
    const sent = round.sent + entriesPerPage;
    const url = `${request.baseUrl}/${kind}/delta`;
    const properties = round.select === undefined ? '' : `(${round.select.join(',')})`;
    const link =
      sent < entries.length
        ? { '@odata.nextLink': `${url}?$skiptoken=${encodeToken({ ...round, sent })}` }
        : { '@odata.deltaLink': `${url}?$deltatoken=${encodeToken({ ...round, sent: 0 })}` };
    return {
      '@odata.context': `${request.baseUrl}/$metadata#${kind}${properties}`,
      ...link,
      value: entries.slice(round.sent, sent),
    };
  };
