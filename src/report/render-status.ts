// What `rolewarden get` prints: a table to look over, then whatever needs somebody.

import { type PlacedCondition, groupConditions } from './group-conditions.ts';
import type {
  Condition,
  EntraSource,
  PoliciesSource,
  RoleStatus,
  StatusDocument,
} from './status-document.ts';
import {
  type PlacedRole,
  deniedLines,
  endLines,
  expiryLines,
  lockoutLines,
  loudLines,
  peopleText,
} from './render-ends.ts';
import { doorLines, serviceLabel, serviceTable, stateColor } from './render-services.ts';
import { shellTroubles } from './open-shells.ts';
import { looksAfterNone, replicaLines } from './render-replica.ts';
import { type Cell, type Paint, alignColumns, paint, visible } from './terminal.ts';
import { counted, countedPolicies, roughly, thousands } from './words.ts';

export interface RenderStatusOptions {
  /** `text` only. */
  readonly color: boolean;
  /** Ages are counted up to here. */
  readonly now: Date;
  /** `text` only: app-role values and the people of each policy too. */
  readonly wide?: boolean;
}

/** A role or a service, as far as what troubles it goes. */
interface Standing {
  readonly where: string;
  readonly state: string;
  readonly conditions: readonly Condition[];
}

const rowsOf = (status: StatusDocument): readonly PlacedRole[] =>
  status.policies.flatMap((policy) => policy.accounts.map((role) => ({ policy: policy.name, role })));

const ago = (time: string | null, now: Date): string =>
  time === null ? 'never' : `${roughly(now.getTime() - Date.parse(time))} ago`;

const trustText = (trust: RoleStatus['trust']): string =>
  trust === null || trust.quotaChars === 0
    ? '-'
    : `${thousands(trust.chars)}/${thousands(trust.quotaChars)} (${Math.round((100 * trust.chars) / trust.quotaChars)}%)`;

/** Of people and of the policy. */
const nextEndText = ({ ends, expiresAt }: RoleStatus, now: Date): string => {
  const times = [ends[0]?.at, expiresAt].flatMap((time) => (time == null ? [] : [Date.parse(time)]));
  if (times.length === 0) return '-';
  const left = Math.min(...times) - now.getTime();
  return left <= 0 ? 'over' : `in ${roughly(left)}`;
};

const table = (rows: readonly PlacedRole[], now: Date, style: Paint): readonly string[] => {
  const head = [
    'POLICY',
    'ACCOUNT',
    'ROLE',
    'STATE',
    'REASON',
    'PEOPLE',
    'NEXT-END',
    'DENIED',
    'TRUST',
    'LAST-SWEEP',
  ];
  const cells = rows.map(({ policy, role }): readonly Cell[] => [
    { text: visible(policy) },
    { text: visible(role.account) },
    { text: visible(role.role) },
    { text: role.state, style: stateColor(role.state, style) },
    { text: role.reason },
    { text: String(role.admittedCount) },
    { text: nextEndText(role, now) },
    { text: role.denies === null ? '-' : String(role.denies.people.length) },
    { text: trustText(role.trust) },
    { text: ago(role.sweptAt, now) },
  ]);
  return alignColumns([head.map((text) => ({ text, style: style.bold })), ...cells]);
};

const policiesLine = (source: PoliciesSource, now: Date, style: Paint): readonly string[] => {
  const problems = [
    ...(source.isReadable || source.triedAt === null
      ? []
      : [
          style.red(
            source.revision === null
              ? 'cannot be loaded, and there are none from before: nothing is done'
              : 'cannot be loaded, the last good ones stay in force',
          ),
        ]),
    ...(source.errors > 0 && source.isReadable ? [style.red(counted(source.errors, 'error'))] : []),
    ...(source.warnings > 0 ? [style.yellow(counted(source.warnings, 'warning'))] : []),
  ];
  const revision = source.revision === null ? 'not loaded' : `revision ${source.revision.slice(0, 12)}`;
  const commit =
    source.commit === null
      ? []
      : [`commit ${source.commit.id.slice(0, 12)} of ${ago(source.commit.committedAt, now)}`];
  return [
    `policies  ${[countedPolicies(source), revision, ...commit, `read ${ago(source.readAt, now)}`, ...problems].join(', ')}`,
    ...source.messages.slice(0, 10).map((message) => `          ${visible(message)}`),
    ...(source.messages.length > 10 ? [`          … and ${source.messages.length - 10} more`] : []),
  ];
};

const entraLine = (source: EntraSource, now: Date, style: Paint): readonly string[] => {
  const { groups, servicePrincipals } = source;
  const unread = groups.unreadable + servicePrincipals.unreadable;
  const read = `${counted(groups.present, 'group')}, ${counted(servicePrincipals.present, 'service principal')}`;
  const bad = unread > 0 ? [style.red(`${unread} unreadable`)] : [];
  return [
    `entra     ${[read, `read ${ago(source.readAt, now)}`, ...bad].join(', ')}`,
    ...(source.message === '' ? [] : [`          ${visible(source.message)}`]),
  ];
};

const head = (status: StatusDocument, now: Date, style: Paint): readonly string[] => {
  const { ready, reasons } = status.readiness;
  return [
    `${style.bold(visible(status.instance))} (Rolewarden ${status.version}, up ${roughly(now.getTime() - Date.parse(status.startedAt))}) ${ready ? style.green('ready') : style.red('not ready')}`,
    ...reasons.map((reason) => `          ${visible(reason)}`),
    ...replicaLines(status, style),
    ...policiesLine(status.sources.policies, now, style),
    ...(looksAfterNone(status)
      ? ['entra     is read by the replicas that look after accounts']
      : entraLine(status.sources.entra, now, style)),
    '',
  ];
};

