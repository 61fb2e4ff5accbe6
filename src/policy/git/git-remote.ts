// One repository, asked where a ref points to, and downloaded as one commit without its history. The protocol and the
// objects are isomorphic-git's; what may go over the wire, and into memory, is ours.

import type { PromiseFsClient } from 'isomorphic-git';
import { AppError } from '../../domain/errors.ts';
import type { Commit, GitOrigin } from '../../domain/policy.ts';
import { unlessAborted } from '../../domain/unless-aborted.ts';
import type { FileTree } from '../file-tree.ts';
import { checkPack, type PackLimits } from './check-pack.ts';
import { commitTree } from './commit-tree.ts';
import { gitFailure, refWords } from './git-failure.ts';
import { type Exchange, openExchange } from './git-http.ts';
import { memoryFiles } from './git-memory.ts';

export interface GitLimits {
  /** Of all requests of one load together. */
  readonly downloadBytes: number;
  readonly pack: PackLimits;
}

export interface Snapshot {
  readonly commit: Commit;
  readonly files: FileTree;
  /** An object of the commit that could not be read: what was read besides is not all. */
  problem(): AppError | undefined;
}

export interface GitRemote {
  /** The id of the object that the ref points to now: a commit, or a tag. */
  ask(): Promise<string>;
  download(id: string): Promise<Snapshot>;
}

export interface RemoteOptions {
  readonly origin: GitOrigin;
  readonly limits: GitLimits;
  /** The value of the header; undefined: none is sent. */
  readonly authorization: string | undefined;
  readonly signal: AbortSignal;
}

/** Whoever reads policies from a folder does without its megabytes. */
const loadLibrary = () => import('isomorphic-git');
type Library = Awaited<ReturnType<typeof loadLibrary>>;

const gitdir = '/repository';
/** The library keeps what it fetched under a ref, and wants to be told under which. */
const config = '[remote "origin"]\n\tfetch = +refs/*:refs/fetched/*\n';

const own =
  '; keep policies in a repository of their own, or check it out beside the controller and use spec.policies.directory';

/** What the library says, by the codes of its errors. Its words stay out: they may repeat what the server said. */
const libraryFailure = (origin: GitOrigin, error: unknown): AppError => {
  if (error instanceof AppError) return error;
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
  const fail = (kind: 'transient' | 'invalid', what: string): AppError =>
    gitFailure(origin, kind, what, { code, cause: error });
  if (code === 'SmartHttpError' || code === 'EmptyServerResponseError')
    return fail('invalid', 'the answer is not that of a Git server; check spec.policies.git.url');
  if (code === 'RemoteCapabilityError')
    return fail('invalid', `the server gives no commit without its whole history (shallow)${own}`);
  return fail(
    'transient',
    `the server broke off, or its answer cannot be understood (${code}); it is tried again`,
  );
};

const attempt = async <T>(
  { origin, signal }: RemoteOptions,
  exchange: Exchange,
  work: () => Promise<T>,
): Promise<T> => {
  const result = await unlessAborted(work(), signal).catch((error: unknown) => {
    signal.throwIfAborted();
    throw exchange.problem() ?? libraryFailure(origin, error);
  });
  signal.throwIfAborted();
  const problem = exchange.problem();
  if (problem !== undefined) throw problem;
  return result;
};

/** Seconds that no calendar has are a broken commit. */
const committedAtMs = (origin: GitOrigin, timestamp: number): number => {
  const ms = timestamp * 1_000;
  if (Number.isNaN(new Date(ms).getTime()))
    throw gitFailure(origin, 'invalid', 'the commit is dated to no day that there is; commit anew', {
      code: 'noDate',
    });
  return ms;
};

const snapshotOf = async (
  { readBlob, readCommit, readTree }: Library,
  origin: GitOrigin,
  fs: PromiseFsClient,
  id: string,
): Promise<Snapshot> => {
  const place = { fs, gitdir, cache: {} };
  const { oid, commit } = await readCommit({ ...place, oid: id });
  let problem: AppError | undefined;
  const whole = async <T>(read: Promise<T>): Promise<T> =>
    read.catch((error: unknown) => {
      problem ??= libraryFailure(origin, error);
      throw error;
    });
  return {
    commit: {
      id: oid,
      parents: commit.parent,
      committedAtMs: committedAtMs(origin, commit.committer.timestamp),
    },
    files: commitTree(commit.tree, {
      tree: async (tree) => (await whole(readTree({ ...place, oid: tree }))).tree,
      blob: async (blob) => (await whole(readBlob({ ...place, oid: blob }))).blob,
    }),
    problem: () => problem,
  };
};

/** All requests share the time of the signal and the bytes of the limits. */
export const openRemote = (options: RemoteOptions): GitRemote => {
  const { origin, limits, authorization, signal } = options;
  const { url, ref } = origin;
  const exchange = openExchange({ origin, maxBytes: limits.downloadBytes, signal });
  const http = exchange.client;
  // Made anew for each call: the library adds headers of its own to it.
  const headers = (): Record<string, string> => (authorization === undefined ? {} : { authorization });

  const ask = async (): Promise<string> => {
    const { listServerRefs } = await loadLibrary();
    const refs = await attempt(options, exchange, () =>
      listServerRefs({ http, url, headers: headers(), prefix: ref, protocolVersion: 2 }),
    );
    // The library takes a packet that says why there is no answer for a ref.
    if (refs.some(({ oid }) => oid === 'ERR')) {
      const what = 'the server answered that it cannot; it is tried again, look at its log';
      throw gitFailure(origin, 'transient', what, { code: 'serverError' });
    }
    const found = refs.find((one) => one.ref === ref);
    if (found === undefined) {
      const what = `there is no ${refWords(ref)}; correct spec.policies.git.ref, or push it`;
      throw gitFailure(origin, 'invalid', what, { code: 'noRef' });
    }
    if (!/^[0-9a-f]{40}$/.test(found.oid)) {
      const what =
        'the ids of its objects are not SHA-1, which is not understood; use a repository with SHA-1';
      throw gitFailure(origin, 'invalid', what, { code: 'noSha1' });
    }
    return found.oid;
  };

  /** Refuses a pack before the library unpacks it. */
  const beforeWrite = async (path: string, content: Uint8Array): Promise<void> => {
    const fault = path.endsWith('.pack') ? await checkPack(content, limits.pack) : undefined;
    if (fault === undefined) return;
    const isLarge = fault.kind === 'tooLarge';
    const what = isLarge ? `${fault.what}${own}` : `${fault.what}; it is tried again`;
    throw gitFailure(origin, isLarge ? 'invalid' : 'transient', what, { code: fault.kind });
  };

  const download = async (id: string): Promise<Snapshot> => {
    const library = await loadLibrary();
    const fs = memoryFiles({ files: { [`${gitdir}/config`]: config }, beforeWrite });
    return attempt(options, exchange, async () => {
      await library.fetch({
        fs,
        http,
        gitdir,
        url,
        headers: headers(),
        // By its id, so that it is the very commit that was asked about, whatever else has that name by now.
        ref: id,
        remoteRef: id,
        singleBranch: true,
        depth: 1,
        tags: false,
      });
      return snapshotOf(library, origin, fs, id);
    });
  };

  return { ask, download };
};
