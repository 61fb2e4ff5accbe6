// What `rolewarden get` says of ends, lockouts and denies, and of what nobody should overlook.

import { minuteOf } from '../domain/moment.ts';
import { isLoud } from './loud-warnings.ts';
import { dayMs } from './outlook.ts';
import type { DeniedStatus, RoleStatus, StatusDocument } from './status-document.ts';
import { type Cell, type Paint, alignColumns, visible } from './terminal.ts';
import { someOf, spelled } from './words.ts';

export interface PlacedRole {
  readonly policy: string;
  readonly role: RoleStatus;
}

const whereOf = ({ account, role }: RoleStatus): string => `${account}/${role}`;

const section = (title: string, rows: readonly (readonly string[])[]): readonly string[] =>
  rows.length === 0
    ? []
    : [
        title,
        ...alignColumns(
          rows.map((row) =>
            row.map((text, index): Cell => ({ text: `${index === 0 ? '  ' : ''}${visible(text)}` })),
          ),
        ),
        '',
      ];

/** `at 2026-01-01 13:00 UTC, in 56 minutes` */
const moment = (time: string, now: Date): string =>
  `at ${minuteOf(Date.parse(time))}, in ${spelled(Date.parse(time) - now.getTime())}`;

const heldBreakGlass = ({ admitted, held }: RoleStatus): readonly string[] => {
  const members = new Map(admitted.filter((one) => one.isBreakGlass).map(({ sub, label }) => [sub, label]));
  return held.flatMap(({ subject, reason }) => {
    const label = members.get(subject ?? '');
    return label === undefined ? [] : [`a change of the break-glass access of ${label} is held (${reason})`];
  });
};

export const loudLines = (rows: readonly PlacedRole[], style: Paint): readonly string[] => {
  const lines = rows.flatMap(({ role }) =>
    [...heldBreakGlass(role), ...role.warnings.filter(isLoud)].map(
      (text) => `${style.red(style.bold('Look here'))}: ${visible(`${whereOf(role)}: ${text}`)}`,
    ),
  );
  return lines.length === 0 ? [] : [...lines, ''];
};

export const lockoutLines = ({ lockouts }: StatusDocument, now: Date, style: Paint): readonly string[] =>
  section(
    style.red(style.bold('Locked out')),
    lockouts.map(({ person, label, until, reason, source }) => [
      label ?? person,
      `until ${minuteOf(Date.parse(until))}, ${spelled(Date.parse(until) - now.getTime())} more`,
      `${reason} (${source.file}:${source.line})`,
    ]),
  );

export const expiryLines = ({ policies }: StatusDocument, style: Paint): readonly string[] =>
  section(
    style.yellow(style.bold('Policies that end')),
    policies.flatMap(({ name, conditions }) =>
      conditions.filter(({ type }) => type === 'Expiring').map(({ message }) => [name, message]),
    ),
  );

/** With `wide`, all ends that are known. */
export const endLines = (
  rows: readonly PlacedRole[],
  now: Date,
  wide: boolean,
  style: Paint,
): readonly string[] =>
  section(
    style.bold(wide ? 'Access that ends' : 'Access that ends within 24 hours'),
    rows.flatMap(({ role }) =>
      role.ends
        .filter(({ at }) => wide || Date.parse(at) <= now.getTime() + dayMs)
        .map(({ at, labels }) => [whereOf(role), moment(at, now), wide ? labels.join(', ') : someOf(labels)]),
    ),
  );

const deniedText = ({ until, sessionsBefore, how }: DeniedStatus): string => {
  const what =
    sessionsBefore === null
      ? 'all sessions'
      : `sessions from before ${minuteOf(Date.parse(sessionsBefore))}, since she came back`;
  return `${what}, until ${minuteOf(Date.parse(until))} (${how})`;
};

export const deniedLines = (rows: readonly PlacedRole[], style: Paint): readonly string[] =>
  section(
    style.bold('Denied'),
    rows.flatMap(({ role }) =>
      (role.denies?.people ?? []).map((one) => [whereOf(role), one.label ?? one.sub, deniedText(one)]),
    ),
  );

/** Those who are in by themselves, and until when the others are. */
export const peopleText = ({ admitted }: RoleStatus): string => {
  const texts = admitted.map(
    ({ label, until, isBreakGlass }) =>
      `${label}${isBreakGlass ? ' (break-glass)' : ''}${until === null ? '' : ` until ${minuteOf(Date.parse(until))}`}`,
  );
  return texts.length === 0 ? 'nobody' : texts.join(', ');
};
