// Time of a schedule: it stands still until everything that can happen has happened, and then goes to the next moment at
// which somebody's wait ends. What is waited for is in this process, so the same schedule happens the same way each time.

export interface Timeline {
  /** Milliseconds since the epoch; never goes back. */
  now(): number;
  /** Resolves after so many milliseconds; rejects when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  /** Calls back once, unless the signal aborts before. Returns how to cancel it. */
  after(ms: number, callback: () => void, signal: AbortSignal): () => void;
  /** Says that something happened, so that whoever settles looks on. */
  note(): void;
  /** Time does not go on while this has not ended, unless it waits for time to go on. */
  working<T>(work: Promise<T>): Promise<T>;
  /** Resolves when all is still and it is this one's turn: one at a time, the lanes by the dice, in a lane by who came first. */
  turn(lane: string): Promise<void>;
  /** Something will surely happen soon, after a moment that nobody can inject. */
  expect(): void;
  /** It happened. */
  expected(): void;
  /** Lets everything happen that needs no time. */
  settle(): Promise<void>;
  /** Lets time pass, and everything happen that is due. */
  pass(ms: number): Promise<void>;
}

interface Wait {
  readonly dueMs: number;
  readonly order: number;
  readonly end: () => void;
}

interface InLine {
  readonly lane: string;
  readonly go: () => void;
}

/** So many turns of the event loop without anything happening are stillness: the longest chain of promises needs fewer. */
const quietTurns = 6;
/** Real time after which work that neither ends nor waits is a defect of the harness. */
const stuckMs = 20_000;
/** So many of the shortest timers after it was due, what was expected will not come any more: its caller has given up. */
const patientTurns = 10;

/** Modules that are loaded when they are first needed come from the disk, whose time nobody can inject. */
const isReadingFiles = (): boolean =>
  process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'));

const loopTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** Timers end in their order, however busy the machine is. */
const shortestTimer = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

export const createTimeline = (startMs: number, random: () => number): Timeline => {
  let nowMs = startMs;
  let happenings = 0;
  let working = 0;
  let expecting = 0;
  let order = 0;
  const waits = new Set<Wait>();
  const line: InLine[] = [];

  /** The dice say which lane goes on, since it is the machine that decides which of two lanes under way comes first. */
  const letOneGo = (): void => {
    const lanes = [...new Set(line.map(({ lane }) => lane))].toSorted();
    const lane = lanes[Math.floor(random() * lanes.length)];
    const [first] = line.splice(
      line.findIndex((one) => one.lane === lane),
      1,
    );
    happenings += 1;
    first?.go();
  };

  const add = (ms: number, end: () => void): Wait => {
    const wait = { dueMs: nowMs + Math.max(0, ms), order: (order += 1), end };
    waits.add(wait);
    happenings += 1;
    return wait;
  };

  const next = (untilMs: number): Wait | undefined => {
    let first: Wait | undefined;
    for (const wait of waits) {
      if (wait.dueMs > untilMs) continue;
      if (
        first === undefined ||
        wait.dueMs < first.dueMs ||
        (wait.dueMs === first.dueMs && wait.order < first.order)
      )
        first = wait;
    }
    return first;
  };

  /** What was expected comes first, or it will not come. */
  const untilExpected = async (): Promise<void> => {
    const seen = happenings;
    for (let turns = 0; turns < patientTurns; turns += 1) {
      await shortestTimer();
      if (seen !== happenings) return;
    }
    expecting = 0;
  };

  const settle = async (): Promise<void> => {
    let lastMs = performance.now();
    for (let quiet = 0; quiet < quietTurns; ) {
      const seen = happenings;
      await loopTurn();
      if (seen === happenings && expecting > 0) await untilExpected();
      const isStuck = working > 0 && waits.size === 0 && line.length === 0;
      if (seen !== happenings) lastMs = performance.now();
      else if (isStuck && performance.now() - lastMs > stuckMs)
        throw new Error(`${working} calls neither end nor wait for time to go on`);
      quiet = seen !== happenings || isStuck || isReadingFiles() ? 0 : quiet + 1;
      if (quiet === quietTurns && line.length > 0) {
        letOneGo();
        quiet = 0;
      }
    }
  };

  return {
    now: () => nowMs,
    wait: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason as Error);
          return;
        }
        const wait = add(ms, () => {
          signal.removeEventListener('abort', abort);
          resolve();
        });
        const abort = (): void => {
          waits.delete(wait);
          happenings += 1;
          reject(signal.reason as Error);
        };
        signal.addEventListener('abort', abort, { once: true });
      }),
    after: (ms, callback, signal) => {
      const wait = add(ms, () => {
        if (!signal.aborted) callback();
      });
      return () => waits.delete(wait);
    },
    note: () => {
      happenings += 1;
    },
    working: async (work) => {
      working += 1;
      happenings += 1;
      try {
        return await work;
      } finally {
        working -= 1;
        happenings += 1;
      }
    },
    turn: (lane) =>
      new Promise((go) => {
        line.push({ lane, go });
        happenings += 1;
      }),
    expect: () => {
      expecting += 1;
    },
    expected: () => {
      expecting = Math.max(0, expecting - 1);
    },
    settle,
    pass: async (ms) => {
      const untilMs = nowMs + ms;
      await settle();
      for (let wait = next(untilMs); wait !== undefined; wait = next(untilMs)) {
        waits.delete(wait);
        nowMs = Math.max(nowMs, wait.dueMs);
        happenings += 1;
        wait.end();
        await settle();
      }
      nowMs = untilMs;
    },
  };
};
