// A person's word, in Git, that a large removal is meant: an annotation on any loaded object. It names the scope and
// the people, so it is good for any part of that removal, and for nothing else; and it ends.

import { createHash } from 'node:crypto';
import type { PolicySet } from '../domain/policy.ts';
import { sortedUnique } from '../domain/statement.ts';

export const acknowledgementAnnotation = 'rolewarden/acknowledge-removal';

export interface Acknowledgement {
  readonly scope: string;
  readonly subjects: ReadonlySet<string>;
  /** Milliseconds since the epoch. */
  readonly untilMs: number;
}

export const policyScope = (account: string, policy: string): string => `policy:${account}/${policy}`;
export const accountScope = (account: string): string => `account:${account}`;

const digest = (scope: string, subjects: readonly string[]): string =>
  createHash('sha256')
    .update([scope, ...subjects].join('\n'))
    .digest('hex')
    .slice(0, 16);

/** The annotation's value for removing these people from this scope, valid until `untilMs`. */
export const renderAcknowledgement = (scope: string, subjects: Iterable<string>, untilMs: number): string => {
  const sorted = sortedUnique(subjects);
  const until = new Date(untilMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return [
    `scope=${scope}`,
    `until=${until}`,
    `hash=${digest(scope, sorted)}`,
    `subjects=${sorted.join(',')}`,
  ].join(' ');
};

/** undefined when the text is no acknowledgement, or was changed after it was made. */
export const parseAcknowledgement = (text: string): Acknowledgement | undefined => {
  const match = /^scope=(\S+) until=(\S+) hash=([0-9a-f]{16}) subjects=(\S+)$/.exec(text.trim());
  const [, scope = '', until = '', hash = '', list = ''] = match ?? [];
  const subjects = sortedUnique(list.split(','));
  const untilMs = Date.parse(until);
  if (match === null || Number.isNaN(untilMs) || digest(scope, subjects) !== hash) return undefined;
  return { scope, subjects: new Set(subjects), untilMs };
};

/** All acknowledgements in the loaded objects. One on each object; several may stand in one, a line each. */
export const collectAcknowledgements = (policies: PolicySet): readonly Acknowledgement[] =>
  [
    ...policies.configs,
    ...policies.accounts,
    ...policies.federations,
    ...policies.policies,
    ...policies.bindings,
    ...policies.lockouts,
  ]
    .flatMap((object) => (object.meta.annotations[acknowledgementAnnotation] ?? '').split('\n'))
    .flatMap((line) => parseAcknowledgement(line) ?? []);
