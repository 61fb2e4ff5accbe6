// What to register so that a new revision equals a described one but for its task role. Everything is carried over, fields
// that nobody here knows and empty values too: leaving out what looks empty breaks environment variables and proxies, and
// leaving out what is new would silently change what runs. [aws.md §5]

import { AppError } from '../domain/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/statement.ts';

/** What ECS adds to a revision, and does not take. [type diff of the SDK, aws.md §5] */
const addedByEcs: ReadonlySet<string> = new Set([
  'taskDefinitionArn',
  'revision',
  'status',
  'requiresAttributes',
  'compatibilities',
  'registeredAt',
  'registeredBy',
  'deregisteredAt',
  'deleteRequestedAt',
]);

const cannotCopy = (why: string): AppError =>
  new AppError(
    'invalid',
    `the task definition cannot be copied (${why}): register a revision with the role by other means`,
    { code: 'CannotCopy' },
  );

/** Numbers pass through a double on their way, and one that does not fit would be another one afterwards. */
const checkNumbers = (value: Json): void => {
  if (
    typeof value === 'number' &&
    (Number.isInteger(value) ? !Number.isSafeInteger(value) : !Number.isFinite(value))
  )
    throw cannotCopy('it has a number that is too large');
  if (Array.isArray(value)) for (const item of value as readonly Json[]) checkNumbers(item);
  else if (isJsonObject(value)) for (const inner of Object.values(value)) checkNumbers(inner);
};

const keyOf = (tag: Json): string => (isJsonObject(tag) && typeof tag['key'] === 'string' ? tag['key'] : '');

/** ECS keeps tags that begin with `aws:`, in any case, for itself. */
const mergedTags = (
  described: Json | undefined,
  added: Readonly<Record<string, string>>,
): readonly Json[] => {
  const kept = Array.isArray(described) ? (described as readonly Json[]) : [];
  return [
    ...kept.filter((tag) => !/^aws:/i.test(keyOf(tag)) && !Object.hasOwn(added, keyOf(tag))),
    ...Object.entries(added).map(([key, value]) => ({ key, value })),
  ];
};

export interface CopyChange {
  readonly taskRoleArn: string;
  /** Added to those of the revision, and in the place of those of the same key. */
  readonly tags: Readonly<Record<string, string>>;
}

/** From the JSON of DescribeTaskDefinition's answer, with its tags, to that of RegisterTaskDefinition's request. */
export const registrationOf = (described: JsonObject, { taskRoleArn, tags }: CopyChange): JsonObject => {
  const definition = described['taskDefinition'];
  if (!isJsonObject(definition)) throw cannotCopy('ECS shows nothing of it');
  checkNumbers(definition);
  const content = Object.entries(definition).filter(([field]) => !addedByEcs.has(field));
  const allTags = mergedTags(described['tags'], tags);
  return {
    ...Object.fromEntries(content),
    taskRoleArn,
    ...(allTags.length === 0 ? {} : { tags: allTags }),
  };
};