/** Accounts in trouble: roles can be as they should be while their account cannot be read any more. */
const accountLines = (status: StatusDocument, now: Date, style: Paint): readonly string[] => {
  const bad = status.accounts.flatMap(({ name, accountId, lastSweep, lastServicesSweep }) =>
    [
      { what: `${name} (${accountId})`, sweep: lastSweep },
      { what: `${name} (${accountId}), services`, sweep: lastServicesSweep },
    ].flatMap(({ what, sweep }) => (sweep === null || sweep.result === 'ok' ? [] : [{ what, sweep }])),
  );
  if (bad.length === 0) return [];
  return [
    style.bold('Accounts in trouble'),
    ...bad.flatMap(({ what, sweep }) => [
      `  ${visible(what)} ${style.red(sweep.result)}, tried ${ago(sweep.endedAt, now)}, last success ${ago(sweep.succeededAt, now)}`,
      `    ${visible(sweep.message)}`,
    ]),
    '',
  ];
};

const conditionLines = (
  title: string,
  found: readonly PlacedCondition<string>[],
  now: Date,
  style: Paint,
): readonly string[] =>
  found.length === 0
    ? []
    : [
        style.bold(title),
        ...groupConditions(found).flatMap(({ condition: { reason, message, since }, where }) => [
          `  ${style.yellow(reason)} for ${roughly(now.getTime() - Date.parse(since))}: ${visible(where.join(', '))}`,
          `    ${visible(message)}`,
        ]),
        '',
      ];

const openShellLines = (status: StatusDocument, now: Date, style: Paint): readonly string[] => {
  const troubles = shellTroubles(status);
  if (troubles.length === 0) return [];
  return [
    style.bold('Open shells of people who are out'),
    ...troubles.flatMap(({ account, reason, message, since }) => [
      `  ${style.yellow(reason)}${since === null ? '' : `, opened ${ago(since, now)}`}: ${visible(account)}`,
      `    ${visible(message)}`,
    ]),
    '',
  ];
};

/** First what somebody has to do, then what goes on by itself or was asked for. */
const troubleLines = (
  rows: readonly PlacedRole[],
  status: StatusDocument,
  now: Date,
  style: Paint,
): readonly string[] => {
  const { services } = status;
  const standing: readonly Standing[] = [
    ...rows.map(({ policy, role }) => ({ where: `${policy} in ${role.account}`, ...role })),
    ...services.flatMap((one) =>
      one.binding === null ? [] : [{ where: serviceLabel(one), ...one.binding }],
    ),
  ];
  const conditions = (type: Condition['type'], of: readonly Standing[]) =>
    of.flatMap(({ where, conditions: all }) =>
      all.filter((condition) => condition.type === type).map((condition) => ({ where, condition })),
    );
  const isStalled = (one: Standing): boolean => one.conditions.some(({ type }) => type === 'Stalled');
  const waiting = standing.filter((one) => one.state !== 'ready' && !isStalled(one));
  const shells = services.flatMap((one) =>
    one.exec === null || one.exec.condition.status === 'True'
      ? []
      : [{ where: serviceLabel(one), condition: one.exec.condition }],
  );
  return [
    ...conditionLines('Needs a person', conditions('Stalled', standing), now, style),
    ...conditionLines('Waits, and needs nobody', conditions('Ready', waiting), now, style),
    ...conditionLines('Shells that would not open', shells, now, style),
    ...openShellLines(status, now, style),
  ];
};

const wideLines = (rows: readonly PlacedRole[], style: Paint): readonly string[] => {
  const values = rows.flatMap(({ role }): readonly (readonly Cell[])[] =>
    role.appRoleValue === null
      ? []
      : [[{ text: `  ${visible(`${role.account}/${role.role}`)}` }, { text: visible(role.appRoleValue) }]],
  );
  const people = rows.map(({ role }): readonly Cell[] => [
    { text: `  ${visible(`${role.account}/${role.role}`)}` },
    { text: visible(peopleText(role)) },
  ]);
  return [
    style.bold('Admitted'),
    ...alignColumns(people),
    '',
    ...(values.length === 0
      ? []
      : [
          `${style.bold('App roles in Entra')}: the value of each, ready to paste`,
          ...alignColumns(values),
          '',
        ]),
  ];
};

const nothingSwept = (status: StatusDocument): string =>
  looksAfterNone(status)
    ? 'this replica looks after no account; those that do tell of theirs'
    : 'no policy has been swept yet';

/** The status as text that ends with a newline. `json` gives the document as it is. */
export const renderStatus = (
  status: StatusDocument,
  format: 'text' | 'json',
  { color, now, wide = false }: RenderStatusOptions,
): string => {
  if (format === 'json') return `${JSON.stringify(status, null, 2)}\n`;
  const style = paint(color);
  const rows = rowsOf(status);
  const lines = [
    ...head(status, now, style),
    ...loudLines(rows, style),
    ...(rows.length > 0 ? table(rows, now, style) : [nothingSwept(status)]),
    '',
    ...serviceTable(status, style),
    ...accountLines(status, now, style),
    ...lockoutLines(status, now, style),
    ...troubleLines(rows, status, now, style),
    ...expiryLines(status, style),
    ...endLines(rows, now, wide, style),
    ...(wide ? deniedLines(rows, style) : []),
    ...doorLines(status, wide, style),
    ...(wide ? wideLines(rows, style) : []),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
};
