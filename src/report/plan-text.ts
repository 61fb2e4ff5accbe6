// A plan for a terminal: people, then what is held, warnings, documents, values to paste, and the sum.

import type { Plan } from '../domain/plan.ts';
import { compareText } from '../domain/statement.ts';
import type { ChangeLine } from './change-text.ts';
import { diffLines, withContext } from './line-diff.ts';
import { prettyLines } from './document-lines.ts';
import {
  type AccountView,
  type DocumentChange,
  type HeldSection,
  type RoleLines,
  documentsOf,
  nothingToDo,
  originOf,
  summaryOf,
  viewAccount,
} from './plan-view.ts';
import { type Paint, alignColumns, paint, visible } from './terminal.ts';
import { counted } from './words.ts';

export interface PlanTextOptions {
  readonly color: boolean;
  /** Everybody, every line of every document, and the roles in sync. */
  readonly verbose?: boolean;
}

interface Style extends Paint {
  readonly verbose: boolean;
}

/** Lines for one role in the short form. */
const maxLines = 25;

const signColor = (sign: string, style: Style): ((text: string) => string) =>
  sign === '+' ? style.green : sign === '-' ? style.red : style.yellow;

const lineBlock = (lines: readonly ChangeLine[], style: Style): readonly string[] => {
  const shown = style.verbose ? lines : lines.slice(0, maxLines);
  const rows = shown.map(({ sign, what, happens, because }) => [
    { text: sign, style: signColor(sign, style) },
    { text: visible(what) },
    { text: visible(happens), style: signColor(sign, style) },
    { text: visible(because), style: style.dim },
  ]);
  const left = lines.length - shown.length;
  return [...alignColumns(rows), ...(left > 0 ? [`  … and ${left} more; --verbose shows all`] : [])];
};

const indent = (by: number, lines: readonly string[]): readonly string[] =>
  lines.map((line) => (line === '' ? '' : `${' '.repeat(by)}${line}`));

const roleBlocks = (roles: readonly RoleLines[], style: Style): readonly string[] =>
  roles.flatMap(({ role, lines }) => [
    `${style.bold(visible(role.name))} ${style.dim(`(${visible(originOf(role))})`)}`,
    ...indent(2, lineBlock(lines, style)),
  ]);

const heldBlock = ({ reason, message, annotation, roles }: HeldSection, style: Style): readonly string[] => [
  `${style.yellow(style.bold('Held'))}: ${style.bold(reason)}: ${visible(message)}${annotation === undefined ? '' : ':'}`,
  ...(annotation === undefined ? [] : ['', `    ${visible(annotation)}`, '']),
  ...indent(2, roleBlocks(roles, style)),
];

const accountBlock = (view: AccountView, style: Style): readonly string[] => {
  const { plan, apply, held, unknown, inSync } = view;
  const title = style.bold(`Account ${visible(plan.account)} (${plan.accountId})`);
  const nothing = nothingToDo(view);
  if (nothing !== undefined)
    return [`${title}: ${nothing}.`, ...(style.verbose ? indent(2, inSyncLines(view)) : []), ''];
  const blocks = [
    ...(apply.length === 0 ? [] : [[style.bold('To apply'), ...indent(2, roleBlocks(apply, style))]]),
    ...held.map((section) => heldBlock(section, style)),
    ...(unknown.length === 0
      ? []
      : [
          [
            `${style.red(style.bold('Unknown'))}: nothing is done to these until they can be read`,
            ...unknown.map((role) => `  ${visible(role.name)}: ${visible(role.unknownBecause ?? '')}`),
          ],
        ]),
    ...(inSync.length === 0
      ? []
      : [
          [
            `In sync: ${counted(inSync.length, 'role')}`,
            ...(style.verbose ? indent(2, inSyncLines(view)) : []),
          ],
        ]),
  ];
  return [title, '', ...blocks.flatMap((block) => [...indent(2, block), ''])];
};

const inSyncLines = ({ inSync }: AccountView): readonly string[] =>
  inSync.map(
    ({ name, admitted }) =>
      `${visible(name)}: ${admitted.length === 0 ? 'nobody' : visible(admitted.map(({ label }) => label).join(', '))}`,
  );

const warningLines = (plans: readonly Plan[], style: Style): readonly string[] => {
  const lines = plans.flatMap(({ account, roles }) =>
    roles.flatMap(({ name, warnings }) =>
      warnings.map((warning) => `  ${visible(`${account}/${name}`)}: ${visible(warning)}`),
    ),
  );
  return lines.length === 0 ? [] : [style.yellow(style.bold('Warnings')), ...lines, ''];
};

const documentLines = (plan: Plan, change: DocumentChange, style: Style): readonly string[] => {
  const all = diffLines(prettyLines(change.before), prettyLines(change.after));
  const lines = style.verbose ? all : withContext(all, 3);
  const title = `${plan.account}/${change.role.name}: ${change.name}${change.isHeld ? ' (held)' : ''}`;
  return [
    `  ${style.bold(visible(title))}`,
    ...lines.map(({ sign, text }) => {
      const line = visible(`${sign} ${text}`);
      return `    ${sign === ' ' ? style.dim(line) : signColor(sign, style)(line)}`;
    }),
    '',
  ];
};

const documentsBlock = (plans: readonly Plan[], style: Style): readonly string[] => {
  const lines = plans.flatMap((plan) =>
    documentsOf(plan).flatMap((change) => documentLines(plan, change, style)),
  );
  return lines.length === 0 ? [] : [style.bold('Documents'), ...lines];
};

const valuesBlock = (plans: readonly Plan[], style: Style): readonly string[] => {
  const rows = plans.flatMap(({ account, roles }) =>
    roles.flatMap(({ name, appRoleValue }) =>
      appRoleValue === undefined
        ? []
        : [[{ text: `  ${visible(`${account}/${name}`)}` }, { text: visible(appRoleValue) }]],
    ),
  );
  return rows.length === 0
    ? []
    : [`${style.bold('App roles in Entra')}: the value of each, ready to paste`, ...alignColumns(rows), ''];
};

export const renderPlanText = (plans: readonly Plan[], options: PlanTextOptions): string => {
  const style: Style = { ...paint(options.color), verbose: options.verbose ?? false };
  const sorted = [...plans].sort((a, b) => compareText(a.account, b.account));
  return `${[
    ...sorted.flatMap((plan) => accountBlock(viewAccount(plan), style)),
    ...warningLines(sorted, style),
    ...documentsBlock(sorted, style),
    ...valuesBlock(sorted, style),
    style.bold(summaryOf(sorted)),
  ].join('\n')}\n`;
};
