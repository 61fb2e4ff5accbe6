// Policies from a folder: a Git checkout, a Kubernetes config map, or someone's laptop.

import { createHash } from 'node:crypto';
import { AppError } from '../domain/errors.ts';
import type { ControllerConfig, PolicySet, Problem } from '../domain/policy.ts';
import type { Clock, PolicySource } from '../domain/ports.ts';
import { present, type Reading, unreadable } from '../domain/reading.ts';
import type { Collection } from './collect-files.ts';
import { listFolder } from './list-files.ts';
import { loadPolicies } from './load-policies.ts';
import { diskOf, readStable, type StableRead } from './read-stable.ts';
import { watchFolders } from './watch-folders.ts';

export interface DirectorySourceOptions {
  readonly path: string;
  /** How often the content is compared, besides being watched: some file systems tell nobody about changes. */
  readonly pollIntervalMs: number;
  readonly clock: Clock;
  /** The config in force; federations are held to its tenant. */
  readonly config?: ControllerConfig | undefined;
}

/** A set with broken files in it is `present` and not complete; without any files, or while they change, `unreadable`. */
export const directorySource = (options: DirectorySourceOptions): PolicySource => {
  const { path, config, pollIntervalMs, clock } = options;
  const disk = diskOf(() => listFolder(path));
  /** What the last `load` saw. The watch calls back until that is what the folder holds, so that no change is lost. */
  let loaded: string | undefined;
  /** What was made of it: the same files give the same set, and reading thousands of policies takes long. */
  let made: Reading<PolicySet> | undefined;

  const load: PolicySource['load'] = async (signal) => {
    const read = await readStable(disk, signal);
    signal.throwIfAborted();
    const now = fingerprintOf(read);
    if (made === undefined || now !== loaded || read === undefined) made = toReading(path, read, config);
    loaded = now;
    return made;
  };

  const watch: PolicySource['watch'] = (onChange) => {
    let last: string | undefined;
    const look = async () => {
      const read = await readStable(disk);
      const now = fingerprintOf(read);
      const before = loaded ?? last ?? now;
      last = now;
      return { changed: now !== before, folders: read?.folders ?? [] };
    };
    return watchFolders({ root: path, pollIntervalMs, clock, look, onChange });
  };

  return { load, watch };
};

const toReading = (
  path: string,
  read: StableRead | undefined,
  config: ControllerConfig | undefined,
): Reading<PolicySet> => {
  if (read === undefined) {
    const message = `the policy folder ${path} changed again and again while it was read; it is tried again, check what keeps writing there`;
    return unreadable(new AppError('transient', message, { resource: path, code: 'changing' }));
  }
  if (read.files.length === 0) return unreadable(whyNothing(path, read));
  return present(loadPolicies(read.files, { extraProblems: read.problems, config }));
};

/** Nothing could be read: that is never the same as no policies. */
const whyNothing = (path: string, { problems }: Collection): AppError => {
  const [first] = problems;
  if (first === undefined) {
    const message = `the policy folder ${path} is a file; give the folder that holds it`;
    return new AppError('invalid', message, { resource: path, code: 'notADirectory' });
  }
  const kind = first.rule === 'unreadableFile' ? 'denied' : 'invalid';
  const message = `no policies can be read from ${path}: ${describe(first, path)}`;
  return new AppError(kind, message, { resource: path, code: first.rule });
};

const describe = ({ file, message }: Problem, path: string): string =>
  file === path ? message : `${file}: ${message}`;

const fingerprintOf = (read: StableRead | undefined): string => {
  if (read === undefined) return 'changing';
  const hash = createHash('sha256').update(JSON.stringify(read.problems));
  for (const { path, content } of read.files) {
    hash.update(`${path}\n${content.byteLength}\n`).update(content);
  }
  return hash.digest('hex');
};
