// Privileged Identity Management for groups: who is assigned to a group from when until when, and by which request.

import { randomUUID } from 'node:crypto';
import { AppError } from '../../domain/errors.ts';
import type { Directory } from './directory.ts';
import { makePimMembership } from './pim-membership.ts';
import {
  isActive,
  isOver,
  type NewActivation,
  type NewAssignment,
  type Schedule,
  type ScheduleRequest,
} from './pim-schedules.ts';

/** Whether assignments may be read; if not, for want of the application's permission or of the tenant's licence. */
export type PimAccess = 'granted' | 'noPermission' | 'noLicence';

type RawRow = Readonly<Record<string, unknown>>;

/** What tests and the control API do to it. People, groups and principals go by id. */
export interface PrivilegedAccessHands {
  /**
   * Puts the group under PIM, as its first assignment does by itself. Members whom PIM did not put there show as assigned
   * without start and end. Whether the real service shows each of them is not documented, so they can be left out.
   */
  readonly enablePim: (groupId: string, options?: { readonly showsPlainMembers?: boolean }) => void;
  /** Begins now. Activations may overlap, which the real service refuses. */
  readonly activate: (principalId: string, groupId: string, activation: NewActivation) => Schedule;
  readonly assign: (principalId: string, groupId: string, assignment?: NewAssignment) => Schedule;
  /** Ends now all that she has in this group, or the one that is named; tells how many that were. */
  readonly endAssignment: (principalId: string, groupId: string, scheduleId?: string) => number;
  /** How long after an assignment begins or ends its group tells so. */
  readonly setMemberLagMs: (ms: number) => void;
  readonly setPimAccess: (access: PimAccess) => void;
  /** Lists a row among the instances of the group, just as it is given. Returns how to take it out. */
  readonly plantAssignmentRow: (groupId: string, row: RawRow) => () => void;
  /** What is active now, owners' too; without plain members. */
  readonly assignments: (groupId: string) => readonly Schedule[];
}

export interface PrivilegedAccess {
  readonly hands: PrivilegedAccessHands;
  readonly access: () => PimAccess;
  readonly activeSchedules: () => readonly Schedule[];
  /** Members of groups under PIM whom PIM did not put there. */
  readonly plainMembers: () => readonly Pick<Schedule, 'groupId' | 'principalId'>[];
  readonly plantedRows: () => readonly RawRow[];
  readonly requests: () => readonly ScheduleRequest[];
  readonly settle: () => void;
  readonly forget: (id: string) => void;
}

const key = (id: string): string => id.toLowerCase();

const missing = (what: string): AppError =>
  new AppError('invalid', `there is no ${what} in this tenant`, { code: 'notFound' });

export const makePrivilegedAccess = (directory: Directory, clock: () => number): PrivilegedAccess => {
  const membership = makePimMembership(directory, clock);
  const groups = new Map<string, { readonly showsPlainMembers: boolean }>();
  const planted = new Set<RawRow>();
  let requests: readonly ScheduleRequest[] = [];
  let access: PimAccess = 'granted';

  const enablePim: PrivilegedAccessHands['enablePim'] = (groupId, { showsPlainMembers = true } = {}) => {
    if (directory.group(groupId) === undefined) throw missing(`group ${groupId}`);
    groups.set(key(groupId), { showsPlainMembers });
  };

  const add = (
    principalId: string,
    groupId: string,
    rest: Omit<Schedule, 'id' | 'groupId' | 'principalId'>,
  ): Schedule => {
    if (directory.object(principalId) === undefined)
      throw missing(`user, group or service principal ${principalId}`);
    if (!groups.has(key(groupId))) enablePim(groupId);
    const id = `${key(groupId)}_${rest.access}_${randomUUID()}`;
    const schedule = { id, groupId: key(groupId), principalId: key(principalId), ...rest };
    membership.add(schedule);
    return schedule;
  };

  /** The request is made and carried out at once. */
  const fulfil = (request: Omit<ScheduleRequest, 'id' | 'createdMs'>): void => {
    requests = [...requests, { id: randomUUID(), createdMs: clock(), ...request }];
    membership.settle();
  };

  const active = (): readonly Schedule[] => {
    const nowMs = clock();
    return membership.schedules().filter((schedule) => isActive(schedule, nowMs));
  };

  const hands: PrivilegedAccessHands = {
    enablePim,
    activate: (principalId, groupId, { durationMs, untilMs, ...said }) => {
      const startMs = clock();
      const endMs = untilMs ?? startMs + (durationMs ?? 0);
      if (endMs <= startMs)
        throw new AppError('invalid', 'an activation ends in the future: give a duration, or a later end');
      const schedule = add(principalId, groupId, { access: 'member', type: 'Activated', startMs, endMs });
      fulfil({ action: 'selfActivate', schedule, ...said });
      return schedule;
    },
    assign: (principalId, groupId, { startMs, endMs, access = 'member' } = {}) => {
      const schedule = add(principalId, groupId, { access, type: 'Assigned', startMs, endMs });
      fulfil({ action: 'adminAssign', schedule });
      return schedule;
    },
    endAssignment: (principalId, groupId, scheduleId) => {
      const endMs = clock();
      const ended = membership
        .schedules()
        .filter(
          (schedule) =>
            schedule.groupId === key(groupId) &&
            schedule.principalId === key(principalId) &&
            (scheduleId === undefined || schedule.id === scheduleId) &&
            !isOver(schedule, endMs),
        );
      for (const schedule of ended) {
        membership.replace({ ...schedule, endMs });
        fulfil({ action: schedule.type === 'Activated' ? 'selfDeactivate' : 'adminRemove', schedule });
      }
      return ended.length;
    },
    setMemberLagMs: membership.setLagMs,
    setPimAccess: (given) => {
      access = given;
    },
    plantAssignmentRow: (groupId, row) => {
      const whole = { groupId: key(groupId), ...row };
      planted.add(whole);
      return () => void planted.delete(whole);
    },
    assignments: (groupId) => active().filter((schedule) => schedule.groupId === key(groupId)),
  };
  return {
    hands,
    access: () => access,
    activeSchedules: active,
    plainMembers: () =>
      [...groups].flatMap(([groupId, { showsPlainMembers }]) =>
        (showsPlainMembers ? directory.members(groupId) : [])
          .filter((principalId) => !membership.isPlaced(groupId, principalId))
          .map((principalId) => ({ groupId, principalId })),
      ),
    plantedRows: () => [...planted],
    requests: () => requests,
    settle: membership.settle,
    forget: (id) => {
      membership.forget(key(id));
      groups.delete(key(id));
      requests = requests.filter(
        ({ schedule }) => schedule.groupId !== key(id) && schedule.principalId !== key(id),
      );
    },
  };
};
