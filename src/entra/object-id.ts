// Ids of directory objects. They are compared with what stands in trust policies, so there is one spelling: lower case.

import { AppError } from '../domain/errors.ts';
import { type Reading, unreadable } from '../domain/reading.ts';

/** As Graph writes them: of a poll's many thousand ids none has to be written anew. */
const lowerCaseUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The id in lower case; undefined if this is no object id. */
export const objectId = (value: unknown): string | undefined => {
  if (typeof value !== 'string') return undefined;
  if (lowerCaseUuid.test(value)) return value;
  return uuid.test(value) ? value.toLowerCase() : undefined;
};

/** The reading of a group that was asked for by something else than an object id. */
export const notAGroup = (given: string): Reading<never> =>
  unreadable(
    new AppError('invalid', `'${given}' is no object id: give the group's id, a UUID`, { resource: given }),
  );
