// One row of the active assignment instances of Privileged Identity Management. A row that cannot be relied on makes the
// whole list unreadable: left out, it would take an end away, or add one.
//
// | row                                                         | becomes                  |
// |-------------------------------------------------------------|--------------------------|
// | accessId owner                                              | nothing: no membership   |
// | not whole, and its end has passed                           | nothing: it is not active |
// | not whole: other enum, null, malformed, end before start    | an unreadable list       |
// | assigned or activated, direct or by way of a group          | an assignment            |
//
// Enums come in either case: the documentation shows `Assigned`, the service also says `assigned`.

import type { Assignment } from '../domain/directory.ts';
import { dateTimeMs } from './date-time.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { objectId } from './object-id.ts';

export interface AssignmentRow extends Omit<Assignment, 'activation'> {
  /** Leads to the request that made the assignment; undefined if it is not told. */
  readonly scheduleId: string | undefined;
}

const lowerCase = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

/** A property that makes the row useless; its value is shown only if it is a word. */
const unusable = (row: JsonObject, name: string): string => {
  const value = row[name];
  return typeof value === 'string' && /^[\w:.+-]{1,40}$/.test(value)
    ? `with ${name} '${value}', which is not understood`
    : `without a usable ${name}`;
};

const kindOf = (value: unknown): Assignment['kind'] | undefined => {
  const kind = lowerCase(value);
  return kind === 'assigned' || kind === 'activated' ? kind : undefined;
};

/** null is a bound that is not there; a property that is missing says nothing. */
const boundOf = (value: unknown): number | null | undefined => (value === null ? null : dateTimeMs(value));

const iso = (ms: number): string => new Date(ms).toISOString();

const scheduleIdOf = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[\w-]{1,200}$/.test(value) ? value : undefined;

/** A string says what is wrong with the row. */
const wholeRow = (row: JsonObject, groupId: string): AssignmentRow | string => {
  const principalId = objectId(row['principalId']);
  if (principalId === undefined) return 'has an assignment without a valid principalId';
  const wrong = (what: string): string => `has an assignment of ${principalId} ${what}`;
  if (objectId(row['groupId']) !== groupId) return wrong('to another group');
  if (lowerCase(row['accessId']) !== 'member') return wrong(unusable(row, 'accessId'));
  const kind = kindOf(row['assignmentType']);
  if (kind === undefined) return wrong(unusable(row, 'assignmentType'));
  const memberType = lowerCase(row['memberType']);
  if (memberType !== 'direct' && memberType !== 'group') return wrong(unusable(row, 'memberType'));
  const [startMs, endMs] = [boundOf(row['startDateTime']), boundOf(row['endDateTime'])];
  if (startMs === undefined) return wrong(unusable(row, 'startDateTime'));
  if (endMs === undefined) return wrong(unusable(row, 'endDateTime'));
  if (startMs !== null && endMs !== null && endMs < startMs)
    return wrong(`that ends (${iso(endMs)}) before it starts (${iso(startMs)})`);
  return {
    principalId,
    startMs: startMs ?? undefined,
    endMs: endMs ?? undefined,
    kind,
    isInherited: memberType === 'group',
    scheduleId: scheduleIdOf(row['assignmentScheduleId']),
  };
};

/**
 * The assignment in a row; undefined if the row is about no membership, or about one that is over anyway. A string says why
 * the list that holds it cannot be relied on.
 */
export const readAssignmentRow = (
  row: unknown,
  groupId: string,
  nowMs: number,
): AssignmentRow | string | undefined => {
  if (!isJsonObject(row)) return 'has an assignment that is no object';
  if (lowerCase(row['accessId']) === 'owner') return undefined;
  const read = wholeRow(row, groupId);
  if (typeof read !== 'string') return read;
  const endMs = dateTimeMs(row['endDateTime']);
  return endMs !== undefined && endMs <= nowMs ? undefined : read;
};

/** The same for the same assignment, and in an order of its own. The service's id of a row is that of the person, not of the row. */
export const assignmentKey = ({
  principalId,
  startMs,
  endMs,
  kind,
  isInherited,
  scheduleId,
}: AssignmentRow): string =>
  [principalId, startMs ?? '', endMs ?? '', kind, isInherited, scheduleId ?? ''].join(' ');
