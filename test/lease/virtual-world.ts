// Replicas, each with the real keeper of leases, in a world whose time moves from event to event: clocks that run apart,
// messages that are lost, late or doubted, processes that are stopped for a while, killed, or cut off. Only in here is there
// one true time.

import { AppError } from '../../src/domain/errors.ts';
import { type LeasesReport, shardOf } from '../../src/domain/lease.ts';
import type { LeaseStore, Tenure, Term } from '../../src/domain/ports.ts';
import { keepLeases } from '../../src/lease/keep-leases.ts';
import { leaseTimes } from '../../src/lease/times.ts';
import { randomFrom } from '../chaos/dice.ts';
import { type InMemoryLeases, inMemoryLeases } from './in-memory-leases.ts';

export interface ReplicaPlan {
  readonly shards: number;
  /** How fast its clock runs; 1 is true. */
  readonly rate: number;
  readonly startsAtMs: number;
}

/** What befalls one replica, by its index. */
export type Mishap =
  /** SIGSTOP, and SIGCONT after `forMs`. `inRequest`: not before its next write has reached the table. */
  | {
      readonly kind: 'stop';
      readonly replica: number;
      readonly atMs: number;
      readonly forMs: number;
      readonly inRequest: boolean;
    }
  | {
      readonly kind: 'cut';
      readonly replica: number;
      readonly atMs: number;
      readonly forMs: number;
      readonly loses: 'requests' | 'answers';
    }
  | { readonly kind: 'kill'; readonly replica: number; readonly atMs: number }
  | { readonly kind: 'leave'; readonly replica: number; readonly atMs: number }
  | { readonly kind: 'setWallClock'; readonly replica: number; readonly atMs: number; readonly byMs: number };

export interface WorldPlan {
  readonly seed: number;
  readonly durationMs: number;
  readonly replicas: readonly ReplicaPlan[];
  readonly mishaps: readonly Mishap[];
  /** Parts of all messages that are lost, and that are late by up to three leases, while the network is bad. */
  readonly lost: number;
  readonly late: number;
  readonly calmAfterMs: number;
}

export interface VirtualReplica {
  readonly id: string;
  readonly plan: ReplicaPlan;
  readonly state: () => 'waiting' | 'runs' | 'stopped' | 'gone';
  /** Terms that are being served. */
  readonly terms: ReadonlySet<Term>;
  readonly reports: readonly LeasesReport[];
}

export interface VirtualWorld {
  readonly store: InMemoryLeases;
  readonly replicas: readonly VirtualReplica[];
  readonly nowMs: () => number;
  /** What must never be, as sentences. */
  readonly violations: readonly string[];
  /** Terms that ever began. */
  readonly begun: () => number;
  run(untilMs: number): Promise<void>;
}

interface Actor extends VirtualReplica {
  readonly terms: Set<Term>;
  readonly reports: LeasesReport[];
  /** What came to it while it was stopped. */
  readonly backlog: (() => void)[];
  life: ReturnType<VirtualReplica['state']>;
  wallOffsetMs: number;
  cut: 'requests' | 'answers' | undefined;
  /** For how long it is to be stopped once its next write has reached the table. */
  stopNextMs: number | undefined;
  tenure: Tenure | undefined;
}

interface Event {
  readonly atMs: number;
  readonly order: number;
  /** undefined: of the world. */
  readonly actor: Actor | undefined;
  readonly happen: () => void;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Accounts of which some share a shard and some do not, however many shards there are. */
const accountIds = Array.from({ length: 6 }, (_, n) => String(111_100_000_000 + n * 7_919));

const startedAtMs = Date.UTC(2026, 0, 1);

export const virtualWorld = (plan: WorldPlan): VirtualWorld => {
  const random = randomFrom(plan.seed);
  const store = inMemoryLeases();
  const violations: string[] = [];
  const never = new AbortController().signal;
  let events: Event[] = [];
  let nowMs = 0;
  let order = 0;
  let begun = 0;

  const at = (atMs: number, actor: Actor | undefined, happen: () => void): (() => void) => {
    const event = { atMs, order: (order += 1), actor, happen };
    events.push(event);
    return () => {
      events = events.filter((one) => one !== event);
    };
  };

  const isCalm = (): boolean => nowMs >= plan.calmAfterMs;
  const latencyMs = (): number =>
    !isCalm() && random() < plan.late ? random() * 3 * plan.durationMs : 1 + random() * 20;
  const isLost = (): boolean => !isCalm() && random() < plan.lost;

  /** A request to the table, which is carried out when it arrives, whether its sender still waits or not. */
  const ask = <T>(actor: Actor, work: () => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const limitMs = leaseTimes(plan.durationMs).requestTimeoutMs / actor.plan.rate;
      at(nowMs + limitMs, actor, () => reject(new AppError('transient', 'no answer in time')));
      if (isLost() || actor.cut === 'requests') return;
      at(nowMs + latencyMs(), undefined, () => {
        void work().then((answer) => {
          if (!isLost() && actor.cut !== 'answers') at(nowMs + latencyMs(), actor, () => resolve(answer));
        });
      });
    });

  const storeOf = (actor: Actor): LeaseStore => ({
    read: () => ask(actor, () => store.read(never)),
    replace: (seen, next) =>
      ask(actor, () => {
        if (actor.stopNextMs !== undefined) stop(actor, actor.stopNextMs);
        return store.replace(seen, next, never);
      }),
    remove: (seen) => ask(actor, () => store.remove(seen, never)),
  });

