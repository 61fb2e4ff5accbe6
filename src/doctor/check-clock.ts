// Our clock beside that of others.

import type { Check } from '../domain/check.ts';
import type { Checks } from './check.ts';

/** Over it, the controller does nothing because a time has come. */
const toleratedMs = 60_000;

export const clockCheck = (checks: Checks, whose: string, skewMs: number | undefined): Check => {
  const what = 'clock';
  if (skewMs === undefined) return checks.unknown(what, `${whose} answered without the time`);
  const seconds = Math.round(Math.abs(skewMs) / 1_000);
  if (Math.abs(skewMs) <= toleratedMs)
    return checks.ok(
      what,
      seconds === 0 ? `the same as that of ${whose}` : `${seconds} s from that of ${whose}`,
    );
  return checks.missing(
    what,
    `that of ${whose} is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} ours: over 60, no access is ended, and no denies are taken away, because a time has come`,
    'set the clock of this machine by NTP',
  );
};
