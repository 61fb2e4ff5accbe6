// The small pieces that every view is made of.

import { minuteOf } from '../../domain/moment.ts';
import type { RoleState, Source, SweepStatus } from '../status-document.ts';
import { roughly, thousands } from '../words.ts';
import { type Markup, type Part, joined, markup } from './markup.ts';

/** `3m ago`, `in 56m`; the script keeps it true. */
const relativeText = (ms: number, nowMs: number): string =>
  ms <= nowMs ? `${roughly(nowMs - ms)} ago` : `in ${roughly(ms - nowMs)}`;

/** How far away a time is; the time itself on hovering. */
export const relative = (time: string | null, nowMs: number): Markup => {
  if (time === null) return markup`never`;
  const ms = Date.parse(time);
  return markup`<time datetime="${time}" title="${minuteOf(ms)}" data-relative="">${relativeText(ms, nowMs)}</time>`;
};

/** How long something lasts: `for 3m`. */
export const lasting = (since: string, nowMs: number): Markup => {
  const ms = Date.parse(since);
  return markup`<time datetime="${since}" title="since ${minuteOf(ms)}" data-relative="for">for ${roughly(nowMs - ms)}</time>`;
};

export const moment = (time: string, nowMs: number): Markup =>
  markup`<time datetime="${time}">${minuteOf(Date.parse(time))}</time> <span class="soft">(${relative(time, nowMs)})</span>`;

/** A state in a word and a shape. */
export const state = (word: string, look: RoleState): Markup =>
  markup`<span class="state ${look}">${word}</span>`;

const sweepLooks: Readonly<Record<SweepStatus['result'], RoleState>> = {
  ok: 'ready',
  incomplete: 'held',
  unreadable: 'failed',
};

export const sweepState = ({ result }: SweepStatus): Markup => state(result, sweepLooks[result]);

/** A name as a part of a path. Names on tags are whatever somebody wrote there. */
export const pathPart = (name: string): string => encodeURIComponent(name.replace(/\p{Cs}/gu, '\uFFFD'));

export const policyLink = (name: string, text: string = name): Markup =>
  markup`<a href="/policies/${pathPart(name)}">${text}</a>`;

export const accountLink = (name: string, text: string = name): Markup =>
  markup`<a href="/accounts/${pathPart(name)}">${text}</a>`;

export const sourceText = (source: Source | null): Markup =>
  source === null
    ? markup`<span class="soft">gone from Git</span>`
    : markup`<code>${source.file}:${source.line}</code>`;

/** The first of many, and how many more there are. */
export const some = (parts: readonly Part[], limit: number): readonly Part[] => [
  joined(parts.slice(0, limit), ', '),
  parts.length > limit && ` and ${thousands(parts.length - limit)} more`,
];

/** A command to be copied; the button is there once the script is. */
export const command = (text: string): Markup =>
  markup`<span class="command"><code>${text}</code> <button type="button" class="scripted" data-copy>Copy<span class="unseen"> the command</span></button></span>`;

/** How much room a column asks for: numbers stand at the right. */
export interface Column {
  readonly title: string;
  readonly look: 'name' | 'moment' | 'short' | 'text' | 'number';
}

export interface Row {
  /** By which the row is known again when the page is renewed. */
  readonly id?: string;
  /** More attributes of the row. */
  readonly attributes?: Part;
  /** As many as there are columns; the first one heads the row. */
  readonly cells: readonly Part[];
}

const cell = (content: Part, { title, look }: Column, index: number): Markup =>
  index === 0
    ? markup`<th scope="row" class="${look}">${content}</th>`
    : markup`<td class="${look}" data-title="${title}">${content}</td>`;

const rowMarkup = ({ id, attributes, cells }: Row, columns: readonly Column[]): Markup =>
  markup`<tr${id !== undefined && markup` id="${id}"`}${attributes}>${columns.map((column, index) => cell(cells[index], column, index))}</tr>
`;

/** A table that is labelled by a heading, and scrolls within itself where there is no room. */
export const table = (heading: string, columns: readonly Column[], rows: readonly Row[]): Markup =>
  markup`<div class="scroll" role="region" aria-labelledby="${heading}" tabindex="0"><table aria-labelledby="${heading}">
<thead><tr>${columns.map(({ title, look }) => markup`<th scope="col" class="${look}">${title}</th>`)}</tr></thead>
<tbody>${rows.map((row) => rowMarkup(row, columns))}</tbody></table></div>`;

/** Nothing, as a cell says it. */
export const none = (text = 'none'): Markup => markup`<span class="soft">${text}</span>`;

/** What people call somebody, and what the documents call her. */
export const personName = (label: string | null, sub: string): Part =>
  label === null || label === sub ? sub : [label, ' ', markup`<span class="id">${sub}</span>`];
