// Open shells of one account in memory. It behaves like the Session Manager for the operations of `ShellsPort`:
//
// | what                 | behaviour                                                                             |
// |----------------------|---------------------------------------------------------------------------------------|
// | `list`               | those that are open, by region, start and id                                           |
// | `end`                | what is not open has ended; while ends are ignored it is `StillOpen`                   |
// | `stopTask`           | takes all shells of the task along; a task that is not there has stopped              |
// | other regions        | refused                                                                               |
// | `ecsWrites: false`   | no task is stopped; sessions end all the same                                          |
//
// Everything is synchronous behind resolved promises, so runs are fast and repeatable.

import { checkMayWrite, checkRegion } from '../../src/aws/ecs-rules.ts';
import { stillOpen } from '../../src/aws/shells/end-shell.ts';
import { checkTask, cutReason } from '../../src/aws/shells/stop-task.ts';
import type { AppError } from '../../src/domain/errors.ts';
import type { Account } from '../../src/domain/policy.ts';
import type { Clock, ShellSession, ShellsPort } from '../../src/domain/ports.ts';
import { present, unreadable } from '../../src/domain/reading.ts';
import { compareText } from '../../src/domain/statement.ts';

export interface ShellCall {
  readonly operation: keyof ShellsPort;
  /** Id of the session; empty for `list`. */
  readonly resource: string;
  /** The arguments without the signal. */
  readonly args: readonly unknown[];
}

export interface StoppedTask {
  readonly region: string;
  readonly cluster: string;
  readonly taskId: string;
  /** As ECS keeps it. */
  readonly reason: string;
}

export interface InMemoryShellsOptions {
  readonly account: Account;
  readonly clock?: Clock;
}

export interface InMemoryShells extends ShellsPort {
  /** Every call in order, reads too, failed ones too. Empty it with `calls.length = 0`. */
  readonly calls: ShellCall[];
  /** In the order in which they were asked for. */
  readonly stoppedTasks: readonly StoppedTask[];
  /** A shell of somebody in the account's first region, unless more is said. Gives what it stored. */
  open(shell: Partial<ShellSession> & Pick<ShellSession, 'ownerArn'>): ShellSession;
  /** As its owner leaves it. */
  close(id: string): void;
  /** Those that are open. */
  shells(): readonly ShellSession[];
  /** From now on `end` ends nothing, and says so. Returns how to make it work again. */
  ignoreEnds(): () => void;
  /**
   * The next `times` calls of that operation fail: `list` is unreadable, writes throw. With `applied` the write is performed
   * first, as when the answer is lost.
   */
  failNext(
    operation: keyof ShellsPort,
    problem: AppError,
    how?: { readonly times?: number; readonly applied?: boolean },
  ): void;
  /** Called after each write. What it throws comes out of the write: that is how tests crash between writes. */
  onWrite(listener: (call: ShellCall) => void): () => void;
}

interface Planned {
  readonly operation: keyof ShellsPort;
  readonly problem: AppError;
  readonly applied: boolean;
  left: number;
}

const inOrder = (a: ShellSession, b: ShellSession): number =>
  compareText(a.region, b.region) || a.startedAtMs - b.startedAtMs || compareText(a.id, b.id);

export const inMemoryShells = (options: InMemoryShellsOptions): InMemoryShells => {
  const { account, clock = { now: () => 0 } } = options;
  const open = new Map<string, ShellSession>();
  const calls: ShellCall[] = [];
  const stoppedTasks: StoppedTask[] = [];
  const planned: Planned[] = [];
  const listeners = new Set<(call: ShellCall) => void>();
  let opened = 0;
  let isIgnoring = false;

  const nextFailure = (operation: keyof ShellsPort): Planned | undefined => {
    const next = planned.find((failure) => failure.operation === operation && failure.left > 0);
    if (next !== undefined) next.left -= 1;
    return next;
  };
  const write = async (call: ShellCall, signal: AbortSignal, change: () => void): Promise<void> => {
    signal.throwIfAborted();
    calls.push(call);
    const failure = nextFailure(call.operation);
    if (failure !== undefined && !failure.applied) throw failure.problem;
    change();
    for (const listener of listeners) listener(call);
    if (failure !== undefined) throw failure.problem;
  };
  const shells = (): readonly ShellSession[] => [...open.values()].sort(inOrder);

  const end = (session: ShellSession): void => {
    checkRegion(account, session.region);
    if (!isIgnoring) open.delete(session.id);
    if (open.has(session.id)) throw stillOpen(session);
  };
  const stop = (session: ShellSession, reason: string): void => {
    checkMayWrite(account);
    checkRegion(account, session.region);
    checkTask(session);
    const { region, cluster, taskId } = session;
    stoppedTasks.push({ region, cluster, taskId, reason: cutReason(reason) });
    for (const shell of shells())
      if (shell.region === region && shell.cluster === cluster && shell.taskId === taskId)
        open.delete(shell.id);
  };

  return {
    calls,
    stoppedTasks,
    open: (seed) => {
      opened += 1;
      const shell: ShellSession = {
        id: `ecs-execute-command-${String(opened).padStart(17, '0')}`,
        region: account.regions[0] ?? '',
        cluster: 'payments',
        taskId: '0'.repeat(32),
        startedAtMs: clock.now(),
        ...seed,
      };
      open.set(shell.id, shell);
      return shell;
    },
    close: (id) => void open.delete(id),
    shells,
    ignoreEnds: () => {
      isIgnoring = true;
      return () => void (isIgnoring = false);
    },
    failNext: (operation, problem, how = {}) =>
      void planned.push({ operation, problem, applied: how.applied === true, left: how.times ?? 1 }),
    onWrite: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },

    list: async (signal) => {
      signal.throwIfAborted();
      calls.push({ operation: 'list', resource: '', args: [] });
      const problem = nextFailure('list')?.problem;
      const ours = shells().filter(({ region }) => account.regions.includes(region));
      return problem === undefined ? present(ours) : unreadable(problem);
    },
    end: (session, signal) =>
      write({ operation: 'end', resource: session.id, args: [session] }, signal, () => end(session)),
    stopTask: (session, reason, signal) =>
      write({ operation: 'stopTask', resource: session.id, args: [session, reason] }, signal, () =>
        stop(session, reason),
      ),
  };
};
