// Groups and their members, read as plain collections: a cast, `$filter`, `$count` or `$search` would be served from an
// index that "might not be up-to-date" (Learn: Advanced query capabilities).

import { type Group, type GroupKey, type GroupQuery, type Person, groupKey } from '../domain/directory.ts';
import { AppError } from '../domain/errors.ts';
import { absent, present, type Reading, unreadable } from '../domain/reading.ts';
import type { Member } from './members.ts';
import { objectId } from './object-id.ts';
import { type PageChain, startChain, takePage } from './page-chain.ts';
import type { Answer, Ask, Question, ReadCall } from './question.ts';

/** By group id, lower case; a group that is missing has no readable name just now. */
export type ReadNames = (groupIds: readonly string[], read: ReadCall) => Promise<ReadonlyMap<string, string>>;

export interface GroupReads {
  readonly ask: Ask;
  readonly readNames: ReadNames;
  readonly origin: string;
}

type GroupReadings = Map<GroupKey, Reading<Group>>;

interface OpenGroup {
  readonly key: GroupKey;
  readonly id: string;
  readonly chain: PageChain;
  readonly question: Question;
}

const memberQuery = '$select=id,userPrincipalName,mail,accountEnabled,userType&$top=999';

const openGroup = (query: GroupQuery, id: string): OpenGroup => {
  const url = `/groups/${id}/${query.nested ? 'transitiveMembers' : 'members'}?${memberQuery}`;
  const operation = query.nested ? 'listTransitiveMembers' : 'listMembers';
  return {
    key: groupKey(query),
    id,
    chain: startChain(url),
    question: { operation, url, resource: `group ${id}` },
  };
};

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

/** What the answer makes of the group: a reading, or the same group waiting for its next page. */
const settle = (
  group: OpenGroup,
  answer: Answer,
  origin: string,
  share: Share,
): Reading<Group> | OpenGroup => {
  if (answer.kind === 'failed') return unreadable(answer.problem);
  const { resource } = group.question;
  if (answer.kind === 'notFound') {
    if (group.chain.seenUrls.size === 1) return absent;
    const message = `the member list of ${resource} broke off: its next page is gone`;
    return unreadable(new AppError('transient', message, { resource, code: '404' }));
  }
  const step = takePage(group.chain, answer.body, resource, origin);
  switch (step.kind) {
    case 'broken':
      return unreadable(step.problem);
    case 'end':
      return present(groupOf(group.id, group.chain.members.values(), share));
    case 'next':
      return { ...group, question: { ...group.question, url: step.url } };
  }
};

/** Next pages of all long groups go into common batches, so that many long groups stay cheap. */
const readMembers = async (
  groups: readonly OpenGroup[],
  readings: GroupReadings,
  read: ReadCall,
  { ask, origin }: GroupReads,
): Promise<void> => {
  const share = sharing();
  let open = groups;
  while (open.length > 0) {
    const answers = await ask(
      open.map(({ question }) => question),
      read,
    );
    open = open.flatMap((group, index) => {
      const settled = settle(group, answers[index] ?? missingAnswer(group), origin, share);
      if (!('state' in settled)) return [settled];
      readings.set(group.key, settled);
      return [];
    });
  }
};

const missingAnswer = ({ question }: OpenGroup): Answer => ({
  kind: 'failed',
  problem: new AppError('transient', `no answer for ${question.resource}`, { resource: question.resource }),
});

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
  const open = new Map<GroupKey, OpenGroup>();
  for (const query of queries) {
    const id = objectId(query.id);
    if (id !== undefined) open.set(groupKey(query), openGroup(query, id));
    else {
      const message = `'${query.id}' is no object id: give the group's id, a UUID`;
      readings.set(groupKey(query), unreadable(new AppError('invalid', message, { resource: query.id })));
    }
  }
  await readMembers([...open.values()], readings, read, reads);
  await addNames(readings, read, reads.readNames);
  return readings;
};
