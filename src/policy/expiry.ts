// Ends that a policy gives itself, and those that end nothing. Whether one has passed is never asked here: a policy
// whose end lies in the past is how access is closed.

import type { AccessPolicy } from '../domain/policy.ts';
import type { FieldPath } from './field-path.ts';
import { type Finding, finding, type SourceDocument } from './source-document.ts';
import { groupPath, servicePrincipalPath } from './subjects.ts';

type Ends = Pick<AccessPolicy, 'expiresAtMs' | 'groups' | 'servicePrincipals'>;

const policyEnd: FieldPath = ['spec', 'expiresAt'];

export const checkExpiry = (
  document: SourceDocument,
  { expiresAtMs: capMs, groups, servicePrincipals }: Ends,
): readonly Finding[] => {
  const subjects = [
    ...groups.map((group, index) => ({ ...group, path: groupPath(index) })),
    ...servicePrincipals.map((one, index) => ({ ...one, path: servicePrincipalPath(index) })),
  ];
  return subjects.flatMap(({ path, expiresAtMs }) => {
    if (capMs === undefined || expiresAtMs === undefined || expiresAtMs <= capMs) return [];
    const message = `has no effect, because the policy ends before it, at ${document.textOf(policyEnd)}; remove it here, or correct one of the two`;
    return [finding(document, 'endWithoutEffect', [...path, 'expiresAt'], message, { severity: 'warning' })];
  });
};
