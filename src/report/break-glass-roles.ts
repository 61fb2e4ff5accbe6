// Whose access to a role is break-glass: the members of its policy's break-glass group, and whoever was one until the sweep
// that puts her out.

import { type Change, objectKey, subjectOf } from '../domain/change.ts';
import type { PlannedRole } from '../domain/plan.ts';
import type { SweepReport } from '../reconcile/sweep-report.ts';
import { createByScope } from './by-scope.ts';

export interface BreakGlassRole {
  readonly role: PlannedRole;
  /** Whether a change concerns break-glass access to it. */
  readonly isOwn: (change: Change) => boolean;
}

export interface BreakGlassRoles {
  /** Those of the sweep that let somebody in for emergencies, or did until now. */
  observe(report: SweepReport): readonly BreakGlassRole[];
  forget(account: string): void;
}

export const createBreakGlassRoles = (): BreakGlassRoles => {
  const members = createByScope<ReadonlyMap<string, ReadonlySet<string>>>();
  return {
    observe: (report) => {
      const before = members.get(report);
      const after = new Map<string, ReadonlySet<string>>();
      const found = report.plan.roles.flatMap((role): readonly BreakGlassRole[] => {
        const key = objectKey(role);
        const known = before?.get(key);
        if (role.breakGlass.size === 0 && known === undefined) return [];
        const changing = new Set([...role.apply, ...role.held.map(({ change }) => change)].map(subjectOf));
        const leaving = [...(known ?? [])].filter((sub) => changing.has(sub));
        const own = new Set([...role.breakGlass, ...leaving]);
        if (own.size > 0) after.set(key, own);
        return [{ role, isOwn: (change) => objectKey(change) === key && own.has(subjectOf(change) ?? '') }];
      });
      members.set(report, after);
      return found;
    },
    forget: (account) => {
      members.forget(account);
    },
  };
};
