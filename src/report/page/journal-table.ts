// What was decided and done lately, as the journal has it.

import type { RecentEntry } from '../recent-journal.ts';
import type { RoleState } from '../status-document.ts';
import { type Part, markup, sentence } from './markup.ts';
import { type Row, none, some, state, table } from './parts.ts';

const looks: Readonly<Record<string, RoleState>> = {
  done: 'ready',
  applied: 'ready',
  gone: 'ready',
  held: 'held',
  dropped: 'unknown',
  failed: 'failed',
};

/** More of them nobody reads on a page; all are on stdout. */
const maxRows = 100;
const maxPeople = 5;

interface EntryGroup {
  /** The newest. */
  readonly entry: RecentEntry;
  readonly who: string[];
}

/** The same of several people in one go is one row. */
const groupEntries = (entries: readonly RecentEntry[]): readonly EntryGroup[] => {
  const groups: EntryGroup[] = [];
  const keyOf = ({ who, time, ...rest }: RecentEntry): string =>
    JSON.stringify([time.slice(0, 16), rest, who === null]);
  for (const entry of entries) {
    const last = groups.at(-1);
    if (last !== undefined && entry.who !== null && keyOf(last.entry) === keyOf(entry))
      last.who.push(entry.who);
    else groups.push({ entry, who: entry.who === null ? [] : [entry.who] });
  }
  return groups;
};

const rowOf = ({ entry, who }: EntryGroup): Row => {
  const { time, account, event, what, object, result, because } = entry;
  return {
    cells: [
      markup`<time datetime="${time}">${time.slice(0, 19).replace('T', ' ')}</time>`,
      account,
      markup`${event} <code>${what}</code>`,
      who.length === 0 ? none(object ?? '') : some(who, maxPeople),
      state(result, looks[result] ?? 'unknown'),
      sentence(because),
    ],
  };
};

export const journalTable = (heading: string, entries: readonly RecentEntry[]): Part =>
  entries.length === 0
    ? markup`<p>Nothing that is still remembered here since the controller started. All of it is in the journal on stdout.</p>`
    : table(
        heading,
        [
          { title: 'When (UTC)', look: 'moment' },
          { title: 'Account', look: 'short' },
          { title: 'What', look: 'name' },
          { title: 'Who', look: 'name' },
          { title: 'Result', look: 'short' },
          { title: 'Why', look: 'text' },
        ],
        groupEntries(entries).slice(0, maxRows).map(rowOf),
      );
