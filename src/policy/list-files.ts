// Which files there are, without reading them. Folders are walked by hand because links, hidden folders and limits
// each need a decision:
//
// | found in a folder                         | what happens                                        |
// |-------------------------------------------|-----------------------------------------------------|
// | name begins with a dot                    | skipped (`.git`, a config map's `..data`)           |
// | link to a place inside of the root        | followed; a config map's files are links to `..data/` |
// | link to a place outside of the root       | problem; it could show any file of the machine      |
// | link to a folder above itself             | problem                                             |
// | submodule                                 | problem; its files are in another repository        |
// | the same file by two names                | read once                                           |

import { join, sep } from 'node:path';
import type { Problem } from '../domain/policy.ts';
import { diskTree, type FileFacts, type FileTree, type TreeEntry } from './file-tree.ts';
import type { RuleId } from './rules.ts';
import { compareText, fileProblem } from './source-document.ts';
import { thousands } from './words.ts';

export interface ListedFile {
  /** As given, or joined to the folder that was given. */
  readonly path: string;
  /** Links resolved. */
  readonly real: string;
  readonly size: number;
  /** Changes whenever the file does: identity, size and times. */
  readonly stamp: string;
}

export interface Listing {
  readonly files: readonly ListedFile[];
  /** The folders that were walked, for watching. */
  readonly folders: readonly string[];
  readonly problems: readonly Problem[];
}

export const maxFiles = 10_000;
/** All files together; they are held in memory at once. */
export const maxTotalBytes = 128 * 1_048_576;
/** Names in all folders together, whatever they are: a few objects of Git can pretend to be a tree without end. */
export const maxEntries = 200_000;

interface Walk {
  readonly tree: FileTree;
  readonly entryLimit: number;
  readonly files: ListedFile[];
  readonly folders: string[];
  readonly problems: Problem[];
  readonly seen: Set<string>;
  entries: number;
}

/** Paths may be files, whatever their name, or folders, whose `.yaml` and `.yml` files are listed. Never throws. */
export const listFiles = async (
  paths: readonly string[],
  tree: FileTree = diskTree,
  entryLimit = maxEntries,
): Promise<Listing> => {
  const walk: Walk = { tree, entryLimit, files: [], folders: [], problems: [], seen: new Set(), entries: 0 };
  for (const path of paths) await listRoot(walk, path);
  const bytes = walk.files.reduce((sum, { size }) => sum + size, 0);
  const excess =
    walk.entries > entryLimit
      ? `more than ${thousands(entryLimit)} files and folders`
      : walk.files.length > maxFiles
        ? `more than ${thousands(maxFiles)} policy files`
        : bytes > maxTotalBytes && `more than ${thousands(maxTotalBytes)} bytes in policy files`;
  const { files, folders, problems } = walk;
  if (excess === false) return { files, folders, problems };
  const message = `there are ${excess}, so none is read; point to the folder that holds only policies`;
  return { files: [], folders, problems: [fileProblem(paths[0] ?? '', 'tooManyFiles', message)] };
};

/** Like `listFiles`, but without the files if the path is one itself: then there are neither files nor problems. */
export const listFolder = async (path: string, tree: FileTree = diskTree): Promise<Listing> => {
  const listing = await listFiles([path], tree);
  const isFolder = listing.folders.length > 0 || listing.problems.length > 0;
  return isFolder ? listing : { ...listing, files: [] };
};

const listRoot = async (walk: Walk, path: string): Promise<void> => {
  try {
    const root = await walk.tree.realpath(path);
    const facts = await walk.tree.stat(root);
    if (!facts.isDirectory) {
      addFile(walk, path, root, facts);
      return;
    }
    const problemsBefore = walk.problems.length;
    await walkFolder(walk, { path, real: root, root, above: [] });
    // An earlier path may have covered this folder already, so the files count wherever they were found.
    const isEmpty = !walk.files.some(({ real }) => isWithin(real, root));
    if (isEmpty && problemsBefore === walk.problems.length) {
      const message =
        'the folder holds no .yaml or .yml files; correct the path, or check that the checkout is complete';
      walk.problems.push(fileProblem(path, 'noPolicyFiles', message));
    }
  } catch (error) {
    walk.problems.push(accessProblem(path, error));
  }
};

