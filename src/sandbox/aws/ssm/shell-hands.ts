// Hands on sessions for tests and demos: opening one as somebody, closing it as she would, looking at what is open, and
// making `TerminateSession` do less than it says.

import { type Moment, settle } from '../ecs/deployments.ts';
import type { EcsPlace } from '../ecs/ecs-hands.ts';
import type { EcsStore, Task } from '../ecs/ecs-store.ts';
import { containerNames } from '../ecs/task-state.ts';
import { type Session, type SessionStore, statusOf } from './session-store.ts';
import { targetOf } from './target.ts';

/** An open session. */
export interface SandboxShell {
  readonly id: string;
  readonly target: string;
  readonly ownerArn: string;
  readonly startedAtMs: number;
  /** undefined: it is no shell in a task. */
  readonly taskArn: string | undefined;
}

export interface NewShell {
  readonly ownerArn: string;
  /** A task's ARN, or another target as the Session Manager knows it: `i-…`. */
  readonly on: string;
  /** The task's first one unless given. */
  readonly container?: string;
}

export interface ShellHands {
  /** Those that are open, whatever their owners may do by now. */
  list(place: EcsPlace): readonly SandboxShell[];
  /** Without asking whether anyone may; answers the id. Throws for a task that is not there. */
  open(place: EcsPlace, shell: NewShell): string;
  /** As its owner leaves it. */
  close(place: EcsPlace, id: string): void;
  /** From now on `TerminateSession` succeeds and ends nothing. Returns how to make it work again. */
  ignoreTermination(): () => void;
  /** How long a session that is terminated takes to end, in ms of the sandbox's clock; 0 unless set. */
  setTerminationMs(ms: number): void;
}

const viewOf = ({ id, target, ownerArn, startedAtMs, task }: Session): SandboxShell => ({
  id,
  target,
  ownerArn,
  startedAtMs,
  taskArn: task?.arn,
});

const taskOf = ({ region }: Moment, arn: string): Task => {
  const task = [...region.tasks.values()].find((one) => one.arn === arn || one.key === arn);
  if (task === undefined) throw new Error(`the sandbox has no task ${arn} in ${region.region}`);
  return task;
};

export const createShellHands = (sessions: SessionStore, ecs: EcsStore, clock: () => number): ShellHands => {
  const { termination } = sessions;
  const momentAt = ({ accountId, region }: EcsPlace): Moment => {
    const moment = { region: ecs.region(accountId, region), timing: ecs.timing, nowMs: clock() };
    settle(moment);
    return moment;
  };
  const regionAt = ({ accountId, region }: EcsPlace) => sessions.region(accountId, region);
  return {
    list(place) {
      const { nowMs } = momentAt(place);
      return [...regionAt(place).sessions.values()]
        .filter((session) => statusOf(session, nowMs) !== 'Terminated')
        .map(viewOf);
    },
    open(place, { ownerArn, on, container }) {
      const moment = momentAt(place);
      const task = on.startsWith('arn:') ? taskOf(moment, on) : undefined;
      const target = task === undefined ? on : targetOf(task, container ?? containerNames(task)[0] ?? '');
      const prefix = task === undefined ? (ownerArn.split('/').at(-1) ?? '') : 'ecs-execute-command';
      const documentName =
        task === undefined ? 'SSM-SessionManagerRunShell' : 'AmazonECS-ExecuteInteractiveCommand';
      const made = { target, ownerArn, startedAtMs: moment.nowMs, documentName, task };
      return regionAt(place).open(prefix, made).id;
    },
    close(place, id) {
      const session = regionAt(place).sessions.get(id);
      if (session === undefined) throw new Error(`the sandbox has no session ${id} in ${place.region}`);
      session.endsAtMs = clock();
    },
    ignoreTermination() {
      termination.isIgnored = true;
      return () => void (termination.isIgnored = false);
    },
    setTerminationMs: (ms) => void (termination.takesMs = ms),
  };
};
