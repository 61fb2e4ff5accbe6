// A plan as a comment on a pull request. Nothing in it notifies anybody or breaks out of its place, documents are
// folded, and it fits into what GitHub takes (65,536 characters).

import { serviceKey } from '../domain/ecs.ts';
import { type Plan, objectsOf } from '../domain/plan.ts';
import { compareText } from '../domain/statement.ts';
import { prettyLines } from './document-lines.ts';
import type { PollReport } from '../reconcile/sweep-report.ts';
import { diffLines, withContext } from './line-diff.ts';
import { isLoud } from './loud-warnings.ts';
import { codeSpan, fence, htmlCode, markdownText } from './markdown.ts';
import { loudRows, outlookSections, snapshotText } from './plan-outlook.ts';
import {
  type AccountView,
  type DocumentChange,
  type HeldSection,
  type ObjectLines,
  documentsOf,
  nothingToDo,
  originOf,
  summaryOf,
  viewAccount,
} from './plan-view.ts';

const maxChars = 60_000;
/** Kept for the notes on what was left out, and the sum. */
const reservedChars = 1_000;
const fullPlan = '`rolewarden plan --verbose` shows everything';

const objectList = (objects: readonly ObjectLines[]): readonly string[] =>
  objects.flatMap(({ planned, lines }) => [
    `- ${codeSpan(planned.name)} (${markdownText(originOf(planned))})`,
    ...lines.map(({ sign, what, isPerson, happens, because }) => {
      const name = isPerson ? codeSpan(what) : markdownText(what);
      return `  - ${codeSpan(sign)} ${name} **${markdownText(happens)}**: ${markdownText(because)}`;
    }),
  ]);

const heldList = ({ reason, message, annotation, objects }: HeldSection): readonly string[] => [
  `**Held** (${codeSpan(reason)}): ${markdownText(message)}${annotation === undefined ? '' : `: ${codeSpan(annotation)}`}`,
  '',
  ...objectList(objects),
  '',
];

const accountSection = (view: AccountView): string => {
  const { plan, apply, held, unknown, inSync } = view;
  const title = `#### Account ${markdownText(plan.account)} (${plan.accountId})`;
  const nothing = nothingToDo(view);
  const loud = loudRows(plan).map(
    ({ where, text }) => `> **Look here**: ${codeSpan(where)}: ${markdownText(text)}`,
  );
  const head = [title, '', ...loud.flatMap((line) => [line, ''])];
  if (nothing !== undefined)
    return [...head, `${nothing[0]?.toUpperCase()}${nothing.slice(1)}.`, ''].join('\n');
  return [
    ...head,
    ...(apply.length === 0 ? [] : ['**To apply**', '', ...objectList(apply), '']),
    ...held.flatMap(heldList),
    ...(unknown.length === 0
      ? []
      : [
          '**Unknown**: nothing is done to these until they can be read',
          '',
          ...unknown.map((role) => `- ${codeSpan(role.name)}: ${markdownText(role.unknownBecause ?? '')}`),
          '',
        ]),
    ...(inSync.length === 0 ? [] : [`In sync: ${inSync.map((role) => codeSpan(role.name)).join(', ')}`, '']),
  ].join('\n');
};

const listSection = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : [`#### ${title}`, '', ...lines, ''].join('\n');

