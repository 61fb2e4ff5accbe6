// Tags of IAM things: their limits, and how a new one replaces an old one.

import { type Params, checkText, structureList } from '../query-protocol.ts';
import { invalidInput, limitExceeded, validationError } from '../service-error.ts';
import { listElement, textElement } from '../xml.ts';

export type Tags = Readonly<Record<string, string>>;

const quota = 50;
const keyRule = { pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u, max: 128 };
const valueRule = { pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u, min: 0, max: 256 };

const checkKey = (key: string): string => {
  checkText('tags', key, keyRule);
  if (/^aws:/i.test(key)) {
    throw invalidInput(
      'Tag keys beginning with aws: are reserved for internal use. Please remove that prefix.',
    );
  }
  return key;
};

/** The tags of a request, in its order. */
export const tagsOf = (params: Params): readonly (readonly [string, string])[] => {
  const tags = structureList(params, 'Tags').map(
    (fields) =>
      [checkKey(fields.get('Key') ?? ''), checkText('tags', fields.get('Value') ?? '', valueRule)] as const,
  );
  if (tags.length > quota) {
    throw validationError(
      `1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to ${quota}`,
    );
  }
  // IAM compares the keys of roles' tags without regard to case.
  if (new Set(tags.map(([key]) => key.toLowerCase())).size < tags.length) {
    throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
  return tags;
};

/** A tag whose key differs only in case replaces the old one, spelling and all. */
export const mergeTags = (before: Tags, added: readonly (readonly [string, string])[]): Tags => {
  const replaced = new Set(added.map(([key]) => key.toLowerCase()));
  const kept = Object.entries(before).filter(([key]) => !replaced.has(key.toLowerCase()));
  if (kept.length + added.length > quota) {
    throw limitExceeded('The number of tags has reached the maximum limit.');
  }
  return Object.fromEntries([...kept, ...added]);
};

export const removeTags = (before: Tags, keys: readonly string[]): Tags => {
  const removed = new Set(keys.map((key) => key.toLowerCase()));
  return Object.fromEntries(Object.entries(before).filter(([key]) => !removed.has(key.toLowerCase())));
};

const tagXml = ([key, value]: readonly [string, string]): string =>
  textElement('Key', key) + textElement('Value', value);

/** The members of a list of tags, each to be put into a `member`. */
export const tagMembers = (tags: Tags): readonly string[] => Object.entries(tags).map(tagXml);

/** `<Tags>…</Tags>`, empty when there are none. */
export const tagsElement = (tags: Tags): string => listElement('Tags', tagMembers(tags));
