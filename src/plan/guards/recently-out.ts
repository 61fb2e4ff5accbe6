// Reads of a group lag behind its changes by minutes, and two replicas may disagree for as long: whoever was put out or whose
// access ended just now does not come back because a read still shows her.

import { clockTimeOf } from '../../domain/moment.ts';
import { formatDuration } from '../../domain/duration.ts';
import { grantKey } from '../../domain/trust-grants.ts';
import type { RoleFacts } from '../plan-input.ts';
import { guardEach, hold } from './guard.ts';

/** When she lost her access last, as far as AWS tells; undefined: never, or she was let in again since. */
const lostAtMs = (sub: string, role: RoleFacts, nowMs: number): number | undefined => {
  const { denies, trust, desired } = role;
  const out = denies.outs.get(sub);
  const cutMs = denies.cutOffs.get(sub);
  const ends = [...trust.grants.values()].flatMap((grant) =>
    grant.kind === 'person' && grant.sub === sub && grant.untilMs !== undefined ? [grant.untilMs] : [],
  );
  const stillIn = [...(desired?.grants.values() ?? [])].some(
    (grant) =>
      grant.kind === 'person' &&
      grant.sub === sub &&
      trust.grants.has(grantKey(grant)) &&
      !ends.some((endMs) => endMs <= nowMs),
  );
  const times = [
    ...(out === undefined || out.issuedBeforeMs !== undefined ? [] : [out.sinceMs]),
    ...(cutMs === undefined ? [] : [cutMs]),
    ...(stillIn ? [] : ends),
  ].filter((atMs) => atMs <= nowMs + 60_000);
  return times.length === 0 ? undefined : Math.max(...times);
};

export const recentlyOut = guardEach(({ detail, effect }, role, { input }) => {
  const sub =
    detail.kind === 'liftDenies'
      ? detail.sub
      : detail.kind === 'grant' && detail.grant.kind === 'person' && effect === 'widens'
        ? detail.grant.sub
        : undefined;
  if (sub === undefined || role.desired === undefined || role.desired.assigned.has(sub)) return undefined;
  // Whoever is meant to be in at all times does not wait for a lag to pass.
  if (role.desired.breakGlass.has(sub)) return undefined;
  const atMs = lostAtMs(sub, role, input.nowMs);
  const { reentryDelayMs } = input.safety;
  // The denies tell the minute, which may not be over yet.
  if (atMs === undefined || input.nowMs - Math.min(atMs, input.nowMs) >= reentryDelayMs) return undefined;
  return hold(
    'recentlyOut',
    `${sub} lost this access at ${clockTimeOf(atMs)}, and reads of groups lag; if she is a member still ${formatDuration(reentryDelayMs)} later, she is let in`,
    atMs + reentryDelayMs,
  );
});
