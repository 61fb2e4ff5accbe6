// Groups and their members, read as plain collections: a cast, `$filter`, `$count` or `$search` would be served from an
// index that "might not be up-to-date" (Learn: Advanced query capabilities).

import { type Group, type GroupKey, type GroupQuery, type Person, groupKey } from '../domain/directory.ts';
import { present, type Reading } from '../domain/reading.ts';
import { idOf, type Member, mergeMembers, readMember } from './members.ts';
import { notAGroup, objectId } from './object-id.ts';
import type { ListKind } from './page-chain.ts';
import type { ReadCall } from './question.ts';
import { type List, type ListReads, readLists } from './read-lists.ts';

/** By group id, lower case; a group that is missing has no readable name just now. */
export type ReadNames = (groupIds: readonly string[], read: ReadCall) => Promise<ReadonlyMap<string, string>>;

export interface GroupReads extends ListReads {
  readonly readNames: ReadNames;
}

type GroupReadings = Map<GroupKey, Reading<Group>>;

const memberList: ListKind<Member> = {
  name: 'member list',
  items: 'members',
  take: (item, taken) => {
    const member = readMember(item);
    if (typeof member === 'string') return member;
    const known = taken.get(idOf(member));
    const merged = known === undefined ? member : mergeMembers(known, member);
    if (typeof merged === 'string') return merged;
    taken.set(idOf(merged), merged);
    return undefined;
  },
};

const memberQuery = '$select=id,userPrincipalName,mail,accountEnabled,userType&$top=999';

const listOf = (query: GroupQuery, id: string, share: Share): List<Member, Group> => ({
  question: {
    operation: query.nested ? 'listTransitiveMembers' : 'listMembers',
    url: `/groups/${id}/${query.nested ? 'transitiveMembers' : 'members'}?${memberQuery}`,
    resource: `group ${id}`,
  },
  kind: memberList,
  finish: (members) => groupOf(id, members, share),
});

/** By code unit, so that the same members give the same bytes everywhere. */
const byId = (one: { readonly id: string }, two: { readonly id: string }): number => {
  if (one.id === two.id) return 0;
  return one.id < two.id ? -1 : 1;
};

type Share = (person: Person) => Person;

/** People are in many groups, and Graph tells everything about them each time: whoever was told the same is held once. */
const sharing = (): Share => {
  const known = new Map<string, Person>();
  return (person) => {
    const other = known.get(person.id);
    if (other !== undefined && isSame(other, person)) return other;
    known.set(person.id, person);
    return person;
  };
};

const isSame = (a: Person, b: Person): boolean =>
  a.userPrincipalName === b.userPrincipalName &&
  a.mail === b.mail &&
  a.accountEnabled === b.accountEnabled &&
  a.userType === b.userType;

const groupOf = (id: string, members: Iterable<Member>, share: Share): Group => {
  const all = [...members];
  return {
    id,
    displayName: null,
    people: all.flatMap((member) => (member.kind === 'person' ? [share(member.person)] : [])).sort(byId),
    others: all.flatMap((member) => (member.kind === 'other' ? [member.other] : [])).sort(byId),
  };
};

const addNames = async (readings: GroupReadings, read: ReadCall, readNames: ReadNames): Promise<void> => {
  const groups = [...readings].flatMap(([key, reading]) =>
    reading.state === 'present' ? [{ key, group: reading.value }] : [],
  );
  const names = await readNames([...new Set(groups.map(({ group }) => group.id))], read);
  for (const { key, group } of groups) {
    readings.set(key, present({ ...group, displayName: names.get(group.id) ?? null }));
  }
};

/** Every query gets a reading, keyed as `groupKey` keys it. An id that is no UUID is never sent. */
export const readGroups = async (
  queries: readonly GroupQuery[],
  read: ReadCall,
  reads: GroupReads,
): Promise<ReadonlyMap<GroupKey, Reading<Group>>> => {
  const readings: GroupReadings = new Map();
  const lists = new Map<GroupKey, List<Member, Group>>();
  const share = sharing();
  for (const query of queries) {
    const id = objectId(query.id);
    if (id === undefined) readings.set(groupKey(query), notAGroup(query.id));
    else lists.set(groupKey(query), listOf(query, id, share));
  }
  const keys = [...lists.keys()];
  for (const [index, reading] of (await readLists([...lists.values()], read, reads)).entries())
    readings.set(keys[index] ?? '', reading);
  await addNames(readings, read, reads.readNames);
  return readings;
};
