// A clock that is set: what happened before would seem to have happened at another time than it did. Set back, it would lie
// ahead of the present, and be just now once more; set forward, it would be long ago, and IAM's lag would seem to be over. So
// moments that are remembered go along with the clock, and nothing grows younger or older than it is.

/** Milliseconds that have passed since some moment, by a clock that nobody sets. */
export type ElapsedMs = () => number;

/** Clocks that run side by side differ by less. */
const toleranceMs = 1_000;

/**
 * Tells by how much the clock was set since it was last looked at, milliseconds: above 0 back, below 0 forward; 0: it was not.
 * Without a clock that nobody sets, only that it was set back.
 */
export const watchForJumps = (elapsedMs?: ElapsedMs): ((nowMs: number) => number) => {
  let last: { readonly nowMs: number; readonly elapsedMs: number } | undefined;
  /** The newest look, also one that showed nothing. */
  let lastNowMs = Number.NEGATIVE_INFINITY;
  return (nowMs) => {
    const now = { nowMs, elapsedMs: elapsedMs?.() ?? nowMs };
    const backMs = Math.max(0, lastNowMs - nowMs);
    lastNowMs = nowMs;
    const byMs = last === undefined ? 0 : now.elapsedMs - last.elapsedMs - (nowMs - last.nowMs);
    const isSet = backMs > 0 || Math.abs(byMs) > toleranceMs;
    if (last === undefined || isSet) last = now;
    if (!isSet) return 0;
    return elapsedMs === undefined ? backMs : Math.round(byMs);
  };
};
