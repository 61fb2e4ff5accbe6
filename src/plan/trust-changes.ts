// Applies changes to the grants of a trust policy. The one place that says what is written: observed, plus the allowed
// additions, minus the allowed removals. It serves the plan, the write, and the write on a document that changed meanwhile.

import type { Change } from '../domain/change.ts';
import { type TrustGrant, type TrustGrants, grantKey, isEntry } from '../domain/trust-grants.ts';

/** Whether a change is one of the trust policy. */
export const concernsTrust = ({ detail }: Change): boolean =>
  detail.kind === 'grant' || detail.kind === 'revoke' || detail.kind === 'restateTrust';

/** The grants after the changes; foreign denies stay, silenced grants go. */
export const applyTrustChanges = (trust: TrustGrants, changes: readonly Change[]): TrustGrants => {
  const grants = new Map<string, TrustGrant>(trust.grants);
  for (const { detail } of changes) {
    if (detail.kind === 'revoke') {
      if (detail.after === undefined) grants.delete(grantKey(detail.grant));
      else grants.set(grantKey(detail.grant), detail.after);
    }
    if (detail.kind === 'grant') grants.set(grantKey(detail.grant), detail.grant);
  }
  return { ...trust, grants, silenced: [] };
};

export const isClosed = (trust: TrustGrants): boolean => ![...trust.grants.values()].some(isEntry);