interface Folder {
  readonly path: string;
  readonly real: string;
  readonly root: string;
  /** Real paths of the folders that lead here. */
  readonly above: readonly string[];
}

const walkFolder = async (walk: Walk, folder: Folder): Promise<void> => {
  if (walk.seen.has(folder.real)) return;
  walk.seen.add(folder.real);
  walk.folders.push(folder.path);
  const entries = await walk.tree.entries(folder.real);
  walk.entries += entries.length;
  const visible = entries.filter(({ name }) => !name.startsWith('.'));
  for (const entry of visible.sort((a, b) => compareText(a.name, b.name))) {
    if (walk.files.length > maxFiles || walk.entries > walk.entryLimit) return;
    const path = join(folder.path, entry.name);
    try {
      await walkEntry(walk, folder, path, entry);
    } catch (error) {
      walk.problems.push(accessProblem(path, error));
    }
  }
};

const isPolicyName = (name: string): boolean => /\.ya?ml$/i.test(name);

const walkEntry = async (walk: Walk, folder: Folder, path: string, entry: TreeEntry): Promise<void> => {
  if (entry.isSubmodule === true) {
    const message =
      'this is a submodule, whose files are in another repository and are not read; copy them into the folder instead';
    walk.problems.push(fileProblem(path, 'submodule', message));
    return;
  }
  if (!entry.isDirectory() && !entry.isSymbolicLink() && !isPolicyName(entry.name)) return;
  const here = join(folder.real, entry.name);
  const real = entry.isSymbolicLink() ? await walk.tree.realpath(here) : here;
  const facts = await walk.tree.stat(real);
  if (!facts.isDirectory && !isPolicyName(entry.name)) return;
  if (!isWithin(real, folder.root)) {
    const message =
      'the symbolic link leads out of the folder and is not followed; copy the file into the folder instead';
    walk.problems.push(fileProblem(path, 'linkOutside', message));
  } else if (!facts.isDirectory) {
    addFile(walk, path, real, facts);
  } else if (real === folder.real || folder.above.includes(real)) {
    const message = 'the symbolic link leads back to a folder that holds it; remove the link';
    walk.problems.push(fileProblem(path, 'linkLoop', message));
  } else {
    await walkFolder(walk, { path, real, root: folder.root, above: [...folder.above, folder.real] });
  }
};

const isWithin = (real: string, root: string): boolean =>
  real.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);

const addFile = (walk: Walk, path: string, real: string, { isFile, size, stamp }: FileFacts): void => {
  if (walk.seen.has(real)) return;
  walk.seen.add(real);
  if (!isFile) {
    const message = 'this is neither a file nor a folder; remove it, policies stand in ordinary files';
    walk.problems.push(fileProblem(path, 'notAFile', message));
    return;
  }
  walk.files.push({ path, real, size, stamp: [path, real, stamp].join(' ') });
};

const advice: Readonly<Record<string, readonly [RuleId, string]>> = {
  ENOENT: ['missingPath', 'the path does not exist; correct it, or create the file or folder'],
  ENOTDIR: ['missingPath', 'a part of the path is a file, not a folder; correct the path'],
  ELOOP: ['linkLoop', 'the symbolic link leads back to itself; remove the link'],
  EACCES: [
    'unreadableFile',
    'there is no permission to read this; give the user that runs Rolewarden read permission',
  ],
  EPERM: [
    'unreadableFile',
    'there is no permission to read this; give the user that runs Rolewarden read permission',
  ],
};

/** What a failed file operation means. */
export const accessProblem = (path: string, error: unknown): Problem => {
  const code = codeOf(error) ?? 'unknown error';
  const [rule, message] = advice[code] ?? [
    'unreadableFile',
    `this cannot be read (${code}); check the disk and the permissions`,
  ];
  return fileProblem(path, rule, message);
};

/** `ENOENT` and the like. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
