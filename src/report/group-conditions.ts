// Each trouble once, however many roles and services it concerns.

import { compareText } from '../domain/statement.ts';
import type { Condition } from './status-document.ts';

export interface PlacedCondition<Place> {
  readonly where: Place;
  readonly condition: Condition;
}

export interface ConditionGroup<Place> {
  /** The one that has lasted the longest. */
  readonly condition: Condition;
  readonly where: readonly Place[];
}

/** Those with one reason and one message together, what has lasted the longest first. */
export const groupConditions = <Place>(
  found: readonly PlacedCondition<Place>[],
): readonly ConditionGroup<Place>[] => {
  const groups = new Map<string, { condition: Condition; where: Place[] }>();
  for (const { where, condition } of found) {
    const key = `${condition.reason}|${condition.message}`;
    const group = groups.get(key) ?? { condition, where: [] };
    group.where.push(where);
    if (condition.since < group.condition.since) group.condition = condition;
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => compareText(a.condition.since, b.condition.since));
};
