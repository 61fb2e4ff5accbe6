// Policies from a Git repository. Each load asks where the ref points to; only a commit that was not seen before is
// downloaded. It counts once all of its files under the path are read: there is no half of a checkout.

import { AppError } from '../../domain/errors.ts';
import type { ControllerConfig, GitOrigin, PolicySet } from '../../domain/policy.ts';
import type { Clock, PolicySource } from '../../domain/ports.ts';
import { present, type Reading, unreadable } from '../../domain/reading.ts';
import { unlessAborted } from '../../domain/unless-aborted.ts';
import { readListed } from '../collect-files.ts';
import { listFolder } from '../list-files.ts';
import { loadPolicies } from '../load-policies.ts';
import { gitCredential } from './git-credential.ts';
import { gitFailure } from './git-failure.ts';
import { type GitLimits, openRemote, type Snapshot } from './git-remote.ts';

export interface GitSourceOptions {
  readonly origin: GitOrigin;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** The config in force; one in the repository does not replace it, and federations are held to its tenant. */
  readonly config?: ControllerConfig | undefined;
  readonly limits?: GitSourceLimits;
}

export interface GitSourceLimits extends GitLimits {
  /** Of one load, with everything in it. */
  readonly timeMs: number;
}

/** Many times what 10,000 policies take, and little enough for a small task's memory. */
export const gitLimits: GitSourceLimits = {
  timeMs: 60_000,
  downloadBytes: 32 * 1_048_576,
  pack: { objects: 50_000, objectBytes: 16 * 1_048_576, unpackedBytes: 128 * 1_048_576 },
};

/** What became of a commit. */
interface Known {
  readonly id: string;
  readonly reading: Reading<PolicySet>;
  /** When it is downloaded again all the same, milliseconds since the epoch. */
  readonly againAtMs: number;
}

/** What is wrong with the commit itself, so that it would fail in the same way again. */
const finalCodes: ReadonlySet<string | undefined> = new Set(['tooLarge', 'noDate', 'noPolicies']);

/** It may have been the server after all; and somebody may wait for it. */
const againAfterMs = 10 * 60_000;

const isFinal = (reading: Reading<PolicySet>): boolean =>
  reading.state === 'present' || (reading.state === 'unreadable' && finalCodes.has(reading.problem.code));

const refusedCodes: ReadonlySet<string | undefined> = new Set(['401', '203']);

export const gitSource = (options: GitSourceOptions): PolicySource => {
  const { origin, env, clock, config, limits = gitLimits } = options;
  const credential = gitCredential(origin, env, clock);
  let known: Known | undefined;

  const read = async (snapshot: Snapshot): Promise<PolicySet> => {
    const listing = await listFolder(origin.path, snapshot.files);
    const { files, problems } = await readListed(listing, snapshot.files);
    const broken = snapshot.problem();
    if (broken !== undefined) throw broken;
    if (files.length > 0)
      return loadPolicies(files, { extraProblems: problems, config, commit: snapshot.commit });
    const [first] = problems;
    const what =
      first === undefined
        ? `${origin.path} is a file; give the folder that holds it`
        : `${first.file}: ${first.message}`;
    const commit = snapshot.commit.id.slice(0, 12);
    throw gitFailure(origin, 'invalid', `commit ${commit} has none: ${what}`, { code: 'noPolicies' });
  };

  const attempt = async (signal: AbortSignal): Promise<Reading<PolicySet>> => {
    const authorization = await credential.authorization(signal);
    const remote = openRemote({ origin, limits, authorization, signal });
    const id = await remote.ask();
    if (known?.id === id && clock.now() < known.againAtMs) return known.reading;
    const reading = await remote
      .download(id)
      .then((snapshot) => unlessAborted(read(snapshot), signal))
      .then(present, (error: unknown) => {
        signal.throwIfAborted();
        if (error instanceof AppError) return unreadable(error);
        throw error;
      });
    if (isFinal(reading)) {
      known = {
        id,
        reading,
        againAtMs: reading.state === 'present' ? Number.POSITIVE_INFINITY : clock.now() + againAfterMs,
      };
    }
    return reading;
  };

  const load: PolicySource['load'] = async (signal) => {
    signal.throwIfAborted();
    const late = AbortSignal.timeout(limits.timeMs);
    const done = new AbortController();
    try {
      return await attempt(AbortSignal.any([signal, late, done.signal]));
    } catch (error) {
      signal.throwIfAborted();
      if (late.aborted) return unreadable(tooLate(origin, limits.timeMs));
      if (!(error instanceof AppError)) throw error;
      if (refusedCodes.has(error.code)) credential.forget();
      return unreadable(error);
    } finally {
      // Whatever the library left open is closed.
      done.abort();
    }
  };

  // A repository tells nobody that it changed: the controller loads at its interval.
  return { load, watch: () => () => undefined };
};

const tooLate = (origin: GitOrigin, timeMs: number): AppError =>
  gitFailure(
    origin,
    'transient',
    `it took longer than ${Math.round(timeMs / 1_000)} s; it is tried again, check the server and the way there`,
    { code: 'timeout' },
  );
