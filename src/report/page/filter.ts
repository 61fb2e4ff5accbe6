// Which policies the overview shows: by text and by state, as the address says. The script narrows the table the same way.

import type { PolicyStatus } from '../status-document.ts';

export const filterStates = ['all', 'person', 'failed', 'unknown', 'held', 'ready'] as const;
export type FilterState = (typeof filterStates)[number];

export interface Filter {
  /** In lower case; empty: everything. */
  readonly text: string;
  readonly state: FilterState;
}

const isFilterState = (text: string | undefined): text is FilterState =>
  filterStates.some((one) => one === text);

export const readFilter = (asked: {
  readonly q: string | undefined;
  readonly state: string | undefined;
}): Filter => ({
  text: (asked.q ?? '').trim().toLowerCase(),
  state: isFilterState(asked.state) ? asked.state : 'all',
});

const isStalled = ({ conditions }: Pick<PolicyStatus, 'conditions'>): boolean =>
  conditions.some(({ type }) => type === 'Stalled');

/** The states that a policy is shown for, besides `all`. */
export const statesOf = (policy: PolicyStatus): readonly FilterState[] => [
  policy.state,
  ...(isStalled(policy) ? (['person'] as const) : []),
];

/** What the text is looked for in: names of policy, accounts and roles, states and reasons, in lower case. */
export const findableText = ({ name, accounts, state }: PolicyStatus): string =>
  [name, state, ...accounts.flatMap(({ account, role, reason }) => [account, role, reason])]
    .filter((text, index, all) => all.indexOf(text) === index)
    .join(' ')
    .toLowerCase();

export const isShown = (filter: Filter, policy: PolicyStatus): boolean =>
  (filter.state === 'all' || statesOf(policy).includes(filter.state)) &&
  findableText(policy).includes(filter.text);
