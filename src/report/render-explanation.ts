// What `rolewarden explain` prints: a checklist for each account, and what to do.

import type { EntryVerdict, LinkName, LinkState } from '../domain/explanation.ts';
import type { AccountExplanation, ExplanationDocument, LinkDocument } from './explanation-document.ts';
import { type Cell, type Paint, alignColumns, paint, visible } from './terminal.ts';
import { roughly } from './words.ts';

const labels: Readonly<Record<LinkName, string>> = {
  policy: 'policy',
  mode: 'mode',
  account: 'account',
  federation: 'federation',
  group: 'group',
  user: 'user',
  assignment: 'assignment',
  standing: 'standing',
  lockout: 'lockout',
  admission: 'admission',
  trust: 'trust policy',
  denies: 'denies',
  earlierSessions: 'older session',
  permissions: 'permissions',
  shells: 'shells',
};

const signs: Readonly<Record<LinkState, string>> = { ok: '✓', stops: '✗', unknown: '?', info: '·' };

const colorOf = (state: LinkState, style: Paint): ((text: string) => string) =>
  ({ ok: style.green, stops: style.red, unknown: style.yellow, info: style.dim })[state];

const verdictColor = (verdict: EntryVerdict, style: Paint): ((text: string) => string) =>
  ({ mayEnter: style.green, mayNotEnter: style.red, unknown: style.yellow })[verdict];

/** What fits beside the names of the links on a terminal of usual width. */
const sentenceChars = 92;

/** Broken at spaces; a word that is longer than a line is left whole, so that it can be copied. */
const wrapped = (text: string): readonly string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > sentenceChars) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
};

const rows = ({ name, state, sentence }: LinkDocument, style: Paint): readonly (readonly Cell[])[] =>
  wrapped(visible(sentence)).map((text, index) =>
    index === 0
      ? [
          { text: `  ${signs[state]}`, style: colorOf(state, style) },
          { text: labels[name], style: style.bold },
          { text },
        ]
      : [{ text: '' }, { text: '' }, { text }],
  );

const block = (
  { account, accountId, role, at, readAt, verdict, conclusion, fix, links }: AccountExplanation,
  { who, policy }: ExplanationDocument,
  style: Paint,
): readonly string[] => [
  style.bold(visible(`${who} · ${policy} (role ${role}) · ${account} (${accountId})`)) +
    (at === readAt ? '' : ` · at ${at}`),
  ...alignColumns(links.flatMap((link) => rows(link, style))),
  '',
  verdictColor(verdict, style)(visible(conclusion)),
  `→ ${visible(fix ?? (verdict === 'mayEnter' ? 'nothing to do' : 'nothing that is known'))}`,
  '',
];

const ageLine = ({ membersReadAt }: ExplanationDocument, now: Date, style: Paint): readonly string[] =>
  membersReadAt === null
    ? []
    : [style.dim(`Entra was read ${roughly(now.getTime() - Date.parse(membersReadAt))} ago`)];

export interface RenderExplanationOptions {
  /** `text` only. */
  readonly color: boolean;
  /** Ages are counted up to here. */
  readonly now: Date;
}

/** Text that ends with a newline. `json` gives the document as it is. */
export const renderExplanation = (
  document: ExplanationDocument,
  format: 'text' | 'json',
  { color, now }: RenderExplanationOptions,
): string => {
  if (format === 'json') return `${JSON.stringify(document, null, 2)}\n`;
  const style = paint(color);
  const lines =
    document.accounts.length === 0
      ? [visible(`the policy ${document.policy} is for no account`)]
      : document.accounts.flatMap((one) => block(one, document, style));
  // The one thing to do stands last, where a terminal shows it; how old all this is stands first.
  return `${[...ageLine(document, now, style), ...lines].join('\n').trimEnd()}\n`;
};
