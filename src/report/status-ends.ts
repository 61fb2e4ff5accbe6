// What ends and who is denied, in the status document.

import type { PlannedRole } from '../domain/plan.ts';
import { compareText } from '../domain/statement.ts';
import { deniesIn } from '../domain/denies.ts';
import type { KnownObject } from './known-objects.ts';
import { deniesSize, endingsOf, expiryText, expiryWarningMs } from './outlook.ts';
import type { Condition, DeniesStatus, EndStatus } from './status-document.ts';

const iso = (ms: number): string => new Date(ms).toISOString();

export const describeEnds = (...asked: Parameters<typeof endingsOf>): readonly EndStatus[] =>
  endingsOf(...asked).map(({ atMs, labels }) => ({ at: iso(atMs), count: labels.length, labels }));

export const describeDenies = ({ role, names }: KnownObject, nowMs: number): DeniesStatus | null => {
  const size = deniesSize(role?.denies);
  if (size === undefined) return null;
  const { outs, everyone } = deniesIn(role?.denies);
  return {
    ...size,
    people: [...outs]
      .filter(([, { untilMs }]) => untilMs > nowMs)
      .sort(([a, one], [b, other]) => other.sinceMs - one.sinceMs || compareText(a, b))
      .map(([sub, { sinceMs, untilMs, issuedBeforeMs, how }]) => ({
        sub,
        label: names.get(sub) ?? null,
        since: iso(sinceMs),
        until: iso(untilMs),
        sessionsBefore: issuedBeforeMs === undefined ? null : iso(issuedBeforeMs),
        how,
      })),
    everybody:
      everyone === undefined || everyone.untilMs <= nowMs
        ? null
        : { sessionsBefore: iso(everyone.issuedBeforeMs), until: iso(everyone.untilMs) },
  };
};

/** From a week before the end of the policy on. */
export const expiringCondition = ({ closesAtMs }: PlannedRole, nowMs: number): readonly Condition[] => {
  if (closesAtMs === undefined || closesAtMs - nowMs >= expiryWarningMs) return [];
  const isOver = closesAtMs <= nowMs;
  const todo = isOver
    ? 'set a later expiresAt to open it again, or remove the policy'
    : 'set a later expiresAt if it is still needed';
  return [
    {
      type: 'Expiring',
      status: 'True',
      reason: isOver ? 'Expired' : 'ExpiresSoon',
      message: `${expiryText(closesAtMs, nowMs)}; ${todo}`,
      since: iso(isOver ? closesAtMs : closesAtMs - expiryWarningMs),
    },
  ];
};
