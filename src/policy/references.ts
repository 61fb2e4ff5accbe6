// What policies and bindings name: accounts and federations, and why one cannot be found.

import { nearest } from '../domain/near-miss.ts';
import type { Account, Federation } from '../domain/policy.ts';
import { grantPath } from './access.ts';
import type { PolicyDraft } from './access-policy.ts';
import { checkRegionInUse } from './belongs-to-account.ts';
import { type Finding, finding, type SourceDocument } from './source-document.ts';
import { quote } from './words.ts';

/** What policies and bindings can refer to. */
export interface Surroundings {
  readonly accounts: readonly Account[];
  readonly federations: readonly Federation[];
  /** `Kind/name` of all objects, those too that cannot be used, to `file:line`. */
  readonly declared: ReadonlyMap<string, string>;
  /** Files that may hold more than is known. */
  readonly unreadFiles: readonly string[];
}

export interface ResolvedAccounts {
  readonly accounts: readonly Account[];
  readonly findings: readonly Finding[];
}

/** Sorted by name. An account whose own file is broken is left out with a warning, so that it does not stop the others. */
export const resolveAccounts = (
  document: SourceDocument,
  { chosen }: PolicyDraft,
  around: Surroundings,
): ResolvedAccounts => {
  const { selector, names = [] } = chosen;
  if (selector !== undefined) return selectAccounts(document, selector.matchLabels, around);
  const findings = names.flatMap((name, index) => checkAccountName(document, name, index, around));
  return { accounts: around.accounts.filter(({ meta }) => names.includes(meta.name)), findings };
};

const selectAccounts = (
  document: SourceDocument,
  matchLabels: Readonly<Record<string, string>>,
  around: Surroundings,
): ResolvedAccounts => {
  const wanted = Object.entries(matchLabels);
  const accounts = around.accounts.filter(({ meta }) =>
    wanted.every(([key, value]) => Object.hasOwn(meta.labels, key) && meta.labels[key] === value),
  );
  if (accounts.length > 0) return { accounts, findings: [] };
  const labels = wanted.map(([key, value]) => `${key}: ${value}`).join(', ');
  const message = `no account has the labels ${quote(labels)}, so this policy does nothing; correct them here or on the accounts`;
  const path = ['spec', 'accounts', 'selector', 'matchLabels'];
  return { accounts, findings: [finding(document, 'emptySelector', path, message, { severity: 'warning' })] };
};

const checkAccountName = (
  document: SourceDocument,
  name: string,
  index: number,
  around: Surroundings,
): readonly Finding[] => {
  if (around.accounts.some(({ meta }) => meta.name === name)) return [];
  const path = ['spec', 'accounts', 'names', index];
  const { rule, message } = missingObject('Account', name, 'policy', around);
  const severity = rule === 'danglingReference' ? 'error' : 'warning';
  return [finding(document, rule, path, message, { severity })];
};

export const resolveFederation = (
  document: SourceDocument,
  { federation: name }: PolicyDraft,
  around: Surroundings,
): Federation | Finding => {
  const federation = around.federations.find(({ meta }) => meta.name === name);
  if (federation !== undefined) return federation;
  const { rule, message } = missingObject('Federation', name, 'policy', around);
  return finding(document, rule, ['spec', 'federation'], message);
};

/** Why there is no such object, as far as can be known. */
export const missingObject = (
  kind: 'Account' | 'Federation',
  name: string,
  waiting: 'policy' | 'binding',
  around: Surroundings,
) => {
  const declared = around.declared.get(`${kind}/${name}`);
  if (declared !== undefined) {
    const message = `the ${kind} ${quote(name)} in ${declared} has errors; repair it there, this ${waiting} waits for it`;
    return { rule: 'brokenReference', message } as const;
  }
  const [unread] = around.unreadFiles;
  if (unread !== undefined) {
    const message = `there is no ${kind} ${quote(name)}, unless it stands in ${unread}, which could not be read; repair that first`;
    return { rule: 'brokenReference', message } as const;
  }
  const known = kind === 'Account' ? around.accounts : around.federations;
  const near = nearest(
    name,
    known.map(({ meta }) => meta.name),
  );
  const advice = near === undefined ? 'correct the name, or add the object' : `did you mean ${near}?`;
  return { rule: 'danglingReference', message: `there is no ${kind} ${quote(name)}; ${advice}` } as const;
};

export const checkRegions = (
  document: SourceDocument,
  { ecs }: PolicyDraft,
  accounts: readonly Account[],
): readonly Finding[] =>
  ecs.flatMap(({ region }, index) => {
    const path = [...grantPath(document, index), 'region'];
    return accounts.flatMap((account) => checkRegionInUse(document, path, region, account));
  });
