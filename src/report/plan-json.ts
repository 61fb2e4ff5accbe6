// A plan for programs. `schemaVersion` counts up when a field changes its meaning or goes; new fields may come.

import type { Admitted, Plan, PlannedRole } from '../domain/plan.ts';
import { compareText } from '../domain/statement.ts';
import { changeRecord, whatAndWhose, writeRecord } from './change-record.ts';

const admittedRecord = ({ sub, label, via, person }: Admitted) => ({
  sub,
  label,
  kind: person === undefined ? 'servicePrincipal' : 'person',
  via,
});

const roleRecord = (role: PlannedRole) => ({
  ...whatAndWhose(role),
  source: role.source ?? null,
  state: role.state,
  unknownBecause: role.unknownBecause ?? null,
  isSettling: role.isSettling,
  trustChars: role.trustChars,
  appRoleValue: role.appRoleValue ?? null,
  admitted: role.admitted.map(admittedRecord),
  warnings: role.warnings,
  apply: role.apply.map(changeRecord),
  held: role.held.map(({ change, hold }) => ({
    ...changeRecord(change),
    hold: { reason: hold.reason, message: hold.message },
  })),
  writes: role.writes.map((write) => writeRecord(write)),
});

const countRoles = (plans: readonly Plan[]) => {
  const roles = plans.flatMap((plan) => plan.roles);
  const count = (state: PlannedRole['state']): number => roles.filter((role) => role.state === state).length;
  return {
    roles: roles.length,
    apply: count('apply'),
    hold: count('hold'),
    inSync: count('inSync'),
    unknown: count('unknown'),
    changesToApply: roles.reduce((sum, role) => sum + role.apply.length, 0),
    changesHeld: roles.reduce((sum, role) => sum + role.held.length, 0),
  };
};

export const renderPlanJson = (plans: readonly Plan[], now: Date): string => {
  const sorted = [...plans].sort((a, b) => compareText(a.account, b.account));
  const document = {
    schemaVersion: 1,
    at: now.toISOString(),
    summary: countRoles(sorted),
    accounts: sorted.map((plan) => ({
      account: plan.account,
      accountId: plan.accountId,
      plannedAt: new Date(plan.atMs).toISOString(),
      trustQuotaChars: plan.trustQuotaChars,
      roles: plan.roles.map(roleRecord),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
};
