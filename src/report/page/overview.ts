// The overview: what needs somebody, then accounts and sources, then every policy and every service.

import type { RoleState, StatusDocument } from '../status-document.ts';
import { looksAfterNone, replicaText } from '../render-replica.ts';
import { counted, thousands } from '../words.ts';
import { accountTable, lockoutTable, sourceTable } from './account-table.ts';
import type { Filter } from './filter.ts';
import type { View } from './layout.ts';
import { type Part, markup, sentence } from './markup.ts';
import { state } from './parts.ts';
import { policyTable } from './policy-table.ts';
import { problemSections } from './problem-list.ts';
import { type ProblemSection, needingPeople, problemsOf } from './problems.ts';
import { serviceTable } from './service-table.ts';

const order: readonly RoleState[] = ['failed', 'unknown', 'held', 'ready'];

/** `12 policies: 1 held, 11 ready; 1 problem needs a person` */
const summaryOf = (status: StatusDocument, needing: number): string => {
  const { policies, readiness } = status;
  const counts = order.flatMap((state) => {
    const count = policies.filter((one) => one.state === state).length;
    return count === 0 ? [] : [`${thousands(count)} ${state}`];
  });
  const all = looksAfterNone(status)
    ? 'this replica looks after no account'
    : counted(policies.length, 'policy', 'policies');
  return [
    counts.length === 0 ? all : `${all}: ${counts.join(', ')}`,
    needing === 0
      ? 'nothing needs a person'
      : `${counted(needing, 'problem')} ${needing === 1 ? 'needs' : 'need'} a person`,
    ...(readiness.ready ? [] : ['not ready yet']),
  ].join('; ');
};

interface PagePart {
  readonly id: string;
  readonly title: string;
  /** undefined: there is nothing of the kind. */
  readonly content: Part;
}

const sectionsOf = (
  status: StatusDocument,
  problems: readonly ProblemSection[],
  filter: Filter,
): readonly PagePart[] => {
  const { policies, services, lockouts, accounts } = status;
  // What others look after is no absence of anything.
  const isOthers = looksAfterNone(status);
  const nowMs = Date.parse(status.at);
  const ifAny = (list: readonly unknown[], content: () => Part): Part =>
    list.length === 0 ? undefined : content();
  return [
    { id: 'problems', title: 'Problems', content: ifAny(problems, () => problemSections(problems, nowMs)) },
    {
      id: 'lockouts',
      title: 'Locked out',
      content: ifAny(lockouts, () => lockoutTable(lockouts, nowMs)),
    },
    { id: 'accounts', title: 'Accounts', content: isOthers ? undefined : accountTable(accounts, nowMs) },
    { id: 'sources', title: 'Sources', content: sourceTable(status, nowMs) },
    {
      id: 'policies',
      title: 'Policies',
      content: isOthers ? undefined : policyTable(policies, filter, nowMs),
    },
    {
      id: 'services',
      title: 'Services',
      content: ifAny(services, () => serviceTable('services', services, nowMs)),
    },
  ];
};

/** Where replicas share the accounts: which this one is, what it does, and what keeps it from it. */
const replicaPart = ({ replica, sources }: StatusDocument): Part =>
  replica !== null && [
    markup`<p>Replica <code>${replica.id}</code>: ${replicaText(replica, sources.policies.accounts)}</p>`,
    [replica.problem, replica.waitsBecause]
      .filter((text) => text !== '')
      .map((text) => markup`<p>${state('leases', 'failed')} ${sentence(text)}</p>`),
  ];

export const overview = (status: StatusDocument, filter: Filter): View => {
  const { readiness } = status;
  const sections = problemsOf(status);
  const needing = needingPeople(sections);
  const summary = summaryOf(status, needing);
  const parts = sectionsOf(status, sections, filter).filter(({ content }) => content !== undefined);
  return {
    title: `${needing === 0 ? '' : `(${needing}) `}${status.instance}`,
    trail: [],
    summary,
    main: markup`<h1>Overview</h1>
<p class="summary">${summary}</p>
${replicaPart(status)}
${readiness.reasons.map((reason) => markup`<p>${sentence(reason)}</p>`)}
<nav aria-label="On this page"><ul>${parts.map(({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
${parts.map(
  ({
    id,
    title,
    content,
  }) => markup`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${content}</section>
`,
)}`,
  };
};
