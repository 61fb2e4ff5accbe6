// Waiting for a cloud that is eventually consistent: try again until it has heard, or for long enough to call it an answer.

export interface Patience {
  readonly now: () => number;
  /** Rejects when the run is interrupted. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** How long IAM may take to spread the word. "A few minutes" [aws.md §3.3] */
export const longMs = 300_000;
/** How long an answer must stay the same, once the control case has been let through, to count as one. */
export const steadyMs = 60_000;

const pauseMs = 2_000;

export interface Waited<T> {
  readonly last: T;
  readonly isDone: boolean;
  readonly tookMs: number;
}

/** Asks again until the answer is right, at most for `limitMs`; what `ask` throws ends it. */
export const until = async <T>(
  { now, sleep }: Patience,
  ask: () => Promise<T>,
  isRight: (answer: T) => boolean,
  { limitMs = longMs, everyMs = pauseMs }: { readonly limitMs?: number; readonly everyMs?: number } = {},
): Promise<Waited<T>> => {
  const beganMs = now();
  for (;;) {
    const last = await ask();
    const tookMs = now() - beganMs;
    const isDone = isRight(last);
    if (isDone || tookMs >= limitMs) return { last, isDone, tookMs };
    await sleep(everyMs);
  }
};

export const secondsOf = (ms: number): string => `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
