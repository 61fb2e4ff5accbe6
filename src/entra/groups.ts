// Groups and their members, read as plain collections: a cast, `$filter`, `$count` or `$search` would be served from an
// index that "might not be up-to-date" (Learn: Advanced query capabilities).

import {
  type Group,
  type GroupKey,
  type GroupQuery,
  type OtherMember,
  type Person,
  groupKey,
} from '../domain/directory.ts';
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
type KnownGroups = ReadonlyMap<GroupKey, Reading<Group>>;

/** @param known is added to */
const memberList = (known: Map<string, Member>): ListKind<Member> => ({
  name: 'member list',
  items: 'members',
  take: (item, taken) => {
    const member = readMember(item, known);
    if (typeof member === 'string') return member;
    const id = idOf(member);
    known.set(id, member);
    const other = taken.get(id);
    const merged = other === undefined ? member : mergeMembers(other, member);
    if (typeof merged === 'string') return merged;
    taken.set(id, merged);
    return undefined;
  },
});

const memberQuery = '$select=id,userPrincipalName,mail,accountEnabled,userType&$top=999';

const listOf = (
  query: GroupQuery,
  id: string,
  kind: ListKind<Member>,
  before: Group | undefined,
): List<Member, Group> => ({
  question: {
    operation: query.nested ? 'listTransitiveMembers' : 'listMembers',
    url: `/groups/${id}/${query.nested ? 'transitiveMembers' : 'members'}?${memberQuery}`,
    resource: `group ${id}`,
  },
  kind,
  finish: (members) => groupOf(id, members, before),
});

/** By code unit, so that the same members give the same bytes everywhere. */
const byId = (one: { readonly id: string }, two: { readonly id: string }): number => {
  if (one.id === two.id) return 0;
  return one.id < two.id ? -1 : 1;
};

/** Whoever is in these groups. */
const membersOf = (groups: KnownGroups): Map<string, Member> => {
  const members = new Map<string, Member>();
  for (const reading of groups.values()) {
    if (reading.state !== 'present') continue;
    for (const person of reading.value.people)
      if (!members.has(person.id)) members.set(person.id, { kind: 'person', person });
  }
  return members;
};

const areSame = (people: readonly Person[], before: readonly Person[]): boolean =>
  people.length === before.length && people.every((person, index) => person === before[index]);

const areSameOthers = (others: readonly OtherMember[], before: readonly OtherMember[]): boolean =>
  others.length === before.length &&
  others.every(({ id, kind }, index) => id === before[index]?.id && kind === before[index].kind);

/** As it was before, if its members are; its name is looked up by itself. */
const groupOf = (id: string, members: Iterable<Member>, before: Group | undefined): Group => {
  const people: Person[] = [];
  const others: OtherMember[] = [];
  for (const member of members)
    if (member.kind === 'person') people.push(member.person);
    else others.push(member.other);
  people.sort(byId);
  others.sort(byId);
  return before !== undefined && areSame(people, before.people) && areSameOthers(others, before.others)
    ? before
    : { id, displayName: null, people, others };
};

const addNames = async (
  readings: GroupReadings,
  read: ReadCall,
  readNames: ReadNames,
  before: KnownGroups,
): Promise<void> => {
  const groups = [...readings].flatMap(([key, reading]) =>
    reading.state === 'present' ? [{ key, group: reading.value }] : [],
  );
  const names = await readNames([...new Set(groups.map(({ group }) => group.id))], read);
  for (const { key, group } of groups) {
    const displayName = names.get(group.id) ?? null;
    const was = before.get(key);
    const isAsBefore = was?.state === 'present' && was.value === group && group.displayName === displayName;
    readings.set(key, isAsBefore ? was : present({ ...group, displayName }));
  }
};

/**
 * Every query gets a reading, keyed as `groupKey` keys it. An id that is no UUID is never sent.
 * @param before readings of an earlier call: a group that is as it was then is given as the same value
 */
export const readGroups = async (
  queries: readonly GroupQuery[],
  read: ReadCall,
  reads: GroupReads,
  before: KnownGroups = new Map(),
): Promise<ReadonlyMap<GroupKey, Reading<Group>>> => {
  const readings: GroupReadings = new Map();
  const lists = new Map<GroupKey, List<Member, Group>>();
  const kind = memberList(membersOf(before));
  const groupBefore = (key: GroupKey): Group | undefined => {
    const was = before.get(key);
    return was?.state === 'present' ? was.value : undefined;
  };
  for (const query of queries) {
    const id = objectId(query.id);
    const key = groupKey(query);
    if (id === undefined) readings.set(key, notAGroup(query.id));
    else lists.set(key, listOf(query, id, kind, groupBefore(key)));
  }
  const keys = [...lists.keys()];
  for (const [index, reading] of (await readLists([...lists.values()], read, reads)).entries())
    readings.set(keys[index] ?? '', reading);
  await addNames(readings, read, reads.readNames, before);
  return readings;
};
