// Who is meant: by object id, or by a user principal name in any case, among all that one poll of Entra showed.

import type { DirectorySnapshot, Person } from '../../domain/directory.ts';
import { AppError } from '../../domain/errors.ts';

export interface FoundPerson {
  /** As somebody wrote it. */
  readonly asked: string;
  /** undefined: asked for by a name that no group shows. */
  readonly id: string | undefined;
  /** As the groups show her; what they disagree about is unknown. undefined: none does. */
  readonly person: Person | undefined;
}

const objectId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const userPrincipalName = /^[^@/\\\s]+@[^@/\\\s]+$/;

const agreed = <T>(one: T | null, other: T | null): T | null => (one === other ? one : null);

const merged = (one: Person, other: Person): Person => ({
  ...one,
  userPrincipalName: agreed(one.userPrincipalName, other.userPrincipalName),
  accountEnabled: agreed(one.accountEnabled, other.accountEnabled),
});

/** Everybody whom the snapshot shows and of whom this holds, by id. */
const peopleWho = (
  { groups }: DirectorySnapshot,
  isMeant: (person: Person) => boolean,
): ReadonlyMap<string, Person> => {
  const found = new Map<string, Person>();
  for (const reading of groups.values()) {
    if (reading.state !== 'present') continue;
    for (const person of reading.value.people) {
      if (!isMeant(person)) continue;
      const known = found.get(person.id);
      found.set(person.id, known === undefined ? person : merged(known, person));
    }
  }
  return found;
};

/** @throws AppError `invalid` when the text names nobody in particular. */
export const findPerson = (snapshot: DirectorySnapshot, asked: string): FoundPerson => {
  if (objectId.test(asked)) {
    const id = asked.toLowerCase();
    return { asked, id, person: peopleWho(snapshot, (person) => person.id === id).get(id) };
  }
  if (!userPrincipalName.test(asked))
    throw new AppError(
      'invalid',
      `"${asked}" is neither a user principal name nor an object id; write oncall-1@contoso.com, or the id that Entra shows`,
    );
  const name = asked.toLowerCase();
  const found = [...peopleWho(snapshot, (one) => one.userPrincipalName?.toLowerCase() === name).values()];
  if (found.length > 1)
    throw new AppError(
      'invalid',
      `the groups show ${found.length} people as ${asked}, since a name was given anew; ask by object id: ${found.map(({ id }) => id).join(', ')}`,
    );
  const [person] = found;
  return { asked, id: person?.id, person };
};

/** Everybody whom the snapshot shows, as trust policies may know them: object ids and user principal names. */
export const knownSubs = (snapshot: DirectorySnapshot): ReadonlySet<string> =>
  new Set(
    [...peopleWho(snapshot, () => true).values()].flatMap(({ id, userPrincipalName }) =>
      userPrincipalName === null ? [id] : [id, userPrincipalName],
    ),
  );
