// A plan for programs. `schemaVersion` counts up when a field changes its meaning or goes; new fields may come.

import {
  type Admitted,
  type Plan,
  type PlannedObject,
  type PlannedRole,
  type PlannedService,
  hasUnread,
  objectsOf,
} from '../domain/plan.ts';
import { compareText } from '../domain/statement.ts';
import type { PollReport } from '../reconcile/sweep-report.ts';
import { activationRecord, changeRecord, whatAndWhose, writeRecord } from './change-record.ts';
import { plannedDenies } from './deny-documents.ts';

const iso = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());

const admittedRecord = ({ sub, label, via, person, untilMs, activation }: Admitted, role: PlannedRole) => ({
  sub,
  label,
  kind: person === undefined ? 'servicePrincipal' : 'person',
  via,
  until: iso(untilMs),
  activation: activationRecord(activation),
  isBreakGlass: role.breakGlass.has(sub),
});

const frameRecord = (planned: PlannedObject) => ({
  ...whatAndWhose(planned),
  source: planned.source ?? null,
  state: planned.state,
  unknownBecause: planned.unknownBecause ?? null,
  isSettling: planned.isSettling,
  warnings: planned.warnings,
  apply: planned.apply.map(changeRecord),
  held: planned.held.map(({ change, hold }) => ({
    ...changeRecord(change),
    hold: { reason: hold.reason, message: hold.message },
  })),
  writes: planned.writes.map((write) => writeRecord(write)),
});

const roleRecord = (role: PlannedRole) => ({
  ...frameRecord(role),
  trustChars: role.trustChars,
  permissionsChars: role.permissionsChars ?? null,
  deniesChars: plannedDenies(role)?.length ?? 0,
  expiresAt: iso(role.closesAtMs),
  appRoleValue: role.appRoleValue ?? null,
  admitted: role.admitted().map((one) => admittedRecord(one, role)),
});

const serviceRecord = (service: PlannedService) => ({
  ...frameRecord(service),
  ...service.place,
  rollout: service.rollout,
  deploys: service.deploys,
  revision: service.running?.arn ?? null,
  taskRoleArn: service.running?.taskRoleArn ?? null,
  wantedTaskRoleArn: service.wantedTaskRoleArn,
  mutableImages: service.running?.mutableImages ?? [],
});

const countObjects = (plans: readonly Plan[]) => {
  const objects = plans.flatMap(objectsOf);
  const count = (state: PlannedObject['state']): number =>
    objects.filter((planned) => planned.state === state).length;
  return {
    accounts: plans.length,
    roles: plans.reduce((sum, plan) => sum + plan.roles.length, 0),
    services: plans.reduce((sum, plan) => sum + plan.services.length, 0),
    apply: count('apply'),
    hold: count('hold'),
    inSync: count('inSync'),
    unknown: count('unknown'),
    changesToApply: objects.reduce((sum, planned) => sum + planned.apply.length, 0),
    changesHeld: objects.reduce((sum, planned) => sum + planned.held.length, 0),
    /** Accounts of which something could not be read. */
    accountsUnread: plans.filter(hasUnread).length,
  };
};

export interface PlanSummary extends Readonly<ReturnType<typeof countObjects>> {}

/** What a plan says before it goes through the accounts. */
export interface PlanHead {
  readonly schemaVersion: 1;
  /** When it was asked for, ISO 8601. */
  readonly at: string;
  readonly entraReadAt: string | null;
  readonly summary: PlanSummary;
}

export const planHead = (plans: readonly Plan[], now: Date, poll?: PollReport): PlanHead => ({
  schemaVersion: 1,
  at: now.toISOString(),
  entraReadAt: iso(poll?.atMs),
  summary: countObjects(plans),
});

export const planAccountRecord = (plan: Plan) => ({
  account: plan.account,
  accountId: plan.accountId,
  plannedAt: new Date(plan.atMs).toISOString(),
  trustQuotaChars: plan.trustQuotaChars,
  roles: plan.roles.map(roleRecord),
  services: plan.services.map(serviceRecord),
  execReadiness: plan.execReadiness.map(({ place, ...rest }) => ({ ...place, ...rest })),
  sideDoors: plan.sideDoors.map(({ place, ...rest }) => ({ ...place, ...rest })),
});

export const renderPlanJson = (plans: readonly Plan[], now: Date, poll?: PollReport): string => {
  const sorted = [...plans].sort((a, b) => compareText(a.account, b.account));
  const document = { ...planHead(sorted, now, poll), accounts: sorted.map(planAccountRecord) };
  return `${JSON.stringify(document, null, 2)}\n`;
};
