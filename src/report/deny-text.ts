// Denies in words: whose sessions end, and when. A trust policy only keeps people from coming in.

import { minuteOf } from '../domain/moment.ts';
import type { Change } from '../domain/change.ts';
import type { Denies, DenyEdit } from '../domain/denies.ts';
import { type ChangeLine, type Tense, verb } from './change-line.ts';
import { withoutName } from './labels.ts';

export interface DenyContext {
  /** As they stand. */
  readonly before: Denies;
  /** As they are to be. */
  readonly after: Denies;
  readonly labelOf: (sub: string) => string;
  readonly tense: Tense;
}

/** What goes with a lost entry, of somebody or of nobody in particular; empty where no deny is planned for it. */
export const sessionsOf = (
  { detail }: Change,
  sub: string | undefined,
  { before, after, tense }: DenyContext,
): string => {
  if (tense === 'held' || detail.kind !== 'revoke' || detail.after !== undefined) return '';
  const out = sub === undefined ? undefined : after.outs.get(sub);
  if (out !== undefined && out.issuedBeforeMs === undefined)
    return `; open sessions end at once, denied until ${minuteOf(out.untilMs)}`;
  const { everyone } = after;
  return everyone !== undefined && everyone.issuedBeforeMs !== before.everyone?.issuedBeforeMs
    ? `; open sessions of everybody end, denied until ${minuteOf(everyone.untilMs)}`
    : '';
};

type EditText = Pick<ChangeLine, 'what' | 'isPerson' | 'happens'>;

const everybody = { what: 'everybody', isPerson: false } as const;

const ending = (fromMs: number | undefined, tense: Tense): string => {
  const when = fromMs === undefined ? 'do not end by themselves any more' : `end at ${minuteOf(fromMs)}`;
  return verb(tense, `sessions ${when}`, `see that sessions ${when}`);
};

const stricterText = (edit: DenyEdit, { after, labelOf, tense }: DenyContext): EditText | undefined => {
  switch (edit.kind) {
    case 'putOut': {
      const until = after.outs.get(edit.sub)?.untilMs;
      const then = until === undefined ? '' : ` until ${minuteOf(until)}`;
      const happens = verb(tense, `is denied everything${then}`, `be denied everything${then}`);
      return { what: labelOf(edit.sub), isPerson: true, happens };
    }
    case 'cutOff':
      return { what: labelOf(edit.sub), isPerson: true, happens: ending(edit.fromMs, tense) };
    case 'close':
      return { ...everybody, happens: ending(edit.fromMs, tense) };
    case 'signOutEveryone':
      return { ...everybody, happens: verb(tense, 'has to sign in again', 'have to sign in again') };
    case 'letIn':
    case 'forgetPast':
      return undefined;
  }
};

const isOut = (sub: string, { before }: DenyContext): boolean => {
  const out = before.outs.get(sub);
  return out !== undefined && out.issuedBeforeMs === undefined;
};

const looserText = (
  sub: string | undefined,
  edits: readonly DenyEdit[],
  context: DenyContext,
): EditText | undefined => {
  const { labelOf, tense } = context;
  for (const edit of edits) {
    if (edit.kind === 'close') return { ...everybody, happens: ending(edit.fromMs, tense) };
    if (edit.kind !== 'cutOff') continue;
    const person = { what: labelOf(edit.sub), isPerson: true };
    if (sub === undefined || !isOut(sub, context)) return { ...person, happens: ending(edit.fromMs, tense) };
    const until = edit.fromMs === undefined ? '' : ` until ${minuteOf(edit.fromMs)}`;
    const rest = '; sessions from before stay denied';
    return {
      ...person,
      happens: verb(tense, `is denied no more${until}${rest}`, `be denied no more${until}${rest}`),
    };
  }
  return undefined;
};

/** One line for each person whose sessions a change of denies ends or spares; none where it only writes anew. */
export const denyLines = ({ detail, why }: Change, context: DenyContext): readonly ChangeLine[] => {
  const becauseOf = (sub: string | undefined): string =>
    sub === undefined ? why : withoutName(why, sub, context.labelOf(sub));
  if (detail.kind === 'liftDenies') {
    const text = looserText(detail.sub, detail.edits, context);
    return text === undefined ? [] : [{ ...text, sign: '+', because: becauseOf(detail.sub) }];
  }
  if (detail.kind !== 'tightenDenies') return [];
  return detail.edits.flatMap((edit) => {
    const text = stricterText(edit, context);
    return text === undefined ? [] : [{ ...text, sign: '-', because: why }];
  });
};
