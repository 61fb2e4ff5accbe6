// What ends by itself, and when: people, policies; and how full the documents of a role are.

import { minuteOf } from '../domain/moment.ts';
import type { Admitted, Plan, PlannedRole } from '../domain/plan.ts';
import { inlinePolicyQuotaChars, reservedForDeniesChars } from '../domain/role.ts';
import { compareText } from '../domain/statement.ts';
import { plannedDenies } from './deny-documents.ts';
import { labelIn } from './labels.ts';
import { spelled } from './words.ts';

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** How long before its end a policy is warned about. */
export const expiryWarningMs = 7 * dayMs;

/** Those whose access to one role ends at the same moment. */
export interface Ending {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** Sorted. */
  readonly labels: readonly string[];
}

/** The ends to come, soonest first. */
export const endingsOf = (
  admitted: readonly Admitted[],
  role: Pick<PlannedRole, 'breakGlass' | 'names'>,
  nowMs: number,
): readonly Ending[] => {
  if (admitted.every(({ untilMs }) => untilMs === undefined || untilMs <= nowMs)) return [];
  const labelOf = labelIn(role, new Map(admitted.map((one) => [one.sub, one])));
  const byEnd = new Map<number, string[]>();
  for (const { sub, untilMs } of admitted) {
    if (untilMs === undefined || untilMs <= nowMs) continue;
    byEnd.set(untilMs, [...(byEnd.get(untilMs) ?? []), labelOf(sub)]);
  }
  return [...byEnd]
    .sort(([a], [b]) => a - b)
    .map(([atMs, labels]) => ({ atMs, labels: labels.sort(compareText) }));
};

export interface PolicyEnd {
  readonly policy: string;
  readonly atMs: number;
}

/** Policies that end, or have ended and keep a closed role, soonest first. */
export const policyEndsOf = (plans: readonly Plan[]): readonly PolicyEnd[] => {
  const ends = new Map<string, number>();
  for (const { owner, closesAtMs } of plans.flatMap(({ roles }) => roles))
    if (owner?.kind === 'AccessPolicy' && closesAtMs !== undefined) ends.set(owner.name, closesAtMs);
  return [...ends]
    .map(([policy, atMs]) => ({ policy, atMs }))
    .sort((a, b) => a.atMs - b.atMs || compareText(a.policy, b.policy));
};

/** `expires in 6 days, at …`, or that it has. */
export const expiryText = (atMs: number, nowMs: number): string =>
  atMs > nowMs
    ? `expires in ${spelled(atMs - nowMs)}, at ${minuteOf(atMs)}; then its role is closed, and kept`
    : `expired at ${minuteOf(atMs)}; its role is closed, and kept`;

export interface Fullness {
  readonly chars: number;
  readonly quotaChars: number;
}

/** Each document with everything planned in it; undefined: it is not known, or there is none. */
export interface DocumentSizes {
  readonly trust: Fullness | undefined;
  readonly permissions: Fullness | undefined;
  readonly denies: Fullness | undefined;
}

const permissionsQuotaChars = (role: PlannedRole): number =>
  inlinePolicyQuotaChars - (role.owner?.kind === 'TaskRoleBinding' ? 0 : reservedForDeniesChars);

const fullness = (chars: number | undefined, quotaChars: number | undefined): Fullness | undefined =>
  chars === undefined || quotaChars === undefined || quotaChars === 0 ? undefined : { chars, quotaChars };

export const permissionsSize = (role: PlannedRole): Fullness | undefined =>
  fullness(role.permissionsChars, permissionsQuotaChars(role));

export const deniesSize = (document: string | undefined): Fullness | undefined =>
  fullness(document?.length, reservedForDeniesChars);

export const sizesOf = (role: PlannedRole, trustQuotaChars: number): DocumentSizes => ({
  trust: role.state === 'unknown' ? undefined : fullness(role.trustChars, trustQuotaChars),
  permissions: permissionsSize(role),
  denies: deniesSize(plannedDenies(role)),
});

const nearlyFull = 0.8;

export const isNearlyFull = (sizes: DocumentSizes): boolean =>
  [sizes.trust, sizes.permissions, sizes.denies].some(
    (one) => one !== undefined && one.chars >= nearlyFull * one.quotaChars,
  );