const findingsSections = (plans: readonly Plan[]): string => {
  const item = (account: string, name: string, text: string): string =>
    `- ${codeSpan(`${account}/${name}`)}: ${markdownText(text)}`;
  const shells = plans.flatMap(({ account, execReadiness }) =>
    execReadiness.flatMap(({ place, reason, messages }) =>
      messages.map((message) => item(account, serviceKey(place), `${reason}: ${message}`)),
    ),
  );
  const doors = plans.flatMap(({ account, sideDoors }) =>
    sideDoors.map(({ place, message }) => item(account, serviceKey(place), message)),
  );
  const warnings = plans.flatMap((plan) => [
    ...objectsOf(plan).flatMap((planned) =>
      planned.warnings
        .filter((warning) => !isLoud(warning))
        .map((warning) => item(plan.account, planned.name, warning)),
    ),
    ...plan.execReadiness.flatMap((readiness) =>
      readiness.warnings.map((warning) => item(plan.account, serviceKey(readiness.place), warning)),
    ),
  ]);
  return [
    listSection('Shells that would not open', shells),
    listSection('Side doors', doors),
    listSection('Warnings', warnings),
    ...outlookSections(plans, false).map(({ title, rows }) =>
      listSection(
        title,
        rows.map(({ where, text }) => `- ${codeSpan(where)}: ${markdownText(text)}`),
      ),
    ),
  ]
    .filter((section) => section !== '')
    .join('\n');
};

const documentSection = (plan: Plan, change: DocumentChange): string => {
  const lines = withContext(diffLines(prettyLines(change.before), prettyLines(change.after)), 3);
  const title = `${plan.account}/${change.role.name}: ${change.name}${change.isHeld ? ' (held)' : ''}`;
  return [
    `<details><summary>${htmlCode(title)}</summary>`,
    '',
    fence(
      'diff',
      lines.map(({ sign, text }) => `${sign} ${text}`),
    ),
    '',
    '</details>',
    '',
  ].join('\n');
};

const valuesSection = (plans: readonly Plan[]): string => {
  const lines = plans.flatMap(({ account, roles }) =>
    roles.flatMap(({ name, appRoleValue }) =>
      appRoleValue === undefined ? [] : [`- ${codeSpan(`${account}/${name}`)}: ${codeSpan(appRoleValue)}`],
    ),
  );
  return lines.length === 0
    ? ''
    : [
        '<details><summary>App roles in Entra: the value of each, ready to paste</summary>',
        '',
        ...lines,
        '',
        '</details>',
        '',
      ].join('\n');
};

/** Whole lines up to a length. */
const cutLines = (text: string, chars: number): string => text.slice(0, text.lastIndexOf('\n', chars) + 1);

/** As many of the sections as fit, each whole, and how many did not. */
const fitting = (
  sections: readonly string[],
  chars: number,
): { readonly text: string; readonly left: number } => {
  let text = '';
  let left = 0;
  for (const section of sections) {
    if (text.length + section.length + 1 <= chars) text += `${section}\n`;
    else left += 1;
  }
  return { text, left };
};

export const renderPlanMarkdown = (plans: readonly Plan[], poll?: PollReport): string => {
  const sorted = [...plans].sort((a, b) => compareText(a.account, b.account));
  const summary = summaryOf(sorted);
  const nowMs = Math.max(0, ...sorted.map(({ atMs }) => atMs));
  const snapshot = poll === undefined ? '' : `${snapshotText(poll, nowMs)}.\n\n`;
  const head = `### Rolewarden plan\n\n${summary}\n\n${snapshot}`;
  const all =
    sorted.map((plan) => accountSection(viewAccount(plan))).join('\n') + `\n${findingsSections(sorted)}`;
  let room = maxChars - reservedChars - head.length;
  const isCut = all.length > room;
  const body = isCut ? `${cutLines(all, room)}\n… the rest does not fit into a comment; ${fullPlan}\n` : all;
  room -= body.length;
  const documents = fitting(
    sorted.flatMap((plan) => documentsOf(plan).map((change) => documentSection(plan, change))),
    room,
  );
  const values = fitting(
    [valuesSection(sorted)].filter((section) => section !== ''),
    room - documents.text.length,
  );
  const left = documents.left + values.left;
  const note =
    left === 0 ? '' : `${left} folded part(s) left out, as they do not fit into a comment; ${fullPlan}\n\n`;
  return `${head}${body}\n${documents.text}${values.text}${note}**${summary}**\n`;
};
