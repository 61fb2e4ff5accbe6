// Actions that are refused, brought together by the statement that would allow them.

import type { Check } from '../domain/check.ts';
import type { Checks } from './check.ts';
import { adviceFor, type NeededAction } from './needed-actions.ts';
import type { AccountNeeds } from './needs.ts';

/** What is worse goes before what is better. */
export const worstFirst = ['denied', 'unknown', 'allowed'] as const;

/** Actions that one statement allows, and that all are refused for want of it. */
export type Lacking = readonly [NeededAction, ...NeededAction[]];

export const groupedBySid = (lacking: readonly NeededAction[]): readonly Lacking[] => {
  const groups = new Map<string, [NeededAction, ...NeededAction[]]>();
  for (const one of lacking) {
    const key = `${one.document} ${one.sid}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()];
};

export const lackingCheck = (
  checks: Checks,
  lacking: Lacking,
  needs: AccountNeeds,
  because: (all: string) => string,
): Check => {
  const [{ action }, ...others] = lacking;
  const what = others.length === 0 ? action : `${action} and ${others.length} more`;
  return checks.missing(
    what,
    because(lacking.map((one) => one.action).join(', ')),
    adviceFor(lacking, needs),
  );
};
