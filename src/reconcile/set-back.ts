// A clock that is set back: moments that were noted before would lie ahead of the present, and what happened then would seem
// to have happened just now until that time comes once more. So they go back with the clock, and nothing grows younger.

/** Tells by how much the clock was set back since it was last looked at, milliseconds; 0: it was not. */
export const watchForSetBack = (): ((nowMs: number) => number) => {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (nowMs) => {
    const byMs = Math.max(0, lastMs - nowMs);
    lastMs = nowMs;
    return byMs;
  };
};
