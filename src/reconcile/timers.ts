// Waiting, injected: tests move time by hand.

export interface Timers {
  /** Calls back once after so many milliseconds. Returns how to cancel it. */
  after(delayMs: number, callback: () => void): () => void;
}

export const systemTimers: Timers = {
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};
