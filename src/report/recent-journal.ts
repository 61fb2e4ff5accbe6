// The newest entries of the journal, for the status page. What has to be kept is on stdout; this is forgotten with the process.

import type { JournalEntry } from './journal.ts';
import { withoutName } from './labels.ts';

/** One entry in words; null where it concerns nothing of that kind. */
export interface RecentEntry {
  readonly time: string;
  readonly event: JournalEntry['event'];
  readonly account: string;
  readonly policy: string | null;
  readonly binding: string | null;
  /** A role or a service. */
  readonly object: string | null;
  /** The kind of the change, or the call: what the journal on stdout can be searched for. */
  readonly what: string;
  /** Whom it concerns, by name where that is known. */
  readonly who: string | null;
  readonly result: string;
  /** Why, or what went wrong, without her name; empty for a call that went through. */
  readonly because: string;
}

export interface RecentJournal {
  note(entry: JournalEntry): void;
  /** Those that are meant, the newest first. */
  entries(isMeant: (entry: RecentEntry) => boolean): readonly RecentEntry[];
}

const maxChars = 1_000;

/** A copy, so that the whole documents of an entry are not kept with it. */
const shortened = (text: string): string => (text.length <= maxChars ? text : `${text.slice(0, maxChars)}…`);

const textIn = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? shortened(value) : null;

const fieldOf = (value: unknown, name: string): string | null =>
  typeof value === 'object' && value !== null ? textIn((value as Record<string, unknown>)[name]) : null;

const becauseOf = (entry: JournalEntry): string => {
  const [reason, message] = [fieldOf(entry['hold'], 'reason'), fieldOf(entry['hold'], 'message')];
  const hold = reason === null || message === null ? reason : `${reason}: ${message}`;
  const why = textIn(entry['why']);
  const sub = textIn(entry['subject']);
  const because = why === null || sub === null ? why : withoutName(why, sub, textIn(entry['label']) ?? sub);
  return [hold ?? textIn(entry['message']), because].filter((text) => text !== null).join('; ');
};

const summaryOf = (entry: JournalEntry): RecentEntry => ({
  time: entry.time,
  event: entry.event,
  account: entry.account,
  policy: textIn(entry['policy']),
  binding: textIn(entry['binding']),
  object: textIn(entry['role']) ?? textIn(entry['service']),
  what: textIn(entry['kind']) ?? textIn(entry['op']) ?? entry.event,
  who: textIn(entry['label']) ?? textIn(entry['subject']),
  result: textIn(entry['result']) ?? '',
  because: becauseOf(entry),
});

/** Keeps the last `limit` entries, and forgets the oldest. */
export const createRecentJournal = (limit = 1_000): RecentJournal => {
  const kept: RecentEntry[] = [];
  /** Where the next one goes. */
  let next = 0;
  return {
    note: (entry) => {
      kept[next] = summaryOf(entry);
      next = (next + 1) % limit;
    },
    entries: (isMeant) =>
      [...kept.slice(0, next).toReversed(), ...kept.slice(next).toReversed()].filter(isMeant),
  };
};
