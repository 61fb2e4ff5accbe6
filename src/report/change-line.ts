// One change as a line: who or what, what happens, because of what. What somebody reads before she lets it happen.

import type { Change } from '../domain/change.ts';

export interface ChangeLine {
  /** `+` more access, `-` less, `~` neither or both. */
  readonly sign: '+' | '-' | '~';
  /** Who, or what part of the role. */
  readonly what: string;
  readonly isPerson: boolean;
  /** `gains access`; for held changes `would gain access`. */
  readonly happens: string;
  readonly because: string;
}

export type Tense = 'applied' | 'held';

/** In the indicative for what is to be applied, in the conditional for what is held. */
export const verb = (tense: Tense, applied: string, held: string): string =>
  tense === 'applied' ? applied : `would ${held}`;

export const signOf = (change: Change): ChangeLine['sign'] =>
  change.effect === 'widens' ? '+' : change.effect === 'narrows' ? '-' : '~';
