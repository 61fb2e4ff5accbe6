import type { Assignment } from '../../src/domain/directory.ts';
import { describeDirectoryContract } from './directory-contract.ts';
import { inMemoryDirectory } from './in-memory-directory.ts';

describeDirectoryContract('the in-memory directory', async (world) => {
  const directory = inMemoryDirectory(world);
  const nowMs = Date.parse('2026-11-02T08:00:00Z');
  const add = (groupId: string, assignment: Assignment): void =>
    directory.setAssignments(groupId, [...directory.assignments(groupId), assignment]);
  return {
    ...directory,
    directory,
    now: () => nowMs,
    enablePim: () => {},
    activate: (principalId, groupId, { durationMs, justification, ticket, ticketSystem }) =>
      add(groupId, {
        principalId,
        startMs: nowMs,
        endMs: nowMs + (durationMs ?? 0),
        kind: 'activated',
        isInherited: false,
        activation: {
          requestId: '6aacaee8-4089-4048-9510-3119367fc943',
          justification: justification ?? null,
          ticketNumber: ticket ?? null,
          ticketSystem: ticketSystem ?? null,
          requestedAtMs: nowMs,
        },
      }),
    assign: (principalId, groupId, { startMs, endMs, access } = {}) => {
      if (access !== 'owner')
        add(groupId, {
          principalId,
          startMs,
          endMs,
          kind: 'assigned',
          isInherited: false,
          activation: undefined,
        });
    },
    endAssignment: (principalId, groupId) =>
      directory.setAssignments(
        groupId,
        directory.assignments(groupId).filter((assignment) => assignment.principalId !== principalId),
      ),
    forbidAssignments: () => directory.failAssignments('*'),
    permitAssignments: () => directory.restoreAssignments('*'),
    makeReadable: () => directory.makeReadable('*'),
    stop: async () => {},
  };
});
