// What happened in a schedule, for the invariants and for whoever reads how it failed.

import type { Access } from './access.ts';
import type { Place } from './model.ts';
import type { Crossing } from './wire.ts';

export interface Edit {
  readonly moment: number;
  readonly atMs: number;
  readonly before: Access;
  readonly after: Access;
}

export interface Records {
  note(text: string): void;
  noteCrossing(crossing: Crossing): void;
  noteEdit(place: Place, edit: Edit): void;
  /** Edits of the role by hand since a moment. */
  editsSince(place: Place, moment: number): readonly Edit[];
  /** The same, of so many milliseconds until now. */
  editsWithin(place: Place, ms: number): readonly Edit[];
  /** When anybody last edited anything by hand, milliseconds since the epoch; undefined: never. */
  lastEditAtMs(): number | undefined;
  /** Everything, in order; times are seconds since the beginning. */
  lines(): readonly string[];
}

const keyOf = ({ account, roleName }: Place): string => `${account}/${roleName}`;

export const createRecords = (now: () => number): Records => {
  const beganAtMs = now();
  const lines: string[] = [];
  const edits = new Map<string, Edit[]>();
  let lastEditAtMs: number | undefined;
  const note = (text: string): void =>
    void lines.push(`${((now() - beganAtMs) / 1_000).toFixed(3).padStart(10)} s  ${text}`);
  return {
    note,
    noteCrossing: ({ what, accountId, outcome }) => {
      note(`   ${accountId ?? ''} ${what}: ${outcome}`);
    },
    noteEdit: (place, edit) => {
      edits.set(keyOf(place), [...(edits.get(keyOf(place)) ?? []), edit]);
      lastEditAtMs = edit.atMs;
    },
    editsSince: (place, moment) => (edits.get(keyOf(place)) ?? []).filter((edit) => edit.moment >= moment),
    editsWithin: (place, ms) => (edits.get(keyOf(place)) ?? []).filter((edit) => now() - edit.atMs <= ms),
    lastEditAtMs: () => lastEditAtMs,
    lines: () => lines,
  };
};
