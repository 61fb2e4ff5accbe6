// A plan for a terminal: what is loud, people, what is held, warnings, what ends soon, documents, values to paste, and the sum.

import { revisionName, serviceKey } from '../domain/ecs.ts';
import { type Plan, objectsOf } from '../domain/plan.ts';
import { compareText } from '../domain/statement.ts';
import type { PollReport } from '../reconcile/sweep-report.ts';
import type { ChangeLine } from './change-line.ts';
import { diffLines, withContext } from './line-diff.ts';
import { prettyLines } from './document-lines.ts';
import { isLoud } from './loud-warnings.ts';
import { withoutRepetition } from './nameless-plan.ts';
import { type OutlookRow, loudRows, outlookSections, snapshotText } from './plan-outlook.ts';
import {
  type AccountView,
  type DocumentChange,
  type HeldSection,
  type ObjectLines,
  documentsOf,
  namesNobody,
  nothingToDo,
  originOf,
  summaryOf,
  viewAccount,
} from './plan-view.ts';
import { type Paint, alignColumns, paint, visible } from './terminal.ts';
import { counted } from './words.ts';

export interface PlanTextOptions {
  readonly color: boolean;
  /** Ages are counted up to here. */
  readonly now: Date;
  /** Everybody, every line of every document, and the roles in sync. */
  readonly verbose?: boolean;
  /** The poll of Entra that it rests on. */
  readonly poll?: PollReport;
  /** `counts`: documents that name people are left out. */
  readonly people?: 'names' | 'counts';
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

const objectBlocks = (objects: readonly ObjectLines[], style: Style): readonly string[] =>
  objects.flatMap(({ planned, lines }) => [
    `${style.bold(visible(planned.name))} ${style.dim(`(${visible(originOf(planned))})`)}`,
    ...indent(2, lineBlock(lines, style)),
  ]);

const heldBlock = (
  { reason, message, annotation, objects }: HeldSection,
  style: Style,
): readonly string[] => [
  `${style.yellow(style.bold('Held'))}: ${style.bold(reason)}: ${visible(message)}${annotation === undefined ? '' : ':'}`,
  ...(annotation === undefined ? [] : ['', `    ${visible(annotation)}`, '']),
  ...indent(2, objectBlocks(objects, style)),
];

const accountBlock = (view: AccountView, style: Style): readonly string[] => {
  const { plan, apply, held, unknown, inSync } = view;
  const title = style.bold(`Account ${visible(plan.account)} (${plan.accountId})`);
  const nothing = nothingToDo(view);
  const loud = loudRows(plan).map(
    ({ where, text }) => `${style.red(style.bold('Look here'))}: ${visible(`${where}: ${text}`)}`,
  );
  if (nothing !== undefined)
    return [
      `${title}: ${nothing}.`,
      ...indent(2, [...loud, ...(style.verbose ? inSyncLines(view) : [])]),
      '',
    ];
  const blocks = [
    ...(loud.length === 0 ? [] : [loud]),
    ...(apply.length === 0 ? [] : [[style.bold('To apply'), ...indent(2, objectBlocks(apply, style))]]),
    ...held.map((section) => heldBlock(section, style)),
    ...(unknown.length === 0
      ? []
      : [
          [
            `${style.red(style.bold('Unknown'))}: nothing is done to these until they can be read`,
            ...unknown.map(
              ({ name, unknownBecause }) => `  ${visible(name)}: ${visible(unknownBecause ?? '')}`,
            ),
          ],
        ]),
    ...(inSync.length === 0
      ? []
      : [[`In sync: ${inSyncText(inSync)}`, ...(style.verbose ? indent(2, inSyncLines(view)) : [])]]),
  ];
  return [title, '', ...blocks.flatMap((block) => [...indent(2, block), ''])];
};

const inSyncText = (inSync: AccountView['inSync']): string => {
  const services = inSync.filter(({ object }) => object === 'Service').length;
  const roles = counted(inSync.length - services, 'role');
  return services === 0 ? roles : `${roles} and ${counted(services, 'service')}`;
};

const inSyncLines = ({ inSync }: AccountView): readonly string[] =>
  inSync.map((planned) => `${visible(planned.name)}: ${visible(inSyncDetail(planned))}`);

const inSyncDetail = (planned: AccountView['inSync'][number]): string => {
  if (planned.object === 'Service')
    return `${revisionName(planned.running?.arn ?? '')} with ${planned.wantedTaskRoleArn}`;
  const { admitted, owner } = planned;
  if (owner?.kind === 'TaskRoleBinding') return 'ECS tasks';
  const labels = withoutRepetition(admitted().map(({ label }) => label));
  return labels.length === 0 ? 'nobody' : labels.join(', ');
};

const shellLines = (plans: readonly Plan[], style: Style): readonly string[] => {
  const closed = plans.flatMap(({ account, execReadiness }) =>
    execReadiness.flatMap(({ place, reason, messages, policies }) =>
      reason === 'Ready'
        ? []
        : [
            `  ${visible(`${account}/${serviceKey(place)}`)} (${reason}; ${visible(policies.join(', '))})`,
            ...messages.map((message) => `    ${visible(message)}`),
          ],
    ),
  );
  return closed.length === 0 ? [] : [style.yellow(style.bold('Shells that would not open')), ...closed, ''];
};

const doorLines = (plans: readonly Plan[], style: Style): readonly string[] => {
  const lines = plans.flatMap(({ account, sideDoors }) =>
    sideDoors.map(
      ({ place, message }) => `  ${visible(`${account}/${serviceKey(place)}`)}: ${visible(message)}`,
    ),
  );
  const shown = style.verbose ? lines : lines.slice(0, maxLines);
  const left = lines.length - shown.length;
  return lines.length === 0
    ? []
    : [
        `${style.yellow(style.bold('Side doors'))}: other ways to these services, as far as inline policies show`,
        ...shown,
        ...(left > 0 ? [`  … and ${left} more; --verbose shows all`] : []),
        '',
      ];
};

const warningLines = (plans: readonly Plan[], style: Style): readonly string[] => {
  const lines = plans.flatMap((plan) => [
    ...objectsOf(plan).flatMap(({ name, warnings }) =>
      warnings
        .filter((warning) => !isLoud(warning))
        .map((warning) => `  ${visible(`${plan.account}/${name}`)}: ${visible(warning)}`),
    ),
    ...plan.execReadiness.flatMap(({ place, warnings }) =>
      warnings.map((warning) => `  ${visible(`${plan.account}/${serviceKey(place)}`)}: ${visible(warning)}`),
    ),
  ]);
  return lines.length === 0 ? [] : [style.yellow(style.bold('Warnings')), ...lines, ''];
};

const rowLines = (rows: readonly OutlookRow[]): readonly string[] =>
  alignColumns(rows.map(({ where, text }) => [{ text: `  ${visible(where)}` }, { text: visible(text) }]));

const outlookLines = (plans: readonly Plan[], style: Style): readonly string[] =>
  outlookSections(plans, style.verbose).flatMap(({ title, rows }) => [
    style.bold(title),
    ...rowLines(style.verbose ? rows : rows.slice(0, maxLines)),
    ...(style.verbose || rows.length <= maxLines
      ? []
      : [`  … and ${rows.length - maxLines} more; --verbose shows all`]),
    '',
  ]);

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

const documentsBlock = (
  plans: readonly Plan[],
  style: Style,
  isShown: (change: DocumentChange) => boolean,
): readonly string[] => {
  const lines = plans.flatMap((plan) =>
    documentsOf(plan)
      .filter(isShown)
      .flatMap((change) => documentLines(plan, change, style)),
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
    ...(options.poll === undefined ? [] : [snapshotText(options.poll, sorted, options.now.getTime()), '']),
    ...sorted.flatMap((plan) => accountBlock(viewAccount(plan), style)),
    ...shellLines(sorted, style),
    ...doorLines(sorted, style),
    ...warningLines(sorted, style),
    ...outlookLines(sorted, style),
    ...documentsBlock(sorted, style, options.people === 'counts' ? namesNobody : () => true),
    ...valuesBlock(sorted, style),
    style.bold(summaryOf(sorted)),
  ].join('\n')}\n`;
};
