// File paths as repositories and their tools write them.

import { isAbsolute, posix, relative, sep } from 'node:path';

/** Relative to the base if the path is below it, with forward slashes and without a leading `./`. */
export const repositoryPath = (file: string, baseDirectory: string | undefined): string => {
  const inside =
    baseDirectory !== undefined && isAbsolute(file) && !relative(baseDirectory, file).startsWith('..');
  const path = inside ? relative(baseDirectory, file) : file;
  return posix.normalize(path.replaceAll(sep, '/'));
};