  /** Works until the term ends, and finishes what is in flight, or has it cut off. */
  const serve = async (actor: Actor, term: Term): Promise<void> => {
    begun += 1;
    actor.terms.add(term);
    await aborted(term.stopping);
    const finished = new Promise<void>((done) => {
      at(nowMs + random() * plan.durationMs, actor, done);
    });
    await Promise.race([finished, aborted(term.over)]);
    actor.terms.delete(term);
  };

  const start = (actor: Actor): void => {
    const { rate, shards } = actor.plan;
    actor.life = 'runs';
    actor.tenure = keepLeases({
      store: storeOf(actor),
      replica: actor.id,
      shards,
      durationMs: plan.durationMs,
      clock: {
        monotonicMs: () => 1_000 + nowMs * rate,
        wallMs: () => startedAtMs + nowMs * rate + actor.wallOffsetMs,
      },
      after: (delayMs, callback) => at(nowMs + delayMs / rate, actor, callback),
      onReport: (report) => actor.reports.push(report),
      onDefect: (error) => violations.push(`a defect of ${actor.id}: ${error.message}`),
    });
    actor.tenure.begin(
      (term) => serve(actor, term),
      () => undefined,
    );
  };

  const goOn = (actor: Actor): void => {
    if (actor.life !== 'stopped') return;
    actor.life = 'runs';
    // Timers that are due and answers that have come: any of them may be first.
    const waiting = actor.backlog.splice(0).sort(() => random() - 0.5);
    for (const happen of waiting) at(nowMs, actor, happen);
  };

  const stop = (actor: Actor, forMs: number): void => {
    actor.stopNextMs = undefined;
    if (actor.life !== 'runs') return;
    actor.life = 'stopped';
    at(nowMs + forMs, undefined, () => goOn(actor));
  };

  const befall = (mishap: Mishap): void => {
    const actor = actors[mishap.replica];
    if (actor === undefined || actor.life === 'waiting' || actor.life === 'gone') return;
    switch (mishap.kind) {
      case 'stop':
        if (mishap.inRequest) actor.stopNextMs = mishap.forMs;
        else stop(actor, mishap.forMs);
        break;
      case 'cut':
        actor.cut = mishap.loses;
        at(nowMs + mishap.forMs, undefined, () => {
          actor.cut = undefined;
        });
        break;
      case 'kill':
        actor.life = 'gone';
        actor.terms.clear();
        break;
      case 'leave':
        if (actor.life === 'runs')
          void actor.tenure?.stop().then(() => {
            actor.life = 'gone';
          });
        break;
      case 'setWallClock':
        actor.wallOffsetMs += mishap.byMs;
        break;
    }
  };

  const actors = plan.replicas.map((one, index): Actor => {
    const actor: Actor = {
      id: `replica-${index}`,
      plan: one,
      state: () => actor.life,
      terms: new Set(),
      reports: [],
      backlog: [],
      life: 'waiting',
      wallOffsetMs: 0,
      cut: undefined,
      stopNextMs: undefined,
      tenure: undefined,
    };
    at(one.startsAtMs, undefined, () => start(actor));
    return actor;
  });
  for (const mishap of plan.mishaps) at(mishap.atMs, undefined, () => befall(mishap));

  const shards = new Map(
    [...new Set(plan.replicas.map((one) => one.shards))].flatMap((count) =>
      accountIds.map((id) => [`${id}/${count}`, shardOf(id, count)] as const),
    ),
  );
  const meaning = (actor: Actor, accountId: string): readonly Term[] => {
    const own = shards.get(`${accountId}/${actor.plan.shards}`);
    return [...actor.terms].filter(({ shard }) => shard === own);
  };

  /** Asks everybody who can ask at this moment whether a write to an account may begin. */
  const look = (): void => {
    const running = actors.filter(({ life }) => life === 'runs');
    for (const accountId of accountIds) {
      const may = running.filter((actor) => meaning(actor, accountId).some((term) => term.mayWrite()));
      const when = `at ${Math.round(nowMs)} ms, account ${accountId}`;
      if (may.length > 1)
        violations.push(`${when}: a write may begin in ${may.map(({ id }) => id).join(' and ')}`);
      // Whoever has just come to again may not have had a turn yet to cut off what it was about to send when it was stopped.
      const inFlight = running.filter(
        (actor) =>
          !events.some((event) => event.actor === actor && event.atMs <= nowMs) &&
          meaning(actor, accountId).some((term) => !term.over.aborted),
      );
      const [writer] = may;
      if (writer !== undefined && inFlight.some((actor) => actor !== writer))
        violations.push(
          `${when}: a write may begin in ${writer.id} while one is in flight in ${inFlight.map(({ id }) => id).join(', ')}`,
        );
    }
  };

  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  const run = async (untilMs: number): Promise<void> => {
    for (;;) {
      let next: Event | undefined;
      for (const event of events)
        if (
          event.atMs <= untilMs &&
          (next === undefined ||
            event.atMs < next.atMs ||
            (event.atMs === next.atMs && event.order < next.order))
        )
          next = event;
      if (next === undefined) break;
      const event = next;
      events = events.filter((one) => one !== event);
      nowMs = Math.max(nowMs, event.atMs);
      if (event.actor?.life === 'gone') continue;
      if (event.actor?.life === 'stopped') {
        event.actor.backlog.push(event.happen);
        continue;
      }
      event.happen();
      look();
      await settle();
      look();
    }
    nowMs = untilMs;
  };

  return { store, replicas: actors, nowMs: () => nowMs, violations, begun: () => begun, run };
};
