// The words of Privileged Identity Management for groups: assignments with a beginning and an end, and the requests that
// made them. Times are milliseconds since the epoch.

export interface Said {
  readonly justification?: string;
  readonly ticket?: string;
  readonly ticketSystem?: string;
}

/** With one of the two ends. */
export interface NewActivation extends Said {
  readonly durationMs?: number;
  readonly untilMs?: number;
}

export interface NewAssignment {
  /** Absent: since always. */
  readonly startMs?: number;
  /** Absent: it has no end. */
  readonly endMs?: number;
  /** Owners are no members. */
  readonly access?: 'member' | 'owner';
}

/** An assignment as it is kept. */
export interface Schedule {
  /** `GROUP_member_UUID` */
  readonly id: string;
  readonly groupId: string;
  readonly principalId: string;
  readonly access: 'member' | 'owner';
  readonly type: 'Assigned' | 'Activated';
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
}

export interface ScheduleRequest extends Said {
  readonly id: string;
  readonly action: 'selfActivate' | 'selfDeactivate' | 'adminAssign' | 'adminRemove';
  readonly schedule: Schedule;
  readonly createdMs: number;
}

export const isOver = ({ endMs }: Schedule, nowMs: number): boolean => endMs !== undefined && endMs <= nowMs;

export const isActive = (schedule: Schedule, nowMs: number): boolean =>
  (schedule.startMs === undefined || schedule.startMs <= nowMs) && !isOver(schedule, nowMs);
