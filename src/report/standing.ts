// How a policy or a binding stands in an account after a sweep, in one reason and one sentence. The first that applies speaks:
//
//   WriteFailed   something was to be written and was not
//   Unknown       the role or service, or the whole account, could not be judged
//   deploying     a deployment was begun: what was written is not yet what runs
//   <hold>        something is held; the most urgent reason
//   Ready         nothing differs, or all that differed was written

import type { Owner } from '../domain/change.ts';
import type { HoldReason, PlannedObject, PlannedRole, PlannedService } from '../domain/plan.ts';
import type { Outcome, SweepReport } from '../reconcile/sweep-report.ts';
import { byUrgency, natureOf } from './hold-reasons.ts';
import { carriedOutIn } from './known-objects.ts';

export type StandingReason = 'Ready' | 'Unknown' | 'WriteFailed' | HoldReason;

export interface Standing {
  readonly reason: StandingReason;
  /** What is the matter and what to do; empty when ready. */
  readonly message: string;
  /** Nothing goes on until somebody did something. */
  readonly needsPerson: boolean;
}

const ready: Standing = { reason: 'Ready', message: '', needsPerson: false };

const failure = (planned: PlannedObject, report: SweepReport): Standing | undefined => {
  const carriedOut = carriedOutIn(report);
  const undone = planned.apply.filter((change) => !carriedOut.has(change.id));
  if (undone.length === 0) return undefined;
  const ids = new Set(undone.map((change) => change.id));
  // Calls that only prepare for others carry out no change themselves.
  const about = report.outcomes.filter(
    ({ write, object, name }) =>
      write.changes.some((change) => ids.has(change.id)) ||
      (write.changes.length === 0 && object === planned.object && name === planned.name),
  );
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

const begun: Standing = {
  reason: 'deploying',
  message: 'the deployment has just begun; the next sweeps see whether it arrives',
  needsPerson: false,
};

/** How one role or service stands. */
export const standingOf = (planned: PlannedRole | PlannedService, report: SweepReport): Standing => {
  const failed = failure(planned, report);
  if (failed !== undefined) return failed;
  if (planned.object === 'Service' && planned.deploys) return begun;
  if (planned.state === 'unknown') {
    // Refused for good, or a wrong setting: waiting helps nobody.
    const needsPerson = report.errorKind === 'denied' || report.errorKind === 'invalid';
    return { reason: 'Unknown', message: planned.unknownBecause ?? '', needsPerson };
  }
  const [worst] = planned.held.map(({ hold }) => hold).sort((a, b) => byUrgency(a.reason, b.reason));
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

/** The worst of several. */
export const worstStanding = (standings: readonly Standing[]): Standing =>
  [...standings].sort(bySeverity)[0] ?? ready;

/** Of one account, in one kind of owner, by name; roles of ours without an owner on their tag are left out. */
export const standingsByOwner = (
  kind: Owner['kind'],
  objects: readonly (PlannedRole | PlannedService)[],
  report: SweepReport,
): ReadonlyMap<string, Standing> => {
  const parts = new Map<string, Standing[]>();
  for (const planned of objects) {
    const { owner } = planned;
    if (owner?.kind !== kind) continue;
    const own = parts.get(owner.name);
    if (own === undefined) parts.set(owner.name, [standingOf(planned, report)]);
    else own.push(standingOf(planned, report));
  }
  return new Map([...parts].map(([name, standings]) => [name, worstStanding(standings)]));
};
