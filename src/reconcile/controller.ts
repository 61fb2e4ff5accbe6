// The long-running controller: policies and Entra are watched, every account has its loops, and all that happens is
// published as events. Level-triggered: a missed trigger costs time, never correctness.

import { schedule } from 'node-cron';
import type { Account, ControllerConfig, PolicySet } from '../domain/policy.ts';
import { groupKey } from '../domain/directory.ts';
import { AppError } from '../domain/errors.ts';
import type { ExplainQuestion, Explanation } from '../domain/explanation.ts';
import type { HoldReason } from '../domain/plan.ts';
import { shardOf } from '../domain/lease.ts';
import type { Clock, DirectoryPort, OpenAccount, PolicySource, Tenure, Term } from '../domain/ports.ts';
import { groupsOf } from '../domain/policy.ts';
import type { Reading } from '../domain/reading.ts';
import type { AccountMemory } from './account-memory.ts';
import type { ElapsedMs } from './clock-jumps.ts';
import { createDirectoryBook, wasRead } from './directory-book.ts';
import { accountNamed, answer } from './explain.ts';
import { createPolicyBook } from './policy-book.ts';
import { type LastSweeps, type RunningAccount, startAccount } from './running-account.ts';
import { soleTenure } from './sole-tenure.ts';
import type { Publish, PollReport, PoliciesReport, SweepReport, SweepTrigger } from './sweep-report.ts';
import { type Timers, systemTimers } from './timers.ts';
import { createWards } from './wards.ts';

export interface ControllerOptions {
  readonly config: ControllerConfig;
  readonly source: PolicySource;
  readonly directory: DirectoryPort;
  readonly openAccount: OpenAccount;
  readonly clock: Clock;
  /** Absent: of a clock that is set, only that it was set back is noticed. */
  readonly elapsedMs?: ElapsedMs;
  readonly publish: Publish;
  /** A defect of ours: logged, never fatal. */
  readonly onDefect: (error: Error) => void;
  /** Which of the accounts are this replica's; absent: all of them, for good. */
  readonly tenure?: Tenure;
  readonly timers?: Timers;
  readonly random?: () => number;
}

/** What the newest sweeps of accounts that this controller looks after found. */
export interface Found {
  readonly policies: PoliciesReport;
  readonly poll: PollReport;
  readonly sweeps: readonly LastSweeps[];
  /** Accounts whose first sweep has not ended, by name. */
  readonly notSwept: readonly string[];
  /** How many accounts the policies have; other replicas look after the rest. */
  readonly accountsInAll: number;
}

export interface Controller {
  /** The longest time that any sweep under way has run, milliseconds; 0 while all are idle. */
  longestSweepMs(): number;
  /** Why somebody can or cannot enter, by the newest snapshot of Entra and a look at the roles as they are now. */
  explain(question: ExplainQuestion): Promise<readonly Explanation[]>;
  /**
   * Of these accounts, or of all that are in its care.
   * @throws AppError `invalid` for a name that no account has, `transient` where it is too early, or another replica's.
   */
  found(accounts?: readonly string[]): Found;
  /** No new work begins; writes in flight are finished, and cut off after `graceMs`. */
  stop(graceMs?: number): Promise<void>;
}

/** Holds that the next poll of Entra may resolve. */
const waitsForPoll: ReadonlySet<HoldReason> = new Set<HoldReason>([
  'groupEmptied',
  'stillMember',
  'awaitingSecondRead',
  'unreadable',
  'groupVanished',
  'standingUnknown',
  'noAssignment',
]);

const awaitsPoll = (report: SweepReport | undefined): boolean =>
  report === undefined ||
  report.plan.roles.some((role) => role.held.some(({ hold }) => waitsForPoll.has(hold.reason)));

/** ±10 %, so that many controllers do not ask at the same moment. */
const jittered = (ms: number, random: number): number => Math.round(ms * (0.9 + random / 5));

const silentCronLogger = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  debug: () => undefined,
};

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

