// The active assignment instances of groups under Privileged Identity Management: who is a member until when.
//
// | Graph says                                       | reading                                          |
// |--------------------------------------------------|--------------------------------------------------|
// | rows                                             | present                                          |
// | no rows                                          | present, empty: of a group that is not under PIM, too |
// | 404 of Graph                                     | absent: Graph knows no such group                |
// | 403, or 400 for want of a licence                | unreadable                                       |
// | rows that cannot be relied on, pages that break off | unreadable                                    |
//
// Graph has no sign of its own for a group that is not under PIM.

import type { Assignment } from '../domain/directory.ts';
import type { Clock } from '../domain/ports.ts';
import { present, type Reading } from '../domain/reading.ts';
import { compareText } from '../domain/statement.ts';
import type { Activated, Activations } from './activations.ts';
import { assignmentKey, type AssignmentRow, readAssignmentRow } from './assignment-row.ts';
import { notAGroup, objectId } from './object-id.ts';
import type { ReadCall } from './question.ts';
import { type List, type ListReads, readLists } from './read-lists.ts';

export interface AssignmentReads extends ListReads {
  readonly activations: Activations;
  readonly clock: Clock;
}

type Rows = readonly AssignmentRow[];

const listOf = (groupId: string, nowMs: number): List<AssignmentRow, Rows> => ({
  question: {
    operation: 'listAssignmentScheduleInstances',
    url: `/identityGovernance/privilegedAccess/group/assignmentScheduleInstances?$filter=${encodeURIComponent(`groupId eq '${groupId}'`)}`,
    resource: `group ${groupId}`,
  },
  kind: {
    name: 'list of assignments',
    items: 'assignments',
    take: (item, taken) => {
      const row = readAssignmentRow(item, groupId, nowMs);
      if (typeof row === 'string') return row;
      if (row !== undefined) taken.set(assignmentKey(row), row);
      return undefined;
    },
  },
  finish: (rows) => [...rows].sort((one, two) => compareText(assignmentKey(one), assignmentKey(two))),
});

/** Activations that are worth reading about: not of what is over. */
const activatedIn = (groupId: string, rows: Rows, nowMs: number): readonly Activated[] =>
  rows.flatMap(({ principalId, scheduleId, startMs, endMs, kind }) =>
    kind === 'activated' && scheduleId !== undefined && (endMs === undefined || endMs > nowMs)
      ? [{ groupId, principalId, scheduleId, startMs }]
      : [],
  );

const assignmentOf = ({ scheduleId, ...row }: AssignmentRow, activations: Activations): Assignment => ({
  ...row,
  activation: row.kind === 'activated' && scheduleId !== undefined ? activations.of(scheduleId) : undefined,
});

/** Every id gets a reading, keyed as given; rows in a fixed order. An id that is no UUID is never sent. */
export const readAssignments = async (
  groupIds: readonly string[],
  read: ReadCall,
  reads: AssignmentReads,
): Promise<ReadonlyMap<string, Reading<readonly Assignment[]>>> => {
  const { activations, clock } = reads;
  const nowMs = clock.now();
  const asked = [...new Set(groupIds)].map((given) => ({ given, id: objectId(given) }));
  const ids = [...new Set(asked.flatMap(({ id }) => id ?? []))];
  const lists = await readLists(
    ids.map((id) => listOf(id, nowMs)),
    read,
    reads,
  );
  const rows = new Map(ids.flatMap((id, index) => (lists[index] === undefined ? [] : [[id, lists[index]]])));
  await activations.learn(
    [...rows].flatMap(([id, reading]) =>
      reading.state === 'present' ? activatedIn(id, reading.value, nowMs) : [],
    ),
    read,
  );
  const readingOf = (given: string, id: string | undefined): Reading<readonly Assignment[]> => {
    const reading = id === undefined ? undefined : rows.get(id);
    if (reading === undefined) return notAGroup(given);
    if (reading.state !== 'present') return reading;
    return present(reading.value.map((row) => assignmentOf(row, activations)));
  };
  return new Map(asked.map(({ given, id }) => [given, readingOf(given, id)]));
};
