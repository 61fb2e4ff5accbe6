// The policies in force: the last good load, how long policies have been gone, and what is wrong with the newest.

import { toAppError } from '../domain/errors.ts';
import { type PolicySet, lockoutsInForce } from '../domain/policy.ts';
import type { Clock, PolicySource } from '../domain/ports.ts';
import { type Reading, unreadable } from '../domain/reading.ts';
import type { PolicyAbsence } from '../plan/plan-input.ts';
import { type ElapsedMs, watchForJumps } from './clock-jumps.ts';
import type { PoliciesReport } from './sweep-report.ts';

export interface PolicyBook {
  /** The last good set; undefined before the first. */
  current(): PolicySet | undefined;
  /** Whether a load ever showed all there is: before, a Lockout may stand in a file that cannot be read. */
  knowsLockouts(): boolean;
  /** When the newest load succeeded, milliseconds since the epoch. */
  loadedAtMs(): number | undefined;
  /** For policies of an account that the last good loads do not have (any more). */
  absence(account: string, policy: string): PolicyAbsence | undefined;
  /** Asks the source, and changes nothing yet. Rejects only when `signal` aborts. */
  read(signal: AbortSignal): Promise<Reading<PolicySet>>;
  /** Puts what was read in force, if it can be. */
  take(reading: Reading<PolicySet>): Loaded;
  /** Both, one after the other. */
  load(signal: AbortSignal): Promise<Loaded>;
}

export interface Loaded {
  /** Whether the policies in force changed. */
  readonly changed: boolean;
  readonly report: PoliciesReport;
}

const keysOf = (set: PolicySet): readonly string[] =>
  set.policies.flatMap((policy) => policy.accounts.map((account) => `${account}/${policy.meta.name}`));

/** A Lockout that vanished while some file is invalid may stand in that file, and goes on. */
const withLockoutsBefore = (set: PolicySet, before: PolicySet | undefined): PolicySet => {
  if (set.complete || before === undefined) return set;
  const names = new Set(set.lockouts.map(({ meta }) => meta.name));
  const kept = before.lockouts.filter(({ meta }) => !names.has(meta.name));
  return kept.length === 0 ? set : { ...set, lockouts: [...set.lockouts, ...kept] };
};

/**
 * Whether the commit does not follow upon the one before, as far as its parents tell: after a force-push. So may several
 * commits that are pushed at once, which then only delays a deletion.
 */
const isAnotherHistory = ({ commit }: PolicySet, before: PolicySet | undefined): boolean =>
  commit !== undefined &&
  before?.commit !== undefined &&
  commit.id !== before.commit.id &&
  !commit.parents.includes(before.commit.id);

const describeSet = (set: PolicySet, atMs: number): PoliciesReport => ({
  atMs,
  revision: set.revision,
  commit: set.commit,
  isComplete: set.complete,
  policies: set.policies.length,
  bindings: set.bindings.length,
  lockouts: lockoutsInForce(set, atMs),
  accounts: set.accounts.length,
  errors: set.problems.filter((problem) => problem.severity === 'error').length,
  warnings: set.problems.filter((problem) => problem.severity === 'warning').length,
  messages: set.problems.map(
    ({ file, line, column, path, message }) =>
      `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`,
  ),
});

/** Without `elapsedMs` only a clock that is set back is noticed. */
export const createPolicyBook = (source: PolicySource, clock: Clock, elapsedMs?: ElapsedMs): PolicyBook => {
  let current: PolicySet | undefined;
  let loadedAtMs: number | undefined;
  const seen = new Set<string>();
  const absent = new Map<string, PolicyAbsence>();
  let sinceStart: PolicyAbsence | undefined;
  let wasComplete = false;
  const jumpedBy = watchForJumps(elapsedMs);

  const goWithClock = (): void => {
    const byMs = jumpedBy(clock.now());
    if (byMs === 0) return;
    const earlier = (one: PolicyAbsence): PolicyAbsence => ({ ...one, sinceMs: one.sinceMs - byMs });
    for (const [key, one] of absent) absent.set(key, earlier(one));
    sinceStart = sinceStart && earlier(sinceStart);
  };

  /** @param isAgain it is the very set that the load before gave */
  const noteGoodLoad = (set: PolicySet, atMs: number, isAgain: boolean): void => {
    const again = (before: PolicyAbsence | undefined): PolicyAbsence =>
      before === undefined ? { sinceMs: atMs, goodLoads: 1 } : { ...before, goodLoads: before.goodLoads + 1 };
    sinceStart = again(sinceStart);
    wasComplete = true;
    if (isAgain && absent.size === 0) return;
    const present = new Set(keysOf(set));
    for (const key of seen) if (!present.has(key)) absent.set(key, again(absent.get(key)));
    for (const key of present) {
      seen.add(key);
      absent.delete(key);
    }
  };

  /** What is gone is gone anew, as of now: in another history it may be missing for another reason. */
  const startCountsAnew = (): void => {
    sinceStart = undefined;
    for (const key of absent.keys()) absent.delete(key);
  };

  const accept = (loaded: PolicySet): Loaded => {
    const atMs = clock.now();
    if (isAnotherHistory(loaded, current)) startCountsAnew();
    const set = withLockoutsBefore(loaded, current);
    const changed = current?.revision !== set.revision || current.complete !== set.complete;
    const isAgain = set === current;
    current = set;
    loadedAtMs = atMs;
    // Policies in broken files are not known to be gone, so only complete loads count.
    if (set.complete) noteGoodLoad(set, atMs, isAgain);
    return { changed, report: describeSet(set, atMs) };
  };

  const read: PolicyBook['read'] = async (signal) =>
    source.load(signal).catch((error: unknown) => {
      signal.throwIfAborted();
      return unreadable(toAppError(error, 'the policies could not be loaded'));
    });

  const take: PolicyBook['take'] = (reading) => {
    goWithClock();
    if (reading.state === 'present') return accept(reading.value);
    const message = reading.state === 'absent' ? 'the policies are not there' : reading.problem.message;
    const report: PoliciesReport = {
      atMs: clock.now(),
      revision: undefined,
      commit: undefined,
      isComplete: false,
      policies: current?.policies.length ?? 0,
      bindings: current?.bindings.length ?? 0,
      lockouts: current === undefined ? [] : lockoutsInForce(current, clock.now()),
      accounts: current?.accounts.length ?? 0,
      errors: 1,
      warnings: 0,
      messages: [message],
    };
    return { changed: false, report };
  };

  return {
    current: () => current,
    knowsLockouts: () => wasComplete,
    loadedAtMs: () => loadedAtMs,
    absence: (account, policy) => {
      const key = `${account}/${policy}`;
      return seen.has(key) ? absent.get(key) : sinceStart;
    },
    read,
    take,
    load: async (signal) => take(await read(signal)),
  };
};
