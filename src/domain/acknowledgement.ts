// A person's word, in Git, that a large change of who has access is meant: an annotation on any object. It names the scope
// and the people, so it is good for any part of that change, and for nothing else; and it ends.

import { isoSeconds, minuteOf } from './moment.ts';
import { createHash } from 'node:crypto';
import type { PolicySet } from './policy.ts';
import { sortedUnique } from './statement.ts';

export const acknowledgementAnnotation = 'rolewarden/acknowledge';

export interface Acknowledgement {
  readonly scope: string;
  readonly subjects: ReadonlySet<string>;
  /** Milliseconds since the epoch. */
  readonly untilMs: number;
}

/** What somebody would have to acknowledge for a hold to end. */
export interface Acknowledgeable {
  readonly scope: string;
  /** Values of `saml:sub`, sorted. */
  readonly subjects: readonly string[];
}

/** Scopes of removals, of a policy in an account and of a whole account; and of newcomers to a policy in an account. */
export const policyScope = (account: string, policy: string): string => `policy:${account}/${policy}`;
export const accountScope = (account: string): string => `account:${account}`;
export const newcomersScope = (account: string, policy: string): string => `newcomers:${account}/${policy}`;

const digest = (scope: string, subjects: readonly string[]): string =>
  createHash('sha256')
    .update([scope, ...subjects].join('\n'))
    .digest('hex')
    .slice(0, 16);

/** The annotation's value for these people of this scope, valid until `untilMs`. */
export const renderAcknowledgement = (scope: string, subjects: Iterable<string>, untilMs: number): string => {
  const sorted = sortedUnique(subjects);
  const until = isoSeconds(Math.floor(untilMs / 1_000) * 1_000);
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

/** The lines of an annotation: one acknowledgement each. */
export const acknowledgementLines = (annotation: string | undefined): readonly string[] =>
  (annotation ?? '').split('\n').filter((line) => line.trim() !== '');

/** All acknowledgements in the loaded objects. */
export const collectAcknowledgements = (policies: PolicySet): readonly Acknowledgement[] =>
  [
    ...policies.configs,
    ...policies.accounts,
    ...policies.federations,
    ...policies.policies,
    ...policies.bindings,
    ...policies.lockouts,
  ]
    .flatMap((object) => acknowledgementLines(object.meta.annotations[acknowledgementAnnotation]))
    .flatMap((line) => parseAcknowledgement(line) ?? []);

/** Whether somebody acknowledged all of it, and if she tried, why that does not fit; empty when nobody tried. */
export const whyNotAcknowledged = (
  asked: Acknowledgeable,
  given: readonly Acknowledgement[],
  nowMs: number,
): string | undefined => {
  const own = given.filter(({ scope }) => scope === asked.scope);
  const inForce = own.filter(({ untilMs }) => untilMs > nowMs);
  const missing = inForce.map(({ subjects }) => asked.subjects.filter((sub) => !subjects.has(sub)));
  if (missing.some((names) => names.length === 0)) return undefined;
  const [fewest] = missing.sort((a, b) => a.length - b.length);
  if (fewest !== undefined) {
    const named = fewest.slice(0, 3).join(', ');
    const more = fewest.length > 3 ? ` and ${fewest.length - 3} more` : '';
    return `the acknowledgement in Git does not name ${named}${more}`;
  }
  const last = Math.max(0, ...own.map(({ untilMs }) => untilMs));
  return last === 0 ? '' : `the acknowledgement in Git ended at ${minuteOf(last)}`;
};
