// One policy: in each of its accounts who may enter, until when and why, what waits, what differs, and whether shells open.

import { readTrustGrants } from '../../domain/read-trust-grants.ts';
import type { RecentEntry } from '../recent-journal.ts';
import type { RoleDocument, RoleDocuments } from '../role-documents.ts';
import type { Fill, PolicyStatus, RoleStatus, ServiceStatus, StatusDocument } from '../status-document.ts';
import { counted, thousands } from '../words.ts';
import { lockoutTable } from './account-table.ts';
import { documentDiff } from './document-diff.ts';
import { journalTable } from './journal-table.ts';
import type { View } from './layout.ts';
import { type Markup, type Part, markup, sentence } from './markup.ts';
import { accountLink, command, lasting, moment, relative, sourceText, state, table } from './parts.ts';
import { deniesTable, peopleTable } from './people-table.ts';
import { problemList } from './problem-list.ts';
import { holdsOf } from './problems.ts';
import { serviceName, shellsText } from './service-table.ts';

export interface PolicyPage {
  readonly status: StatusDocument;
  readonly policy: PolicyStatus;
  readonly documents: readonly RoleDocuments[];
  /** The newest first. */
  readonly journal: readonly RecentEntry[];
}

const fillText = (fill: Fill | null): Part =>
  fill === null || fill.quotaChars === 0
    ? 'not known'
    : `${thousands(fill.chars)} of ${thousands(fill.quotaChars)} characters (${Math.round((100 * fill.chars) / fill.quotaChars)} %)`;

const fact = (name: string, value: Part): Markup => markup`<div><dt>${name}</dt><dd>${value}</dd></div>
`;

const facts = (role: RoleStatus, nowMs: number): Markup =>
  markup`<dl class="facts">
${fact('Role', markup`<code>${role.role}</code>`)}${fact('People', [
  thousands(role.admittedCount),
  role.admittedCount > 0 && `, ${thousands(role.withoutEnd)} without an end`,
])}${fact('Drift', role.drift === null ? 'none' : [counted(role.drift.count, 'difference'), ', the oldest ', relative(role.drift.since, nowMs)])}${role.expiresAt !== null && fact('Policy ends', moment(role.expiresAt, nowMs))}${fact('Trust policy with everyone in', fillText(role.trust))}${role.permissions !== null && fact('Permissions', fillText(role.permissions))}${fact('Last used', role.lastUsedAt === null ? 'not told' : [relative(role.lastUsedAt, nowMs), markup` <span class="soft">(IAM tells it hours late)</span>`])}${fact('Looked at', [relative(role.sweptAt, nowMs), role.isSettling && '; AWS does not show the last write yet'])}${role.appRoleValue !== null && fact('App role in Entra', command(role.appRoleValue))}</dl>`;

/** Whether the trust policy lets people in without naming them: Entra assigns who that is. */
const admitsUnnamed = (documents: readonly RoleDocument[]): boolean => {
  const trust = documents.find(({ name }) => name === 'trust policy');
  const read = trust?.standing === undefined ? undefined : readTrustGrants(trust.standing);
  return read?.ok === true && [...read.trust.grants.values()].some(({ kind }) => kind === 'anyone');
};

/** What people are called whose ids stand in the documents. */
const namesIn = ({ admitted, held, unwritten, denies }: RoleStatus): ReadonlyMap<string, string> =>
  new Map([
    ...[...held, ...unwritten].flatMap(({ subject, label }) =>
      subject === null || label === null ? [] : [[subject, label] as const],
    ),
    ...(denies?.people ?? []).flatMap(({ sub, label }) => (label === null ? [] : [[sub, label] as const])),
    ...admitted.map(({ sub, label }) => [sub, label] as const),
  ]);

const shells = (services: readonly ServiceStatus[], heading: string, nowMs: number): Part =>
  table(
    heading,
    [
      { title: 'Service', look: 'name' },
      { title: 'Shells', look: 'text' },
    ],
    services.map((one) => ({ cells: [serviceName(one), shellsText(one, nowMs)] })),
  );

