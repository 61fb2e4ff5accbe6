// Whether people are still here. Asked before anyone is removed, so every doubt says `unknown` or is unreadable.
//
// | users/{id}              | directory/deletedItems/{id} | standing             |
// |-------------------------|-----------------------------|----------------------|
// | accountEnabled true     |                             | enabled              |
// | accountEnabled false    |                             | disabled             |
// | accountEnabled null     |                             | unknown              |
// | 404                     | 200                         | deleted              |
// | 404                     | 404, or asked by name       | notFound             |
// | anything else           |                             | unreadable           |
//
// Both answers also tell what she is called, which no group does once she has left.

import type { UserStanding } from '../domain/directory.ts';
import { AppError } from '../domain/errors.ts';
import { present, type Reading, unreadable } from '../domain/reading.ts';
import { freeText } from './free-text.ts';
import type { JsonObject } from './json.ts';
import { objectId } from './object-id.ts';
import { type Answer, type Ask, type Question, type ReadCall, answersTo } from './question.ts';

/** Who was asked for: by object id, or by user principal name. */
interface User {
  readonly given: string;
  readonly id: string | undefined;
}

type StandingReading = Reading<UserStanding>;

const unusable = (user: User, why: string): StandingReading =>
  unreadable(
    new AppError('transient', `graph's answer for user ${user.given} ${why}`, {
      resource: user.given,
      code: 'unusableAnswer',
    }),
  );

/** Encodes a key for the path. Learn, "Get a user": a name that begins with `$` must stand in parentheses and quotes. */
export const userPath = (idOrName: string): string => {
  if (!idOrName.startsWith('$')) return `/users/${encodeURIComponent(idOrName)}`;
  return `/users('${encodeURIComponent(idOrName.replaceAll("'", "''"))}')`;
};

const isUserPrincipalName = (text: string): boolean => /^[^@/\\]+@[^@/\\]+$/.test(text);

const isAboutAnother = ({ id }: User, body: Readonly<Record<string, unknown>>): boolean => {
  const answered = objectId(body['id']);
  return answered === undefined || (id !== undefined && answered !== id);
};

/** More than any user principal name has. */
const nameLimit = 256;

/** Entra puts the id without hyphens before the user principal name of a deleted user, so that another can have it. */
const nameBeforeDeletion = (id: string | undefined, body: JsonObject): unknown => {
  const name = body['userPrincipalName'];
  const prefix = id?.replaceAll('-', '') ?? '';
  return typeof name === 'string' && name.toLowerCase().startsWith(prefix) ? name.slice(prefix.length) : name;
};

const found = (is: UserStanding['is'], body: JsonObject): StandingReading => {
  const id = objectId(body['id']);
  const name = is === 'deleted' ? nameBeforeDeletion(id, body) : body['userPrincipalName'];
  return present({ is, id, userPrincipalName: freeText(name, nameLimit) });
};

const notFound: StandingReading = present({ is: 'notFound', id: undefined, userPrincipalName: null });

/** undefined: not among the users, so look among the deleted. */
const standingOf = (user: User, answer: Answer | undefined): StandingReading | undefined => {
  if (answer === undefined) return unusable(user, 'is missing');
  if (answer.kind === 'failed') return unreadable(answer.problem);
  if (answer.kind === 'notFound') return user.id === undefined ? notFound : undefined;
  if (isAboutAnother(user, answer.body)) return unusable(user, 'is about another object');
  switch (answer.body['accountEnabled']) {
    case true:
      return found('enabled', answer.body);
    case false:
      return found('disabled', answer.body);
    default:
      return found('unknown', answer.body);
  }
};

const standingAmongDeleted = (user: User, answer: Answer | undefined): StandingReading => {
  if (answer === undefined) return unusable(user, 'is missing');
  if (answer.kind === 'failed') return unreadable(answer.problem);
  if (answer.kind === 'notFound') return notFound;
  return isAboutAnother(user, answer.body)
    ? unusable(user, 'is about another object')
    : found('deleted', answer.body);
};

const userQuestion = ({ given, id }: User): Question => ({
  operation: 'getUser',
  url: `${userPath(id ?? given)}?$select=id,accountEnabled,userPrincipalName`,
  resource: `user ${given}`,
});

/** Whole: that properties of users can be selected of deleted items is not documented, and a refusal would prove nobody gone. */
const deletedQuestion = ({ given, id }: User): Question => ({
  operation: 'getDeletedItem',
  url: `/directory/deletedItems/${id}`,
  resource: `deleted user ${given}`,
});

/** Every user gets a reading, keyed as given. */
export const readStandings = async (
  users: readonly string[],
  read: ReadCall,
  ask: Ask,
): Promise<ReadonlyMap<string, StandingReading>> => {
  const readings = new Map<string, StandingReading>();
  const asked: User[] = [];
  for (const given of new Set(users)) {
    const id = objectId(given);
    if (id !== undefined || isUserPrincipalName(given)) asked.push({ given, id });
    else readings.set(given, notAUser(given));
  }
  const answers = await answersTo(asked.map(userQuestion), read, ask);
  const missing = asked.filter((user, index) => {
    const standing = standingOf(user, answers[index]);
    if (standing !== undefined) readings.set(user.given, standing);
    return standing === undefined;
  });
  const fromDeleted = await answersTo(missing.map(deletedQuestion), read, ask);
  for (const [index, user] of missing.entries()) {
    readings.set(user.given, standingAmongDeleted(user, fromDeleted[index]));
  }
  return readings;
};

const notAUser = (given: string): StandingReading =>
  unreadable(
    new AppError('invalid', `'${given}' is neither an object id nor a user principal name`, {
      resource: given,
    }),
  );
