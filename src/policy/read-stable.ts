// Reading a folder that someone may be writing at this very moment. Half of a `git pull` is a valid-looking set of files
// in which some policies are missing, so a read counts only if nothing changed from its beginning to its end.

import { type Collection, readListed } from './collect-files.ts';
import type { Listing } from './list-files.ts';

/** What reading needs of the disk; tests give one that changes under the reader. */
export interface Disk {
  list(): Promise<Listing>;
  read(listing: Listing): Promise<Collection>;
}

export interface StableRead extends Collection {
  readonly folders: readonly string[];
}

const attempts = 5;

/** undefined: the files changed again and again. */
export const readStable = async (disk: Disk, signal?: AbortSignal): Promise<StableRead | undefined> => {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    signal?.throwIfAborted();
    const before = await disk.list();
    const collection = await disk.read(before);
    const after = await disk.list();
    if (stampOf(before) === stampOf(after)) return { ...collection, folders: before.folders };
  }
  return undefined;
};

const stampOf = (listing: Listing): string =>
  JSON.stringify([listing.files.map(({ stamp }) => stamp), listing.folders, listing.problems]);

export const diskOf = (list: () => Promise<Listing>): Disk => ({
  list,
  read: (listing) => readListed(listing),
});
