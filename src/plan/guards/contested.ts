// Somebody, or some other tool, rewrites our trust policy again and again. Taking access away is never given up; giving it
// is tried less and less often, since two that repair each other are an outage of their own.

import { clockTimeOf } from '../../domain/moment.ts';
import { guardEach, hold } from './guard.ts';

/** Repairs before we back off. */
const patience = 3;
const firstPauseMs = 5 * 60_000;
const longestPauseMs = 60 * 60_000;

export const contestedTrust = guardEach(({ detail, effect }, role, { input }) => {
  const rewrites = input.rewrites.get(role.roleName);
  if (detail.kind !== 'grant' || effect !== 'widens' || rewrites === undefined || rewrites.times < patience)
    return undefined;
  const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (rewrites.times - patience));
  const untilMs = rewrites.lastMs + pauseMs;
  if (untilMs <= input.nowMs) return undefined;
  return hold(
    'contested',
    `somebody rewrote the trust policy of ${role.roleName} ${rewrites.times} times in the last hour; who leaves is still taken out at once, who comes waits until ${clockTimeOf(untilMs)}; CloudTrail tells who it is (UpdateAssumeRolePolicy): stop her, or take the role out of the policy`,
    untilMs,
  );
});
