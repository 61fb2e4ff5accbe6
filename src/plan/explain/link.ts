// How a link of the chain is said.

import type { Link, LinkName } from '../../domain/explanation.ts';
import type { HeldChange } from '../../domain/plan.ts';
import type { SourceRef } from '../../domain/policy.ts';

export const ok = (name: LinkName, sentence: string): Link => ({
  name,
  state: 'ok',
  sentence,
  fix: undefined,
});
export const info = (name: LinkName, sentence: string): Link => ({
  name,
  state: 'info',
  sentence,
  fix: undefined,
});
export const stops = (name: LinkName, sentence: string, fix: string | undefined): Link => ({
  name,
  state: 'stops',
  sentence,
  fix,
});
export const unknown = (name: LinkName, sentence: string, fix: string | undefined): Link => ({
  name,
  state: 'unknown',
  sentence,
  fix,
});

export const placeOf = ({ file, line }: SourceRef): string => `${file}:${line}`;

export const heldText = ({ hold }: HeldChange): string => `held (${hold.reason}): ${hold.message}`;

/** `a`, `a and b`, `a, b and c`. */
export const listed = (words: readonly string[], last = 'and'): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;