/** What is held has a part of its own. */
const conditionList = ({ conditions, state: of }: RoleStatus, nowMs: number): Part => {
  const told = conditions.filter(
    ({ type }) => type === 'Expiring' || (type === 'Ready' && (of === 'failed' || of === 'unknown')),
  );
  return (
    told.length > 0 &&
    markup`<ul class="problems">${told.map(({ type, reason, message, since }) => {
      const look = type === 'Expiring' ? 'held' : of;
      return markup`<li class="problem ${look}"><p class="what"><strong class="${look}">${reason}</strong>${reason !== 'ExpiresSoon' && markup` <span class="soft">${lasting(since, nowMs)}</span>`}</p><p>${sentence(message)}</p></li>
`;
    })}</ul>`
  );
};

const unwrittenList = ({ unwritten }: RoleStatus, nowMs: number): Part =>
  unwritten.length > 0 &&
  markup`<ul class="problems">${unwritten.map(
    ({ kind, label, subject, why, since }) =>
      markup`<li class="problem failed"><p class="what"><strong class="failed">not written</strong> ${kind} ${label ?? subject} <span class="soft">· ${lasting(since, nowMs)}</span></p><p>${sentence(why)}</p></li>
`,
  )}</ul>`;

const accountSection = (
  role: RoleStatus,
  documents: readonly RoleDocument[],
  { status, policy }: PolicyPage,
): Markup => {
  const nowMs = Date.parse(status.at);
  const key = `in-${role.account}-${role.role}`;
  const services = status.services.filter(
    ({ account, exec }) => account === role.account && exec?.policies.includes(policy.name) === true,
  );
  const part = (id: string, title: string, content: Part): Markup =>
    markup`<h3 id="${key}-${id}">${title}</h3>
${content}
`;
  return markup`<section class="account" aria-labelledby="${key}">
<h2 id="${key}">${accountLink(role.account)} <span class="soft">${role.accountId}</span> ${state(role.state, role.state)}</h2>
${conditionList(role, nowMs)}
${role.warnings.length > 0 && markup`<ul class="warnings">${role.warnings.map((text) => markup`<li>${sentence(text)}</li>`)}</ul>`}
${role.held.length + role.unwritten.length > 0 && part('held', 'What waits', [unwrittenList(role, nowMs), role.held.length > 0 && problemList(holdsOf([role]), nowMs)])}
${part('people', 'Who may enter', [admitsUnnamed(documents) && markup`<p>Whoever has the app role in Entra may enter: the trust policy names nobody.</p>`, peopleTable(`${key}-people`, role, nowMs)])}
${role.denies !== null && part('denies', 'Whose sessions are denied', deniesTable(`${key}-denies`, role.denies, nowMs))}
${services.length > 0 && part('shells', 'Shells', shells(services, `${key}-shells`, nowMs))}
${part(
  'documents',
  'Trust policy and permissions',
  documents.length === 0
    ? markup`<p>${role.state === 'unknown' ? 'Not known: the role could not be looked at.' : 'Nothing differs.'}</p>`
    : documents.map((one, index) => documentDiff(one, `${key}-document-${index}`, namesIn(role))),
)}
${part('facts', 'Figures', facts(role, nowMs))}
</section>
`;
};

export const policyView = (page: PolicyPage): View => {
  const { status, policy, documents, journal } = page;
  const nowMs = Date.parse(status.at);
  const { name, accounts, source } = policy;
  const summary = `${name}: ${accounts.map(({ account, state: of, reason }) => `${account} ${of}${of === 'ready' ? '' : ` (${reason})`}`).join(', ')}`;
  return {
    title: `${policy.state === 'ready' ? '' : `(${policy.state}) `}${name} · ${status.instance}`,
    trail: ['Policies', name],
    summary,
    main: markup`<h1>Policy ${name} ${state(policy.state, policy.state)}</h1>
<p class="summary">${sourceText(source)}${accounts.length > 1 && markup` · ${counted(accounts.length, 'account')}`}</p>
${accounts.map((role) =>
  accountSection(
    role,
    documents.find((one) => one.account === role.account && one.role === role.role)?.documents ?? [],
    page,
  ),
)}
<section aria-labelledby="journal"><h2 id="journal">Recent journal</h2>${journalTable('journal', journal)}</section>
${status.lockouts.length > 0 && markup`<section aria-labelledby="lockouts"><h2 id="lockouts">Locked out of every role</h2>${lockoutTable(status.lockouts, nowMs)}</section>`}`,
  };
};
