// Where policy files are: a disk, or the commit of a repository. Listing and reading decide the same for both.

import { readdir, readFile, realpath, stat } from 'node:fs/promises';

export interface TreeEntry {
  readonly name: string;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  /** A repository of its own, whose files are elsewhere. On a disk nobody can tell. */
  readonly isSubmodule?: boolean;
}

export interface FileFacts {
  readonly isDirectory: boolean;
  readonly isFile: boolean;
  readonly size: number;
  /** Changes whenever the file does. */
  readonly stamp: string;
}

/** Real paths are absolute, with all links resolved. Failures have the `code` that the file system of Node gives. */
export interface FileTree {
  realpath(path: string): Promise<string>;
  stat(realPath: string): Promise<FileFacts>;
  entries(realPath: string): Promise<readonly TreeEntry[]>;
  read(realPath: string): Promise<Uint8Array>;
}

export const diskTree: FileTree = {
  realpath: (path) => realpath(path),
  stat: async (path) => {
    const stats = await stat(path);
    const { dev, ino, size, mtimeMs, ctimeMs } = stats;
    return {
      isDirectory: stats.isDirectory(),
      isFile: stats.isFile(),
      size,
      stamp: [dev, ino, size, mtimeMs, ctimeMs].join(' '),
    };
  },
  entries: (path) => readdir(path, { withFileTypes: true }),
  read: (path) => readFile(path),
};
