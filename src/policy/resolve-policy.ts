// A policy and what it names: its accounts, its federation, and whether they can serve it.

import type { AccessPolicy } from '../domain/policy.ts';
import type { PolicyDraft } from './access-policy.ts';
import { checkAdmissionPaths } from './admission.ts';
import { checkRegions, resolveAccounts, resolveFederation, type Surroundings } from './references.ts';
import { compareText, type Finding, isError, type Placed } from './source-document.ts';

export interface ResolvedPolicy {
  /** undefined: `findings` says why. */
  readonly placed: Placed<AccessPolicy> | undefined;
  readonly findings: readonly Finding[];
}

export const resolvePolicy = (
  { document, object: draft }: Placed<PolicyDraft>,
  around: Surroundings,
): ResolvedPolicy => {
  const { accounts, findings } = resolveAccounts(document, draft, around);
  const federation = resolveFederation(document, draft, around);
  const more =
    'problem' in federation ? [federation] : checkAdmissionPaths(document, draft, federation, accounts);
  const all = [...findings, ...checkRegions(document, draft, accounts), ...more];
  if (all.some(({ problem }) => isError(problem))) return { placed: undefined, findings: all };
  const { chosen: _, ...rest } = draft;
  const names = accounts.map(({ meta }) => meta.name).sort(compareText);
  return { placed: { document, object: { ...rest, accounts: names } }, findings: all };
};
