// Files and folders to contents in memory, with a problem for whatever could not be read.

import type { Problem } from '../domain/policy.ts';
import { maxFileBytes, type SourceFile, tooLarge } from './decode-file.ts';
import { diskTree, type FileTree } from './file-tree.ts';
import { accessProblem, listFiles, type Listing } from './list-files.ts';

export interface Collection {
  readonly files: readonly SourceFile[];
  readonly problems: readonly Problem[];
}

/**
 * Reads what the paths name: files as they are, folders with all their `.yaml` and `.yml` files. Never throws; pass the
 * problems on to `loadPolicies` as `extraProblems`, so that a set with gaps is not taken for a complete one.
 */
export const collectFiles = async (paths: readonly string[]): Promise<Collection> =>
  readListed(await listFiles(paths));

/** Reads the files of a listing; those that are too large are not opened. */
export const readListed = async (listing: Listing, tree: FileTree = diskTree): Promise<Collection> => {
  const files: SourceFile[] = [];
  const problems: Problem[] = [...listing.problems];
  for (const { path, real, size } of listing.files) {
    if (size > maxFileBytes) {
      problems.push(tooLarge(path, size));
      continue;
    }
    try {
      files.push({ path, content: await tree.read(real) });
    } catch (error) {
      problems.push(accessProblem(path, error));
    }
  }
  return { files, problems };
};
