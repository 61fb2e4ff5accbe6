// The items of a members collection: people, and others with the reason why they are not people.

import type { OtherMember, Person } from '../domain/directory.ts';
import { booleanOrNull, isJsonObject, type JsonObject, textOrNull } from './json.ts';
import { objectId } from './object-id.ts';

export type Member =
  | { readonly kind: 'person'; readonly person: Person }
  | { readonly kind: 'other'; readonly other: OtherMember };

const otherKinds: Readonly<Record<string, OtherMember['kind']>> = {
  '#microsoft.graph.group': 'group',
  '#microsoft.graph.servicePrincipal': 'servicePrincipal',
  '#microsoft.graph.device': 'device',
  '#microsoft.graph.orgContact': 'orgContact',
};

const userTypeOf = (value: unknown): Person['userType'] =>
  value === 'Member' || value === 'Guest' ? value : null;

const personOf = (id: string, item: JsonObject): Person => ({
  id,
  userPrincipalName: textOrNull(item['userPrincipalName']),
  mail: textOrNull(item['mail']),
  accountEnabled: booleanOrNull(item['accountEnabled']),
  userType: userTypeOf(item['userType']),
});

/** By id. People are in many groups, and Graph tells everything about them each time: who was told the same is held once. */
export type KnownMembers = ReadonlyMap<string, Member>;

const tells = (item: JsonObject, person: Person): boolean =>
  textOrNull(item['userPrincipalName']) === person.userPrincipalName &&
  textOrNull(item['mail']) === person.mail &&
  booleanOrNull(item['accountEnabled']) === person.accountEnabled &&
  userTypeOf(item['userType']) === person.userType;

/**
 * A string says why the item cannot be relied on. A type that is missing is such a reason, because the item may be a person
 * who would lose access; a type that is merely foreign to us is a member of kind `unknown`.
 */
export const readMember = (item: unknown, known: KnownMembers = new Map()): Member | string => {
  if (!isJsonObject(item)) return 'has a member that is no object';
  const id = objectId(item['id']);
  if (id === undefined) return 'has a member without a valid id';
  const type = item['@odata.type'];
  if (typeof type !== 'string') return `does not say what member ${id} is`;
  if (type !== '#microsoft.graph.user')
    return { kind: 'other', other: { id, kind: otherKinds[type] ?? 'unknown' } };
  const before = known.get(id);
  return before?.kind === 'person' && tells(item, before.person)
    ? before
    : { kind: 'person', person: personOf(id, item) };
};

export const idOf = (member: Member): string =>
  member.kind === 'person' ? member.person.id : member.other.id;

const agreed = <T>(one: T, other: T): T | null => (one === other ? one : null);

/** One member told twice (pages shift while they are read). What the two disagree on is unknown; a string: they cannot both be true. */
export const mergeMembers = (one: Member, two: Member): Member | string => {
  if (one === two) return one;
  if (one.kind === 'person' && two.kind === 'person') {
    const [a, b] = [one.person, two.person];
    return {
      kind: 'person',
      person: {
        id: a.id,
        userPrincipalName: agreed(a.userPrincipalName, b.userPrincipalName),
        mail: agreed(a.mail, b.mail),
        accountEnabled: agreed(a.accountEnabled, b.accountEnabled),
        userType: agreed(a.userType, b.userType),
      },
    };
  }
  if (one.kind === 'other' && two.kind === 'other' && one.other.kind === two.other.kind) return one;
  return `tells two different things about member ${idOf(one)}`;
};
