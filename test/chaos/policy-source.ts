// Policies from files in memory: everything of the loader but the reading of the disk.

import { AppError } from '../../src/domain/errors.ts';
import type { ControllerConfig, PolicySet } from '../../src/domain/policy.ts';
import type { PolicySource } from '../../src/domain/ports.ts';
import { present, unreadable } from '../../src/domain/reading.ts';
import { loadPolicies } from '../../src/policy/load-policies.ts';
import { type Will, filesOf } from './will.ts';

export interface GitCheckout {
  will(): Will;
  commit(will: Will): void;
  /** An empty checkout, until the next commit or until it is there again. */
  vanish(): void;
  comeBack(): void;
  isThere(): boolean;
  /** What one process loads from. `onLoad`: told what it got. */
  source(config: ControllerConfig, onLoad: (will: Will) => void): PolicySource;
}

/** The same text was mostly loaded before: by another load, or in another schedule. */
const loaded = new Map<string, PolicySet>();
const mostKept = 500;

const load = (will: Will, config: ControllerConfig): PolicySet => {
  const files = Object.entries(filesOf(will)).map(([path, text]) => ({ path, content: Buffer.from(text) }));
  const key = JSON.stringify(will);
  const known = loaded.get(key);
  if (known !== undefined) return known;
  const set = loadPolicies(files, { config });
  if (loaded.size >= mostKept) loaded.clear();
  loaded.set(key, set);
  return set;
};

export const createGitCheckout = (first: Will): GitCheckout => {
  let now = first;
  let isThere = true;
  const watchers = new Set<() => void>();
  const tell = (): void => {
    for (const watcher of watchers) watcher();
  };
  return {
    will: () => now,
    commit: (will) => {
      now = will;
      tell();
    },
    vanish: () => {
      isThere = false;
    },
    comeBack: () => {
      isThere = true;
    },
    isThere: () => isThere,
    source: (config, onLoad) => ({
      load: async () => {
        if (!isThere) return unreadable(new AppError('transient', 'the checkout is empty'));
        onLoad(now);
        return present(load(now, config));
      },
      watch: (onChange) => {
        watchers.add(onChange);
        return () => watchers.delete(onChange);
      },
    }),
  };
};
