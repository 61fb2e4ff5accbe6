// How a policy stands in an account after a sweep, in one reason and one sentence. The first that applies speaks:
//
//   WriteFailed   something was to be written and was not
//   Unknown       the role, or the whole account, could not be judged
//   <hold>        something is held; the most urgent reason
//   Ready         nothing differs, or all that differed was written

import type { HoldReason, PlannedRole } from '../domain/plan.ts';
import type { Outcome, SweepReport } from '../reconcile/sweep-report.ts';
import { byUrgency, natureOf } from './hold-reasons.ts';
import { carriedOutIn } from './known-roles.ts';

export type StandingReason = 'Ready' | 'Unknown' | 'WriteFailed' | HoldReason;

export interface Standing {
  readonly reason: StandingReason;
  /** What is the matter and what to do; empty when ready. */
  readonly message: string;
  /** Nothing goes on until somebody did something. */
  readonly needsPerson: boolean;
}

const ready: Standing = { reason: 'Ready', message: '', needsPerson: false };

const failure = (role: PlannedRole, report: SweepReport): Standing | undefined => {
  const carriedOut = carriedOutIn(report);
  const undone = role.apply.filter((change) => !carriedOut.has(change.id));
  if (undone.length === 0) return undefined;
  const ids = new Set(undone.map((change) => change.id));
  const about = report.outcomes.filter(({ write }) => write.changes.some((change) => ids.has(change.id)));
  const isLasting = ({ errorKind }: Outcome): boolean => errorKind === 'denied' || errorKind === 'invalid';
  const worst =
    about.find(isLasting) ??
    about.find(({ result }) => result === 'failed') ??
    about.find(({ result }) => result === 'dropped');
  return {
    reason: 'WriteFailed',
    message: worst?.message ?? 'the sweep ended before this was written; the next one goes on',
    needsPerson: about.some(isLasting),
  };
};

/** How one role stands. */
export const standingOfRole = (role: PlannedRole, report: SweepReport): Standing => {
  const failed = failure(role, report);
  if (failed !== undefined) return failed;
  if (role.state === 'unknown') {
    // Refused for good, or a wrong setting: waiting helps nobody.
    const needsPerson = report.errorKind === 'denied' || report.errorKind === 'invalid';
    return { reason: 'Unknown', message: role.unknownBecause ?? '', needsPerson };
  }
  const [worst] = role.held.map(({ hold }) => hold).sort((a, b) => byUrgency(a.reason, b.reason));
  return worst === undefined
    ? ready
    : { reason: worst.reason, message: worst.message, needsPerson: natureOf(worst.reason) === 'person' };
};

const severity = ({ reason }: Standing): number =>
  reason === 'WriteFailed' ? 0 : reason === 'Unknown' ? 1 : reason === 'Ready' ? 3 : 2;

const bySeverity = (a: Standing, b: Standing): number => {
  const difference = severity(a) - severity(b);
  return difference !== 0 || severity(a) !== 2
    ? difference
    : byUrgency(a.reason as HoldReason, b.reason as HoldReason);
};

/** The worst of several roles. */
export const worstStanding = (standings: readonly Standing[]): Standing =>
  [...standings].sort(bySeverity)[0] ?? ready;

/** By policy, of one account; roles of ours without a policy on their tag are left out. */
export const standingsByPolicy = (
  roles: readonly PlannedRole[],
  report: SweepReport,
): ReadonlyMap<string, Standing> => {
  const parts = new Map<string, Standing[]>();
  for (const role of roles) {
    if (role.owner === undefined) continue;
    const own = parts.get(role.owner.name);
    if (own === undefined) parts.set(role.owner.name, [standingOfRole(role, report)]);
    else own.push(standingOfRole(role, report));
  }
  return new Map([...parts].map(([policy, standings]) => [policy, worstStanding(standings)]));
};
