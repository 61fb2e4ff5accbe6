// One account: its sweeps, its policies and its services.

import type { AccountStatus, RoleStatus, StatusDocument } from '../status-document.ts';
import { thousands } from '../words.ts';
import { rolesText, sweepText } from './account-table.ts';
import type { View } from './layout.ts';
import { type Part, markup } from './markup.ts';
import { pathPart, personName, policyLink, relative, state, sweepState, table } from './parts.ts';
import { driftText } from './policy-table.ts';
import { serviceTable } from './service-table.ts';

const roles = (status: StatusDocument, account: AccountStatus, nowMs: number): Part => {
  const found = status.policies.flatMap(({ name, accounts }) =>
    accounts.filter((role) => role.account === account.name).map((role) => ({ name, role })),
  );
  return found.length === 0
    ? markup`<p>No policy names this account.</p>`
    : table(
        'policies',
        [
          { title: 'Policy', look: 'name' },
          { title: 'Role', look: 'name' },
          { title: 'State', look: 'name' },
          { title: 'People', look: 'number' },
          { title: 'Drift', look: 'short' },
        ],
        found.map(({ name, role }) => ({
          id: `role-${pathPart(name)}-${pathPart(role.role)}`,
          cells: cellsOf(name, role, nowMs),
        })),
      );
};

const cellsOf = (policy: string, role: RoleStatus, nowMs: number): readonly Part[] => [
  policyLink(policy),
  markup`<code>${role.role}</code>`,
  [state(role.state, role.state), role.state !== 'ready' && markup` <code>${role.reason}</code>`],
  thousands(role.admittedCount),
  driftText([role], nowMs),
];

const openShells = ({ shells }: AccountStatus, nowMs: number): Part => {
  if (shells === null) return markup`<p>They could not be listed at the last look.</p>`;
  const others =
    shells.unattributed > 0 &&
    markup`<p>Of ${thousands(shells.unattributed)} more nobody can tell whose they are: <code>ssm:DescribeSessions</code> lists them.</p>`;
  return [
    shells.held.length > 0 &&
      table(
        'shells',
        [
          { title: 'Person', look: 'name' },
          { title: 'Role', look: 'name' },
          { title: 'Where', look: 'text' },
          { title: 'Opened', look: 'short' },
          { title: 'Why it stays open', look: 'text' },
        ],
        shells.held.map((shell) => ({
          cells: [
            personName(shell.label, shell.subject),
            markup`<code>${shell.role}</code>`,
            markup`<code>${shell.region}/${shell.cluster}</code> task <code>${shell.task}</code>`,
            relative(shell.startedAt, nowMs),
            markup`<code>${shell.reason}</code> ${shell.message}`,
          ],
        })),
      ),
    others,
  ];
};

const hasOpenShells = ({ shells }: AccountStatus): boolean =>
  shells === null || shells.held.length + shells.unattributed > 0;

export const accountView = (status: StatusDocument, account: AccountStatus): View => {
  const nowMs = Date.parse(status.at);
  const { name, accountId, lastSweep, lastServicesSweep, trustQuotaChars, changesHeld } = account;
  const services = status.services.filter((one) => one.account === name);
  return {
    title: `${lastSweep.result === 'ok' ? '' : `(${lastSweep.result}) `}account ${name} · ${status.instance}`,
    trail: ['Accounts', name],
    summary: `account ${name}: last sweep ${lastSweep.result}, ${thousands(changesHeld)} changes held`,
    main: markup`<h1>Account ${name} <span class="soft">${accountId}</span> ${sweepState(lastSweep)}</h1>
<section aria-labelledby="sweeps"><h2 id="sweeps">Sweeps</h2><dl class="facts">
<div><dt>Roles</dt><dd>${sweepText(lastSweep, nowMs)}</dd></div>
<div><dt>Services</dt><dd>${sweepText(lastServicesSweep, nowMs)}</dd></div>
<div><dt>Standing</dt><dd>${rolesText(account)}</dd></div>
<div><dt>Changes held</dt><dd>${thousands(changesHeld)}</dd></div>
<div><dt>Members read</dt><dd>${relative(lastSweep.membersReadAt, nowMs)}</dd></div>
<div><dt>A trust policy may have</dt><dd>${trustQuotaChars === null ? 'not known' : `${thousands(trustQuotaChars)} characters`}</dd></div>
</dl></section>
<section aria-labelledby="policies"><h2 id="policies">Policies</h2>${roles(status, account, nowMs)}</section>
${hasOpenShells(account) && markup`<section aria-labelledby="shells"><h2 id="shells">Open shells of people who are out</h2>${openShells(account, nowMs)}</section>`}
${services.length > 0 && markup`<section aria-labelledby="services"><h2 id="services">Services</h2>${serviceTable('services', services, nowMs)}</section>`}`,
  };
};
