// Ends are moments of AWS's and Entra's clocks. While ours differs from theirs by much, nothing is done because a time has come.

import type { Change } from '../../domain/change.ts';
import type { PlanInput, RoleFacts } from '../plan-input.ts';
import { guardEach, hold } from './guard.ts';

/** More than any answer takes. */
const toleratedSkewMs = 60_000;

const isTimely = ({ detail }: Change, { desired }: RoleFacts): boolean => {
  if (detail.kind === 'liftDenies' || detail.kind === 'forgetDenies') return true;
  if (detail.kind === 'grant')
    return 'sub' in detail.grant && desired?.assigned.has(detail.grant.sub) === true;
  if (detail.kind !== 'revoke') return false;
  const isExcluded =
    detail.proof === undefined && 'sub' in detail.grant && desired?.excluded.has(detail.grant.sub) === true;
  return detail.proof === 'accessEnded' || isExcluded;
};

/** Whether clocks differ by so much that nobody can tell whether a time has come. */
export const isSkewed = (clockSkew: PlanInput['clockSkew']): boolean =>
  clockSkew !== undefined && Math.abs(clockSkew.ms) > toleratedSkewMs;

export const clockSkewed = guardEach((change, role, { input }) => {
  const { clockSkew } = input;
  if (clockSkew === undefined || !isSkewed(clockSkew) || !isTimely(change, role)) return undefined;
  const seconds = Math.round(Math.abs(clockSkew.ms) / 1_000);
  const way = clockSkew.ms > 0 ? 'behind' : 'ahead of';
  return hold(
    'clockSkew',
    `the clock of this machine is ${seconds} s ${way} that of ${clockSkew.source}, so nothing is done because a time has come; set the clock right`,
  );
});

/** The larger of the two; undefined: neither differs as far as is known. */
export const largestSkew = (
  aws: number | undefined,
  entra: number | undefined,
): { readonly source: 'AWS' | 'Entra'; readonly ms: number } | undefined => {
  const [ofAws, ofEntra] = [aws ?? 0, entra ?? 0];
  if (ofAws === 0 && ofEntra === 0) return undefined;
  return Math.abs(ofAws) >= Math.abs(ofEntra)
    ? { source: 'AWS', ms: ofAws }
    : { source: 'Entra', ms: ofEntra };
};
