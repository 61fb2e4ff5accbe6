// Accounts and sources: what was read, when, and what came of it.

import type {
  AccountStatus,
  LockoutStatus,
  PoliciesSource,
  StatusDocument,
  SweepStatus,
} from '../status-document.ts';
import { looksAfterNone } from '../render-replica.ts';
import { counted, countedPolicies, thousands } from '../words.ts';
import { type Markup, type Part, joined, markup, sentence } from './markup.ts';
import {
  type Row,
  accountLink,
  moment,
  none,
  pathPart,
  personName,
  relative,
  sourceText,
  state,
  sweepState,
  table,
} from './parts.ts';

const writesText = ({ writes }: SweepStatus): readonly string[] =>
  (['done', 'failed', 'dropped'] as const).flatMap((result) =>
    writes[result] === 0 ? [] : [`${counted(writes[result], 'write')} ${result}`],
  );

/** What the last sweep was like. */
export const sweepText = (sweep: SweepStatus | null, nowMs: number): Part => {
  if (sweep === null) return none();
  const writes = writesText(sweep);
  return [
    sweepState(sweep),
    ' ',
    relative(sweep.endedAt, nowMs),
    writes.length > 0 && markup` <span class="soft">${writes.join(', ')}</span>`,
    sweep.result !== 'ok' &&
      markup`<p>${sentence(sweep.message)}</p><p class="soft">last success ${relative(sweep.succeededAt, nowMs)}</p>`,
  ];
};

/** `12 ready, 1 held`; what there is none of is left out. */
export const rolesText = ({ roles }: AccountStatus): Part => {
  const counts = (['failed', 'unknown', 'held', 'ready'] as const).filter((of) => roles[of] > 0);
  return counts.length === 0
    ? none()
    : joined(
        counts.map((of) => state(`${thousands(roles[of])} ${of}`, of)),
        ' ',
      );
};

const accountRow = (account: AccountStatus, nowMs: number): Row => ({
  id: `account-${pathPart(account.name)}`,
  cells: [
    markup`${accountLink(account.name)} <span class="id">${account.accountId}</span>`,
    sweepText(account.lastSweep, nowMs),
    rolesText(account),
    thousands(account.changesHeld),
    sweepText(account.lastServicesSweep, nowMs),
  ],
});

export const accountTable = (accounts: readonly AccountStatus[], nowMs: number): Part =>
  accounts.length === 0
    ? markup`<p>No account has been looked at yet.</p>`
    : table(
        'accounts',
        [
          { title: 'Account', look: 'name' },
          { title: 'Last sweep', look: 'text' },
          { title: 'Roles', look: 'name' },
          { title: 'Changes held', look: 'number' },
          { title: 'Last sweep of services', look: 'text' },
        ],
        accounts.map((one) => accountRow(one, nowMs)),
      );

const maxMessages = 10;

const messageList = (messages: readonly string[]): Part =>
  messages.length > 0 &&
  markup`<ul>${messages.slice(0, maxMessages).map((message) => markup`<li>${message}</li>`)}${messages.length > maxMessages && markup`<li>and ${messages.length - maxMessages} more</li>`}</ul>`;

const policiesRow = (source: PoliciesSource, nowMs: number): Row => {
  const { messages, errors, warnings, revision, commit, isReadable } = source;
  const [word, look] =
    source.triedAt === null
      ? (['not read yet', 'unknown'] as const)
      : !isReadable
        ? (['cannot be loaded', 'failed'] as const)
        : errors > 0
          ? (['invalid', 'failed'] as const)
          : (['read', 'ready'] as const);
  const counts = [
    ...(errors > 0 ? [counted(errors, 'error')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ];
  return {
    cells: [
      'Policies',
      [state(word, look), ' ', relative(source.readAt, nowMs)],
      [
        countedPolicies(source),
        revision !== null && markup`, revision <code>${revision.slice(0, 12)}</code>`,
        commit !== null &&
          markup`, commit <code>${commit.id.slice(0, 12)}</code> of ${relative(commit.committedAt, nowMs)}`,
        counts.length > 0 && `, ${counts.join(' and ')}`,
        messageList(messages),
      ],
    ],
  };
};

const entraRow = (status: StatusDocument, nowMs: number): Row => {
  if (looksAfterNone(status))
    return { cells: ['Entra', 'is read by the replicas that look after accounts', none('nothing')] };
  const { entra } = status.sources;
  const { groups, servicePrincipals, assignments, message } = entra;
  const unread = groups.unreadable + servicePrincipals.unreadable + assignments.unreadable;
  const [word, look] =
    entra.triedAt === null
      ? (['not read yet', 'unknown'] as const)
      : message === ''
        ? (['read', 'ready'] as const)
        : (['not all read', 'unknown'] as const);
  return {
    cells: [
      'Entra',
      [state(word, look), ' ', relative(entra.readAt, nowMs)],
      [
        `${counted(groups.present, 'group')}, ${counted(servicePrincipals.present, 'service principal')}`,
        unread > 0 && `, ${thousands(unread)} unreadable`,
        groups.absent > 0 && `, ${counted(groups.absent, 'group')} not in the directory`,
        message !== '' && markup`<p>${sentence(message)}</p>`,
      ],
    ],
  };
};

export const sourceTable = (status: StatusDocument, nowMs: number): Markup =>
  table(
    'sources',
    [
      { title: 'Source', look: 'short' },
      { title: 'Last read', look: 'name' },
      { title: 'What there is', look: 'text' },
    ],
    [policiesRow(status.sources.policies, nowMs), entraRow(status, nowMs)],
  );

export const lockoutTable = (lockouts: readonly LockoutStatus[], nowMs: number): Markup =>
  table(
    'lockouts',
    [
      { title: 'Who is out', look: 'name' },
      { title: 'Until', look: 'name' },
      { title: 'Why', look: 'text' },
      { title: 'Lockout', look: 'name' },
    ],
    lockouts.map(({ name, person, label, until, reason, source }) => ({
      cells: [personName(label, person), moment(until, nowMs), reason, [name, ' ', sourceText(source)]],
    })),
  );
