// The clocks by which a replica measures its own leases.

/**
 * The monotonic clock counts while a process is stopped, but not while its machine sleeps; the wall clock is then ahead once
 * it wakes up. So that one may make a lease of ours seem older, and is asked for nothing else.
 */
export interface LeaseClock {
  monotonicMs(): number;
  /** Milliseconds since the epoch. */
  wallMs(): number;
}

export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export const momentOf = (clock: LeaseClock): Moment => ({
  monotonicMs: clock.monotonicMs(),
  wallMs: clock.wallMs(),
});

/** The longest time that can have passed between the two, milliseconds. */
export const betweenMs = (from: Moment, to: Moment): number =>
  Math.max(to.monotonicMs - from.monotonicMs, to.wallMs - from.wallMs);
