// Notices that files changed: by the operating system's events where there are any, and by looking from time to time.

import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Clock } from '../domain/ports.ts';

export interface Look {
  readonly changed: boolean;
  /** The folders that exist now; each is watched by itself. */
  readonly folders: readonly string[];
}

export interface WatchOptions {
  readonly root: string;
  readonly pollIntervalMs: number;
  readonly clock: Clock;
  /** Compares with what was seen last. Must not throw. */
  readonly look: () => Promise<Look>;
  readonly onChange: () => void;
}

/** A checkout is many events; one look after they calm down is enough, */
const quietMs = 200;
/** but something that writes without end must not hide a change for ever. */
const longestWaitMs = 2_000;

/**
 * Watches each folder by itself, because a recursive watch follows no links, watches every file of `.git` too, and
 * does not survive that its root is removed. Any event only leads to a look; only a look that finds other content leads
 * to `onChange`. Returns how to stop, after which `onChange` is not called again.
 */
export const watchFolders = ({ root, pollIntervalMs, clock, look, onChange }: WatchOptions): (() => void) => {
  const parent: Watched = { folder: dirname(resolve(root)), only: basename(resolve(root)) };
  const watchers = watcherSet(() => soon());
  let stopped = false;
  let looking = false;
  let again = false;
  let firstEventAt: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  const lookNow = async (): Promise<void> => {
    firstEventAt = undefined;
    again = looking;
    if (looking || stopped) return;
    looking = true;
    try {
      const { changed, folders } = await look();
      if (stopped) return;
      watchers.update([parent, ...folders.map((folder) => ({ folder }))]);
      if (changed) onChange();
    } finally {
      looking = false;
    }
    if (again) soon();
  };

  const soon = (): void => {
    if (stopped) return;
    firstEventAt ??= clock.now();
    const left = firstEventAt + longestWaitMs - clock.now();
    clearTimeout(timer);
    timer = setTimeout(() => void lookNow(), Math.max(0, Math.min(quietMs, left)));
  };

  // Before the first look, so that nothing happens between the two unseen.
  watchers.update([parent, { folder: root }]);
  const poll = setInterval(() => void lookNow(), pollIntervalMs);
  void lookNow();
  return () => {
    stopped = true;
    clearInterval(poll);
    clearTimeout(timer);
    watchers.update([]);
  };
};

interface Watched {
  readonly folder: string;
  /** undefined: any name in the folder. */
  readonly only?: string;
}

/** Keeps one watcher for each folder of the last `update`; a folder that was replaced is watched anew. */
const watcherSet = (onEvent: () => void) => {
  const watchers = new Map<string, FSWatcher>();
  const close = (key: string): void => {
    watchers.get(key)?.close();
    watchers.delete(key);
  };
  const open = (key: string, { folder, only }: Watched): void => {
    try {
      const watcher = watch(folder, (_, name) => {
        if (only === undefined || name === null || name === only) onEvent();
      });
      // The folder is gone or cannot be watched: the next look decides, and polling goes on.
      watcher.on('error', () => close(key));
      watchers.set(key, watcher);
    } catch {
      // No watch is possible here (it vanished, or the limit of the system is reached): polling still finds changes.
    }
  };
  const update = (wanted: readonly Watched[]): void => {
    const byKey = new Map(wanted.map((one) => [`${identityOf(one.folder)} ${one.folder}`, one]));
    for (const key of watchers.keys()) if (!byKey.has(key)) close(key);
    for (const [key, one] of byKey) if (!watchers.has(key)) open(key, one);
  };
  return { update };
};

/** A folder of the same name may be another one by now, and a watcher of the old one would stay silent. */
const identityOf = (folder: string): string => {
  try {
    const { dev, ino } = statSync(folder);
    return `${dev}:${ino}`;
  } catch {
    // It vanished or cannot be reached; the next look says so.
    return '';
  }
};
