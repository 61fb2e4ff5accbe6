// Sessions of the Session Manager, per account and region: shells in containers of ECS tasks, and whatever else somebody
// opened. What a session may do was asked when it was opened; it stays open whatever its role may do by now.

import { createHash } from 'node:crypto';

import type { Task } from '../ecs/ecs-store.ts';
import { isStopped } from '../ecs/task-state.ts';

export interface Session {
  readonly id: string;
  /** `ecs:CLUSTER_TASKID_RUNTIMEID`, or an instance. */
  readonly target: string;
  /** `arn:aws:sts::111122223333:assumed-role/ROLE/SESSION`, or a user's ARN. */
  readonly ownerArn: string;
  readonly startedAtMs: number;
  readonly documentName: string;
  /** In whose container it is; undefined: the target is no task. */
  readonly task: Task | undefined;
  /** When it is over by `TerminateSession`, which may lie ahead; undefined: never by that. */
  endsAtMs: number | undefined;
}

export type NewSession = Omit<Session, 'id' | 'endsAtMs'>;

export interface SessionRegion {
  readonly sessions: Map<string, Session>;
  /** `idPrefix`: `ecs-execute-command`, or what the session is named after. */
  open(idPrefix: string, session: NewSession): Session;
}

/** How `TerminateSession` behaves. */
export interface Termination {
  /** Until a session that was asked to end is over. */
  takesMs: number;
  /** It succeeds, and no session ends. */
  isIgnored: boolean;
}

export interface SessionStore {
  readonly termination: Termination;
  region(accountId: string, region: string): SessionRegion;
}

const createRegion = (accountId: string, region: string): SessionRegion => {
  const sessions = new Map<string, Session>();
  let ids = 0;
  return {
    sessions,
    open(idPrefix, made) {
      const seed = `session/${accountId}/${region}/${(ids += 1)}`;
      const id = `${idPrefix}-${createHash('sha256').update(seed).digest('hex').slice(0, 17)}`;
      const session: Session = { ...made, id, endsAtMs: undefined };
      sessions.set(id, session);
      return session;
    },
  };
};

export const createSessionStore = (): SessionStore => {
  const regions = new Map<string, SessionRegion>();
  return {
    termination: { takesMs: 0, isIgnored: false },
    region(accountId, region) {
      const key = `${accountId}/${region}`;
      const known = regions.get(key) ?? createRegion(accountId, region);
      regions.set(key, known);
      return known;
    },
  };
};

const isGone = ({ task }: Session, nowMs: number): boolean => task !== undefined && isStopped(task, nowMs);

export type SessionStatus = 'Connected' | 'Terminating' | 'Terminated';

/** A shell lives as long as its container. */
export const statusOf = (session: Session, nowMs: number): SessionStatus => {
  const { endsAtMs } = session;
  if (isGone(session, nowMs) || (endsAtMs !== undefined && nowMs >= endsAtMs)) return 'Terminated';
  return endsAtMs === undefined ? 'Connected' : 'Terminating';
};

/** When it was over; undefined: it is not. */
export const endOf = (session: Session, nowMs: number): number | undefined => {
  if (statusOf(session, nowMs) !== 'Terminated') return undefined;
  const stoppedAtMs = session.task?.stop?.stoppedAtMs ?? Number.POSITIVE_INFINITY;
  return Math.min(session.endsAtMs ?? Number.POSITIVE_INFINITY, stoppedAtMs);
};
