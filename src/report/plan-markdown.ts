// A plan as a comment on a pull request. Nothing in it notifies anybody or breaks out of its place, what is long is folded, and
// it fits into what GitHub takes (65,536 characters): blocks that do not fit are left out whole, and named at the end.

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
  namesNobody,
  nothingToDo,
  originOf,
  summaryOf,
  viewAccount,
} from './plan-view.ts';
import { counted, someOf } from './words.ts';

export interface PlanMarkdownOptions {
  /** Ages are counted up to here. */
  readonly now: Date;
  /** The poll of Entra that it rests on. */
  readonly poll?: PollReport;
  /** `counts`: documents that name people are left out. */
  readonly people?: 'names' | 'counts';
}

const maxChars = 60_000;
/** Kept for the names of what was left out, and the sum. */
const reservedChars = 2_000;
/** Of one object; more are folded. */
const maxLines = 10;

/** What is shown whole, or not at all. */
interface Block {
  readonly text: string;
  /** What it is called when it does not fit. */
  readonly name: string;
}

/** Blocks under a heading, which is shown if any of them is. */
interface Part {
  readonly heading: string;
  readonly blocks: readonly Block[];
}

/** A list that is folded when it is long. */
const list = (title: string, lines: readonly string[], isLong: boolean): string =>
  isLong
    ? `<details><summary>${title}</summary>\n\n${lines.join('\n')}\n\n</details>\n\n`
    : `${lines.join('\n')}\n\n`;

const objectText = ({ planned, lines }: ObjectLines): string => {
  const origin = originOf(planned);
  const rows = lines.map(({ sign, what, isPerson, happens, because }) => {
    const name = isPerson ? codeSpan(what) : markdownText(what);
    const reason = because === '' ? '' : `: ${markdownText(because)}`;
    return `${codeSpan(sign)} ${name} **${markdownText(happens)}**${reason}`;
  });
  return rows.length > maxLines
    ? list(
        `${htmlCode(planned.name)} ${htmlCode(origin)}: ${counted(rows.length, 'line')}`,
        rows.map((row) => `- ${row}`),
        true,
      )
    : list(
        '',
        [`- ${codeSpan(planned.name)} (${markdownText(origin)})`, ...rows.map((row) => `  - ${row}`)],
        false,
      );
};

const objectBlocks = (account: string, objects: readonly ObjectLines[]): readonly Block[] =>
  objects.map((object) => ({ text: objectText(object), name: `${account}/${object.planned.name}` }));

const heldPart = (account: string, { reason, message, annotation, objects }: HeldSection): Part => ({
  heading: `**Held** (${codeSpan(reason)}): ${markdownText(message)}${annotation === undefined ? '' : `: ${codeSpan(annotation)}`}\n\n`,
  blocks: objectBlocks(account, objects),
});

const sentence = (text: string): string => `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}.`;

const accountParts = (view: AccountView): readonly Part[] => {
  const { plan, apply, held, unknown, inSync } = view;
  const nothing = nothingToDo(view);
  const head = [
    `#### Account ${markdownText(plan.account)} (${plan.accountId})`,
    ...loudRows(plan).map(({ where, text }) => `> **Look here**: ${codeSpan(where)}: ${markdownText(text)}`),
    ...(nothing === undefined ? [] : [sentence(nothing)]),
  ].join('\n\n');
  const title: Part = {
    heading: '',
    blocks: [{ text: `${head}\n\n`, name: `account ${plan.account}` }],
  };
  if (nothing !== undefined) return [title];
  const unread = unknown.map(
    (role) => `- ${codeSpan(role.name)}: ${markdownText(role.unknownBecause ?? '')}`,
  );
  return [
    title,
    { heading: '**To apply**\n\n', blocks: objectBlocks(plan.account, apply) },
    ...held.map((section) => heldPart(plan.account, section)),
    {
      heading: '**Unknown**: nothing is done to these until they can be read\n\n',
      blocks: listBlocks(`what is unknown in ${plan.account}`, unread),
    },
    {
      heading: '',
      blocks: listBlocks(
        `what is in sync in ${plan.account}`,
        inSync.length === 0 ? [] : [`In sync: ${inSync.map((role) => codeSpan(role.name)).join(', ')}`],
      ),
    },
  ];
};

