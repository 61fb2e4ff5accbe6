// Carries out the writes of one role, in the order of the plan. Acting decides nothing but what may still go on after one of
// them did not go through.

import { type AppError, toAppError } from '../domain/errors.ts';
import type { PlannedRole } from '../domain/plan.ts';
import type { RoleWrite } from '../domain/write.ts';
import { isRefusal, leftUndone } from './left-undone.ts';
import { type ApplyContext, currentRole, perform } from './role-writes.ts';
import type { Outcome } from './sweep-report.ts';

/** Where nothing but a person can help, entry is closed at least. */
const isWorthAnotherTry = ({ kind }: AppError): boolean => kind !== 'denied' && kind !== 'invalid';

/** A call that may have been carried out although it failed: a time-out, a broken connection. */
const rememberUncertainty = (
  roleName: string,
  write: RoleWrite,
  problem: AppError,
  { memory, clock }: ApplyContext,
): void => {
  if (problem.kind !== 'transient') return;
  const lost = { field: 'uncertain', roleName } as const;
  if (write.op === 'updateTrust')
    memory.remember({ ...lost, what: 'trust', after: write.after }, clock.now());
  // Denies are worked out on whatever stands there, so that nothing leans on what became of them.
  if (write.op !== 'putInlinePolicy' && write.op !== 'deleteInlinePolicy') return;
  const after = write.op === 'deleteInlinePolicy' ? undefined : write.after;
  memory.remember({ ...lost, what: 'inline', policyName: write.policyName, after }, clock.now());
};

/**
 * Performs the writes in order. After the first that failed or was dropped, only what narrows goes on: the rest was planned
 * on the assumption that it would succeed.
 */
export const applyRole = async (role: PlannedRole, context: ApplyContext): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = [];
  let isBroken = false;
  /** The trust policy is all that names who has to be denied: it is not narrowed while another try may deny them. */
  let isUndenied = false;
  for (const write of role.writes) {
    const record = (part: Partial<Outcome> & Pick<Outcome, 'result'>): void => {
      outcomes.push({
        write,
        object: role.object,
        name: role.name,
        carriedOut: [],
        written: undefined,
        errorKind: undefined,
        errorCode: undefined,
        message: '',
        atMs: context.clock.now(),
        ...part,
      });
    };
    if (context.stopping.aborted) {
      record({ result: 'dropped', message: leftUndone(context.stopping.reason) });
      continue;
    }
    const narrows = write.changes.some((change) => change.effect === 'narrows');
    const mayNarrow = write.op === 'updateTrust' && narrows;
    if (isUndenied && mayNarrow) {
      record({
        result: 'dropped',
        message: 'whoever leaves is denied first, and that did not go through; both are tried again',
      });
      continue;
    }
    if (isBroken && write.effect !== 'narrows' && !mayNarrow) {
      record({ result: 'dropped', message: 'an earlier write of this role did not go through' });
      continue;
    }
    let isLookedAt = false;
    try {
      if (write.op === 'putDenies') await currentRole(role.name, context);
      isLookedAt = true;
      const done = await perform(role.name, write, isBroken, context);
      const isWhole = done.carriedOut.length === write.changes.length;
      if (!isWhole) isBroken = true;
      record({
        result: isWhole ? 'done' : 'dropped',
        carriedOut: done.carriedOut,
        message: done.message,
        written: done.written,
      });
    } catch (error) {
      if (context.signal.aborted) throw error;
      if (isRefusal(error)) {
        record({ result: 'dropped', message: leftUndone(error) });
        continue;
      }
      isBroken = true;
      const problem = toAppError(error, `${write.op} on role ${role.name}`);
      rememberUncertainty(role.name, write, problem, context);
      // A role that cannot be looked at is not narrowed either: both are tried again.
      const mayPass = !isLookedAt || isWorthAnotherTry(problem);
      if (write.op === 'putDenies' && write.effect !== 'widens' && mayPass) isUndenied = true;
      record({
        result: 'failed',
        errorKind: problem.kind,
        errorCode: problem.code,
        message: problem.message,
      });
    }
  }
  return outcomes;
};