export const startController = (options: ControllerOptions): Controller => {
  const { config, clock, publish, onDefect } = options;
  const tenure = options.tenure ?? soleTenure();
  const timers = options.timers ?? systemTimers;
  const random = options.random ?? Math.random;
  const policyBook = createPolicyBook(options.source, clock, options.elapsedMs);
  const directory = createDirectoryBook(options.directory, clock);
  const stopping = new AbortController();
  const cutOff = new AbortController();
  let cancelPoll = (): void => undefined;
  let cancelLoad = (): void => undefined;
  let newestLoad: PoliciesReport | undefined;
  let newestPoll: PollReport | undefined;
  /**
   * New policies are taken over between polls, so that a sweep never mixes them with members nobody has read for them. They
   * are read beside polls: a source that hangs must not delay who has to leave.
   */
  let work: Promise<void> = Promise.resolve();
  let loads: Promise<void> = Promise.resolve();

  const noteDefect = (error: unknown): void => {
    if (!stopping.signal.aborted) onDefect(error instanceof Error ? error : new Error(String(error)));
  };

  /** Resolves when the task has ended, well or not. */
  const queue = (task: () => Promise<void>): Promise<void> => {
    work = work.then(task).catch(noteDefect);
    return work;
  };

  const start = (account: Account, term: Term, memory: AccountMemory): RunningAccount =>
    startAccount({
      account,
      memory,
      aws: options.openAccount(account, () => {
        if (!term.mayWrite()) throw term.stopping.reason;
      }),
      config,
      directory,
      policyBook,
      clock,
      timers,
      random,
      onReport: (report) => {
        publish({ kind: 'sweep', report });
      },
      onDefect,
      signal: AbortSignal.any([cutOff.signal, term.over]),
      stopping: AbortSignal.any([stopping.signal, term.stopping]),
    });

  const wards = createWards({
    tenure,
    policyBook,
    start,
    publish,
    stopping: stopping.signal,
    elapsedMs: options.elapsedMs,
  });

  const concerns = (running: RunningAccount, changed: ReadonlySet<string>): boolean =>
    changed.size > 0 &&
    (policyBook.current()?.policies ?? []).some(
      (policy) =>
        policy.accounts.includes(running.account.meta.name) &&
        (groupsOf(policy).some((group) => changed.has(groupKey(group)) || changed.has(group.id)) ||
          policy.servicePrincipals.some(({ id }) => changed.has(id))),
    );

  /** Reads Entra, and wakes the accounts that it concerns; with `everyone`, all of them, and those that have just begun. */
  const poll = async (everyone?: SweepTrigger, begun: readonly RunningAccount[] = []): Promise<void> => {
    cancelPoll();
    const policies = wards.policiesToRead();
    if (policies !== undefined) {
      const { changedGroups, report } = await directory.poll(policies, stopping.signal);
      newestPoll = report;
      publish({ kind: 'poll', report });
      for (const running of wards.list()) {
        const isConcerned = concerns(running, changedGroups) || awaitsPoll(running.lastAccessReport());
        if (everyone !== undefined) running.trigger(everyone);
        else if (begun.includes(running)) running.trigger('start');
        else if (isConcerned) running.triggerAccess('membership');
      }
    } else directory.forget();
    if (stopping.signal.aborted) return;
    cancelPoll = timers.after(jittered(config.entra.pollIntervalMs, random()), () => {
      void queue(() => poll());
    });
  };

  const takeOver = async (reading: Reading<PolicySet>): Promise<void> => {
    const { changed, report } = policyBook.take(reading);
    newestLoad = report;
    publish({ kind: 'policies', report });
    if (!changed) return;
    await wards.align();
    await poll('policies');
  };

  const load = async (): Promise<void> => {
    cancelLoad();
    const reading = await policyBook.read(stopping.signal);
    await queue(() => takeOver(reading));
    if (!stopping.signal.aborted) cancelLoad = timers.after(config.policyIntervalMs, queueLoad);
  };

  const queueLoad = (): void => {
    loads = loads.then(load).catch(noteDefect);
  };

  /** The accounts of a shard that has become ours are swept at once; once it is not any more, nothing of them goes on. */
  const serve = async (term: Term): Promise<void> => {
    wards.hold(term);
    void queue(async () => {
      if (policyBook.current() === undefined) return;
      const begun = await wards.align();
      if (begun.length > 0) await poll(undefined, begun);
    });
    await untilAborted(term.stopping);
    await wards.letGo(term);
  };

  tenure.begin(serve, wards.weigh);
  queueLoad();
  const unwatch = options.source.watch(queueLoad);
  const cron = schedule(
    config.sweepSchedule,
    () => {
      for (const running of wards.list()) running.trigger('schedule');
    },
    { timezone: config.sweepTimeZone, noOverlap: true, logger: silentCronLogger },
  );

  const notOurs = ({ meta, accountId }: Account): AppError => {
    const holder = tenure.holderOf(shardOf(accountId, tenure.shards));
    return new AppError(
      'transient',
      holder === undefined
        ? `the controller is about to start on account ${meta.name}; ask again in some seconds`
        : `account ${meta.name} is in the care of replica ${holder}: ask that one, or leave out --url to look yourself`,
    );
  };

  /** @throws AppError `transient` while there is nothing to tell. */
  const policiesToTellOf = (): PolicySet => {
    const policies = policyBook.current();
    const [holder] = [...Array(tenure.shards).keys()].flatMap((shard) => tenure.holderOf(shard) ?? []);
    if (policies !== undefined && wards.policiesToRead() === undefined && holder !== undefined)
      throw new AppError(
        'transient',
        `this replica looks after no account now: ask ${holder}, or leave out --url to look yourself`,
      );
    if (policies === undefined || !wasRead(directory.current()))
      throw new AppError(
        'transient',
        'the controller has not read policies and Entra yet; ask again in some seconds, and if this lasts, look at its log',
      );
    return policies;
  };

  const explain = async (question: ExplainQuestion): Promise<readonly Explanation[]> => {
    const policies = policiesToTellOf();
    return answer(question, {
      policies,
      directory,
      clock,
      stopping: stopping.signal,
      look: (account) => {
        const running = wards.find(account.meta.name);
        if (running === undefined) throw notOurs(account);
        return Promise.resolve(running.look());
      },
    });
  };

  const inCare = (names: readonly string[], { accounts }: PolicySet): readonly RunningAccount[] =>
    names.map((name) => {
      const account = accountNamed(name, accounts);
      const running = wards.find(name);
      if (running === undefined) throw notOurs(account);
      return running;
    });

  /**
   * The sweeps are kept for the status as well, so this costs nothing; planning anew for whoever asks would read every
   * account once more.
   */
  const found = (names?: readonly string[]): Found => {
    const policies = policiesToTellOf();
    const running = names === undefined ? wards.list() : inCare([...new Set(names)], policies);
    if (newestLoad === undefined || newestPoll === undefined)
      throw new Error('there are policies and a snapshot of Entra, and nobody has read them');
    return {
      policies: newestLoad,
      poll: newestPoll,
      sweeps: running.flatMap((one) => one.lastSweeps() ?? []),
      notSwept: running
        .filter((one) => one.lastSweeps() === undefined)
        .map(({ account }) => account.meta.name),
      accountsInAll: policies.accounts.length,
    };
  };

  return {
    explain,
    found,
    longestSweepMs: () => Math.max(0, ...wards.list().map((running) => running.longestSweepMs())),
    stop: async (graceMs = 8_000) => {
      stopping.abort(new Error('the controller is stopping'));
      unwatch();
      cancelPoll();
      cancelLoad();
      const cancelCutOff = timers.after(graceMs, () => {
        cutOff.abort(new Error('the controller had to stop'));
      });
      const handedOver = tenure.stop();
      await cron.destroy();
      await loads;
      await work;
      await wards.stop();
      await handedOver;
      cancelCutOff();
    },
  };
};