const listBlocks = (name: string, lines: readonly string[]): readonly Block[] =>
  lines.length === 0
    ? []
    : [{ name, text: list(counted(lines.length, 'line'), lines, lines.length > maxLines) }];

const listPart = (title: string, lines: readonly string[]): Part => ({
  heading: `#### ${title}\n\n`,
  blocks: listBlocks(title.toLowerCase(), lines),
});

const findingsParts = (plans: readonly Plan[]): readonly Part[] => {
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
    listPart('Shells that would not open', shells),
    listPart('Side doors', doors),
    listPart('Warnings', warnings),
    ...outlookSections(plans, false).map(({ title, rows }) =>
      listPart(
        title,
        rows.map(({ where, text }) => `- ${codeSpan(where)}: ${markdownText(text)}`),
      ),
    ),
  ];
};

const documentBlock = (plan: Plan, change: DocumentChange): Block => {
  const lines = withContext(diffLines(prettyLines(change.before), prettyLines(change.after)), 3);
  const name = `${plan.account}/${change.role.name}: ${change.name}`;
  const title = htmlCode(`${name}${change.isHeld ? ' (held)' : ''}`);
  const diff = fence(
    'diff',
    lines.map(({ sign, text }) => `${sign} ${text}`),
  );
  return { name, text: list(title, [diff], true) };
};

const valuesPart = (plans: readonly Plan[]): Part => {
  const lines = plans.flatMap(({ account, roles }) =>
    roles.flatMap(({ name, appRoleValue }) =>
      appRoleValue === undefined ? [] : [`- ${codeSpan(`${account}/${name}`)}: ${codeSpan(appRoleValue)}`],
    ),
  );
  const text = list('App roles in Entra: the value of each, ready to paste', lines, true);
  return { heading: '', blocks: lines.length === 0 ? [] : [{ text, name: 'app roles in Entra' }] };
};

interface Fitted {
  readonly text: string;
  /** Names of blocks that did not fit. */
  readonly left: readonly string[];
}

/** Whole blocks, in order, as many as fit. */
const fitting = (parts: readonly Part[], chars: number): Fitted => {
  let text = '';
  const left: string[] = [];
  for (const { heading, blocks } of parts) {
    let part = '';
    for (const block of blocks) {
      const more = part === '' ? `${heading}${block.text}` : block.text;
      if (text.length + part.length + more.length <= chars) part += more;
      else left.push(block.name);
    }
    text += part;
  }
  return { text, left };
};

export const renderPlanMarkdown = (plans: readonly Plan[], options: PlanMarkdownOptions): string => {
  const { poll, people = 'names', now } = options;
  const sorted = [...plans].sort((a, b) => compareText(a.account, b.account));
  const summary = summaryOf(sorted);
  const snapshot = poll === undefined ? '' : `${snapshotText(poll, sorted, now.getTime())}.\n\n`;
  const head = `### Rolewarden plan\n\n${summary}\n\n${snapshot}`;
  const documents = sorted.flatMap((plan) =>
    documentsOf(plan)
      .filter((change) => people === 'names' || namesNobody(change))
      .map((change) => documentBlock(plan, change)),
  );
  const { text, left } = fitting(
    [
      ...sorted.flatMap((plan) => accountParts(viewAccount(plan))),
      ...findingsParts(sorted),
      { heading: '', blocks: documents },
      valuesPart(sorted),
    ],
    maxChars - reservedChars - head.length,
  );
  const note =
    left.length === 0
      ? ''
      : `**Left out**, as it does not fit into a comment: ${markdownText(someOf(left).slice(0, 1_000))}. \`rolewarden plan --verbose\` shows everything.\n\n`;
  return `${head}${text}${note}**${summary}**\n`;
};
