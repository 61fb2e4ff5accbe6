// Break-glass access in the log: every change of it is a warning, whoever it concerns. The journal has the name.

import { type Change, subjectOf } from '../domain/change.ts';
import type { PlannedRole } from '../domain/plan.ts';
import type { SweepReport } from '../reconcile/sweep-report.ts';
import { createBreakGlassRoles } from './break-glass-roles.ts';
import type { HoldTransitions } from './held-changes.ts';
import type { LogLine } from './log-sources.ts';
import { counted } from './words.ts';

export interface BreakGlassLines {
  observe(report: SweepReport, holds: HoldTransitions): readonly LogLine[];
  forget(account: string): void;
}

interface Touched {
  readonly role: PlannedRole;
  readonly gains: number;
  readonly loses: number;
  readonly others: number;
}

/** People, not changes: somebody may have several ways in. */
const countSubs = (changes: readonly Change[], isMeant: (change: Change) => boolean): number =>
  new Set(changes.filter(isMeant).map(subjectOf)).size;

const touchedBy = (role: PlannedRole, changes: readonly Change[]): Touched => {
  const gains = countSubs(changes, ({ effect }) => effect === 'widens');
  const loses = countSubs(changes, ({ effect }) => effect === 'narrows');
  const others = countSubs(changes, ({ effect }) => effect !== 'widens' && effect !== 'narrows');
  return { role, gains, loses, others };
};

const lineOf = (report: SweepReport, { role, gains, loses, others }: Touched, how: string): LogLine => {
  const { account, accountId } = report;
  const policy = role.owner?.name ?? '(unknown)';
  const parts = [
    ...(gains > 0 ? [`${counted(gains, 'person gains', 'people gain')} access or time`] : []),
    ...(loses > 0 ? [`${counted(loses, 'person loses', 'people lose')} access or time`] : []),
    ...(others > 0 ? [`${counted(others, 'person enters', 'people enter')} in another form`] : []),
  ];
  return {
    level: 'warn',
    fields: { account, accountId, policy, role: role.name, gains, loses },
    text: `account ${account}: break-glass access of policy ${policy} ${how}: ${parts.join(', ')}; the journal says who`,
  };
};

export const createBreakGlassLines = (): BreakGlassLines => {
  const breakGlass = createBreakGlassRoles();
  return {
    observe: (report, { begun }) => {
      const carriedOut = report.outcomes.flatMap((outcome) => outcome.carriedOut);
      return breakGlass.observe(report).flatMap(({ role, isOwn }) => {
        const done = carriedOut.filter(isOwn);
        const held = begun.map(({ change }) => change).filter(isOwn);
        return [
          ...(done.length > 0 ? [lineOf(report, touchedBy(role, done), 'changes')] : []),
          ...(held.length > 0 ? [lineOf(report, touchedBy(role, held), 'would change, and is held')] : []),
        ];
      });
    },
    forget: (account) => {
      breakGlass.forget(account);
    },
  };
};
