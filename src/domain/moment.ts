// Moments, milliseconds since the epoch: as people and policy documents write them, and which of several comes first.

/** `2026-01-01 13:00 UTC`: as people read it, to the minute. */
export const minuteOf = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** `13:00 UTC`: the same within a day. */
export const clockTimeOf = (ms: number): string => `${new Date(ms).toISOString().slice(11, 16)} UTC`;

/** `2026-01-01T13:00:00Z`: as a policy document holds it; parts of a second only where there are any. */
export const isoSeconds = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

/** undefined stands for a moment that is not known, or never comes; of nothing but such, for all of them. */
export const earliest = (moments: Iterable<number | undefined>): number | undefined => {
  let first: number | undefined;
  for (const ms of moments) if (ms !== undefined && ms < (first ?? Infinity)) first = ms;
  return first;
};

/** The first of these that is still to come. */
export const nextMoment = (moments: Iterable<number | undefined>, nowMs: number): number | undefined =>
  earliest([...moments].filter((ms) => ms !== undefined && ms > nowMs));
