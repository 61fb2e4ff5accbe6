// Ends the open shells of those who were put out, after deny and trust policy. AWS is asked for open shells only as long as
// somebody's may be open: until a look a few minutes after her deny found none. Where the mode or suspend lets nothing be
// changed, they are counted and stay open.

import { deniesIn } from '../domain/denies.ts';
import { type AppError, toAppError } from '../domain/errors.ts';
import type { Plan, PlannedRole } from '../domain/plan.ts';
import type { Clock, ShellsPort } from '../domain/ports.ts';
import { lowerCase } from '../domain/statement.ts';
import { type OutOfRole, type OutsContext, type ShellOf, decideShells, outsOf } from '../plan/shells.ts';
import type { HeldShell, Outcome, ShellOutcome, ShellsReport } from './sweep-report.ts';
import { deniesWritten } from './written-denies.ts';

/** IAM takes minutes at times to spread a deny, and until then another shell may open. */
const spreadingMs = 5 * 60_000;

type Out = Pick<OutOfRole, 'roleName' | 'sub' | 'sinceMs'>;

/** Outs of which a look has shown that no shell is open; lost with the process, which then looks once more. */
export interface ShellMemory {
  isSettled(out: Out): boolean;
  settle(out: Out): void;
}

export const createShellMemory = (): ShellMemory => {
  const settled = new Map<string, number>();
  const key = ({ roleName, sub }: Out): string => `${roleName}|${sub ?? ''}`;
  return {
    isSettled: (out) => (settled.get(key(out)) ?? -1) >= out.sinceMs,
    settle: (out) => {
      settled.set(key(out), out.sinceMs);
    },
  };
};

export interface EndShellsContext extends OutsContext {
  readonly shells: ShellsPort;
  readonly shellMemory: ShellMemory;
  readonly clock: Clock;
  /** What a person may be called, given how trust policies know her. */
  readonly namesOf: (sub: string) => readonly string[];
  /** Ends calls that are under way; the last resort. */
  readonly signal: AbortSignal;
  /** Once aborted, no further call begins. */
  readonly stopping: AbortSignal;
}

export const noShells: ShellsReport = { ended: [], held: [], unattributed: 0, problem: undefined };

/** Everything that members of a role may be called. */
const namesOfMembers = ({ admitted }: PlannedRole): ReadonlySet<string> =>
  new Set(admitted().flatMap(({ sub, label }) => [lowerCase(sub), lowerCase(label)]));

const endOne = async (
  { session, out, sub }: ShellOf,
  stopsTask: boolean,
  { shells, clock, signal }: EndShellsContext,
): Promise<ShellOutcome> => {
  const about = { session, roleName: out.roleName, sub };
  try {
    await shells.end(session, signal);
    if (stopsTask)
      await shells.stopTask(session, `Rolewarden: ${sub} lost access to role ${out.roleName}`, signal);
    return { ...about, result: 'done', stoppedTask: stopsTask, message: '', atMs: clock.now() };
  } catch (error) {
    if (signal.aborted) throw error;
    const problem = toAppError(error, `ending session ${session.id}`);
    return { ...about, result: 'failed', stoppedTask: false, message: problem.message, atMs: clock.now() };
  }
};

const unreadable = (problem: AppError): ShellsReport => ({
  ...noShells,
  problem: {
    kind: problem.kind,
    message: `open shells of people who were put out could not be listed: ${problem.message}`,
  },
});

const heldShell = ({ session, out, sub }: ShellOf): readonly HeldShell[] =>
  out.hold === undefined ? [] : [{ session, roleName: out.roleName, sub, hold: out.hold }];

export const endShells = async (
  plan: Plan,
  outcomes: readonly Outcome[],
  context: EndShellsContext,
): Promise<ShellsReport> => {
  const { shells, shellMemory, clock, stopping } = context;
  const roles = plan.roles.filter(({ owner }) => owner?.kind !== 'TaskRoleBinding');
  const written = deniesWritten(outcomes);
  const open = roles
    .flatMap((role) => {
      const denies = written.has(role.name) ? written.get(role.name) : role.denies;
      return outsOf(role, deniesIn(denies), context);
    })
    .filter((out) => !shellMemory.isSettled(out))
    .map((out): OutOfRole => {
      const { sub } = out;
      return { ...out, names: sub === undefined ? [] : [sub, ...context.namesOf(sub)] };
    });
  if (open.length === 0 || stopping.aborted) return noShells;
  const askedAtMs = clock.now();
  const reading = await shells.list(stopping);
  if (reading.state === 'unreadable') return unreadable(reading.problem);
  const concerned = new Set(open.map(({ roleName }) => roleName));
  const byName = new Map(roles.map((role) => [role.name, role]));
  const known = new Map(
    [...concerned].map((name) => {
      const role = byName.get(name);
      return [name, role === undefined ? new Set<string>() : namesOfMembers(role)];
    }),
  );
  const sessions = reading.state === 'present' ? reading.value : [];
  const { end, held, unattributed } = decideShells(sessions, open, known);
  const ended: ShellOutcome[] = [];
  for (const one of end) {
    if (stopping.aborted) break;
    const stopsTask = byName.get(one.out.roleName)?.afterRevoke === 'stopTask';
    ended.push(await endOne(one, stopsTask, context));
  }
  const still = new Set([...end, ...held].map(({ out }) => out));
  for (const out of open)
    if (!still.has(out) && askedAtMs >= out.sinceMs + spreadingMs) shellMemory.settle(out);
  return { ended, held: held.flatMap(heldShell), unattributed: unattributed.length, problem: undefined };
};
