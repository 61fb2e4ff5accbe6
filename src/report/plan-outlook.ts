// What a plan says besides its changes: what is loud, what ends soon, and what grows full. The same for text and markdown.

import { earliest, minuteOf } from '../domain/moment.ts';
import { subjectOf } from '../domain/change.ts';
import type { Plan, PlannedRole } from '../domain/plan.ts';
import { sortedUnique } from '../domain/statement.ts';
import { nameIn } from './labels.ts';
import { isLoud } from './loud-warnings.ts';
import { withoutRepetition } from './nameless-plan.ts';
import {
  type Fullness,
  dayMs,
  endingsOf,
  expiryText,
  expiryWarningMs,
  isNearlyFull,
  policyEndsOf,
  sizesOf,
} from './outlook.ts';
import { counted, roughly, someOf, spelled, thousands } from './words.ts';

export interface OutlookRow {
  readonly where: string;
  readonly text: string;
}

export interface OutlookSection {
  readonly title: string;
  readonly rows: readonly OutlookRow[];
}

const breakGlassRows = (role: PlannedRole): readonly string[] => {
  if (role.breakGlass.size === 0) return [];
  const admitted = new Map(role.admitted().map((one) => [one.sub, one]));
  const changes = [...role.apply, ...role.held.map(({ change }) => change)];
  const changing = changes
    .flatMap((change) => subjectOf(change) ?? [])
    .filter((sub) => role.breakGlass.has(sub));
  return changing.length === 0
    ? []
    : [
        `break-glass access changes: ${someOf(withoutRepetition(sortedUnique(changing).map((sub) => nameIn(role, admitted.get(sub), sub))))}`,
      ];
};

/** What somebody has to have seen before she lets the plan happen. */
export const loudRows = ({ roles }: Plan): readonly OutlookRow[] =>
  roles.flatMap((role) =>
    [...breakGlassRows(role), ...role.warnings.filter(isLoud)].map((text) => ({ where: role.name, text })),
  );

const endingRows = (plans: readonly Plan[]): readonly OutlookRow[] =>
  plans.flatMap((plan) =>
    plan.roles.flatMap((role) =>
      endingsOf(role.admitted(), role, plan.atMs)
        .filter(({ atMs }) => atMs <= plan.atMs + dayMs)
        .map(({ atMs, labels }) => ({
          where: `${plan.account}/${role.name}`,
          text: `at ${minuteOf(atMs)}, in ${spelled(atMs - plan.atMs)}: ${someOf(withoutRepetition(labels))}`,
        })),
    ),
  );

const expiryRows = (plans: readonly Plan[]): readonly OutlookRow[] => {
  const nowMs = Math.max(0, ...plans.map(({ atMs }) => atMs));
  return policyEndsOf(plans).map(({ policy, atMs }) => ({
    where: policy,
    text: `${atMs > nowMs && atMs - nowMs < expiryWarningMs ? 'soon: ' : ''}${expiryText(atMs, nowMs)}`,
  }));
};

const sizeText = (name: string, size: Fullness | undefined): readonly string[] =>
  size === undefined
    ? []
    : [
        `${name} ${thousands(size.chars)} of ${thousands(size.quotaChars)} (${Math.round((100 * size.chars) / size.quotaChars)}%)`,
      ];

/** Of roles that change or have little room left; of all, if asked for. */
const sizeRows = (plans: readonly Plan[], all: boolean): readonly OutlookRow[] =>
  plans.flatMap((plan) =>
    plan.roles.flatMap((role) => {
      const sizes = sizesOf(role, plan.trustQuotaChars);
      const isShown = all || role.state === 'apply' || role.state === 'hold' || isNearlyFull(sizes);
      const parts = [
        ...sizeText('trust policy', sizes.trust),
        ...sizeText('permissions', sizes.permissions),
        ...sizeText('denies', sizes.denies),
      ];
      return isShown && parts.length > 0
        ? [{ where: `${plan.account}/${role.name}`, text: parts.join(', ') }]
        : [];
    }),
  );

export const outlookSections = (plans: readonly Plan[], all: boolean): readonly OutlookSection[] =>
  [
    { title: 'Access that ends within 24 hours', rows: endingRows(plans) },
    { title: 'Policies that end', rows: expiryRows(plans) },
    { title: 'How full the documents are, in characters', rows: sizeRows(plans, all) },
  ].filter(({ rows }) => rows.length > 0);

/** What the plans rest on, and how old that is by now. */
export const snapshotText = (
  poll: { readonly atMs: number; readonly groups: { readonly present: number; readonly unreadable: number } },
  plans: readonly Plan[],
  nowMs: number,
): string => {
  const { groups, atMs } = poll;
  const unread = groups.unreadable === 0 ? '' : `, ${groups.unreadable} could not be`;
  const oldest = earliest(plans.map((plan) => plan.atMs));
  const aws = oldest === undefined ? '' : `; AWS as of ${minuteOf(oldest)}, ${roughly(nowMs - oldest)} ago`;
  return `Entra as of ${minuteOf(atMs)}, ${roughly(nowMs - atMs)} ago: ${counted(groups.present, 'group')} read${unread}${aws}`;
};
