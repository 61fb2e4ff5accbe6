// Every policy in a row of its own, in all its accounts together; and what narrows the table down.

import type { PolicyStatus, RoleStatus } from '../status-document.ts';
import { counted, thousands } from '../words.ts';
import { type Filter, type FilterState, filterStates, findableText, isShown, statesOf } from './filter.ts';
import { type Markup, type Part, markup } from './markup.ts';
import {
  type Row,
  accountLink,
  lasting,
  none,
  pathPart,
  policyLink,
  relative,
  some,
  state,
  table,
} from './parts.ts';

const maxAccounts = 4;

const accountText = ({ account, state: of }: RoleStatus): Part =>
  of === 'ready' ? accountLink(account) : [accountLink(account), ` (${of})`];

/** Of many, those that are not as they should be by name, and how many are. */
const accountsText = ({ accounts, state: worst }: PolicyStatus): Part => {
  if (accounts.length <= maxAccounts || worst === 'ready')
    return some(accounts.map(accountText), maxAccounts);
  const bad = accounts.filter((one) => one.state !== 'ready');
  return [some(bad.map(accountText), maxAccounts), `; ${thousands(accounts.length - bad.length)} ready`];
};

/** How many differences there are, and how old the oldest is. */
export const driftText = (roles: readonly Pick<RoleStatus, 'drift'>[], nowMs: number): Part => {
  const drifts = roles.flatMap(({ drift }) => drift ?? []);
  const [oldest] = drifts.map(({ since }) => since).sort();
  const count = drifts.reduce((sum, one) => sum + one.count, 0);
  return oldest === undefined
    ? none()
    : [thousands(count), markup` <span class="soft">oldest ${relative(oldest, nowMs)}</span>`];
};

/** Of people and of the policy, the next. */
const endText = ({ accounts }: PolicyStatus, nowMs: number): Part => {
  const [next] = accounts
    .flatMap(({ ends, expiresAt }) => [ends[0]?.at ?? [], expiresAt ?? []].flat())
    .sort();
  return next === undefined ? none() : [Date.parse(next) <= nowMs && 'ended ', relative(next, nowMs)];
};

const stateText = ({ state: of, conditions }: PolicyStatus, nowMs: number): Part => {
  const [ready] = conditions;
  return [
    state(of, of),
    of !== 'ready' &&
      ready !== undefined &&
      markup` <code>${ready.reason}</code> <span class="soft">${lasting(ready.since, nowMs)}</span>`,
  ];
};

const most = (counts: readonly number[]): number => Math.max(0, ...counts);

const row = (policy: PolicyStatus, filter: Filter, nowMs: number): Row => {
  const { name, accounts } = policy;
  const denied = most(accounts.map(({ denies }) => denies?.people.length ?? 0));
  return {
    id: `policy-${pathPart(name)}`,
    attributes: markup` data-find="${findableText(policy)}" data-states="${statesOf(policy).join(' ')}"${!isShown(filter, policy) && markup` hidden`}`,
    cells: [
      policyLink(name),
      stateText(policy, nowMs),
      accountsText(policy),
      thousands(most(accounts.map(({ admittedCount }) => admittedCount))),
      driftText(accounts, nowMs),
      endText(policy, nowMs),
      denied === 0 ? none('0') : thousands(denied),
    ],
  };
};

const filterNames: Readonly<Record<FilterState, string>> = {
  all: 'All',
  person: 'Needs a person',
  failed: 'Failed',
  unknown: 'Unknown',
  held: 'Held',
  ready: 'Ready',
};

const addressOf = (filter: Filter, of: FilterState): string => {
  const query = new URLSearchParams({
    ...(filter.text === '' ? {} : { q: filter.text }),
    ...(of === 'all' ? {} : { state: of }),
  }).toString();
  return query === '' ? '/' : `/?${query}`;
};

const stateLinks = (policies: readonly PolicyStatus[], filter: Filter): Markup =>
  markup`<ul class="states" aria-label="Show policies by state">${filterStates.map((of) => {
    const count = policies.filter((one) => of === 'all' || statesOf(one).includes(of)).length;
    return markup`<li><a href="${addressOf(filter, of)}" data-state="${of}"${of === filter.state && markup` aria-current="true"`}>${filterNames[of]} <span class="count">${count}</span></a></li>`;
  })}</ul>`;

/** The form is there for the script; without it the states still are links. */
const filterForm = ({ text }: Filter): Markup =>
  markup`<form id="filter" class="scripted" role="search" data-keep><label for="filter-text">Policy, account, role or reason contains</label> <input id="filter-text" type="search" value="${text}" autocomplete="off" spellcheck="false"></form>`;

export const policyTable = (policies: readonly PolicyStatus[], filter: Filter, nowMs: number): Part => {
  if (policies.length === 0) return markup`<p>No policy has been looked at yet.</p>`;
  const shown = policies.filter((one) => isShown(filter, one)).length;
  return [
    markup`<div class="filter">${filterForm(filter)}${stateLinks(policies, filter)}</div>
<p id="shown" role="status" class="soft">${thousands(shown)} of ${counted(policies.length, 'policy', 'policies')} shown</p>
`,
    table(
      'policies',
      [
        { title: 'Policy', look: 'name' },
        { title: 'State', look: 'name' },
        { title: 'Accounts', look: 'name' },
        { title: 'People', look: 'number' },
        { title: 'Drift', look: 'short' },
        { title: 'Next end', look: 'short' },
        { title: 'Denied', look: 'number' },
      ],
      policies.map((one) => row(one, filter, nowMs)),
    ),
  ];
};
