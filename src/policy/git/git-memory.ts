// The file system that a download goes to: one folder in memory, for one library, for one load. The library asks for the
// functions of Node's `fs/promises`, and uses reading, writing, removing, listing and looking; a folder is there if a file is in it.

import type { PromiseFsClient } from 'isomorphic-git';

export interface MemoryOptions {
  readonly files: Readonly<Record<string, string>>;
  /** Looks at what is about to be written; throws when it is not to be kept. */
  readonly beforeWrite: (path: string, content: Uint8Array) => Promise<void>;
}

const failure = (code: string, path: unknown): Error =>
  Object.assign(new Error(`${code}: ${String(path)}`), { code });

const bytesOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === 'string' ? Buffer.from(content) : content;

export const memoryFiles = ({ files: given, beforeWrite }: MemoryOptions): PromiseFsClient => {
  const files = new Map(Object.entries(given).map(([path, text]) => [path, bytesOf(text)]));
  const namesIn = (folder: string): readonly string[] => {
    const inside = [...files.keys()].filter((path) => path.startsWith(`${folder}/`));
    return [...new Set(inside.map((path) => path.slice(folder.length + 1).split('/', 1)[0] ?? ''))];
  };
  const kind = (isFile: boolean) => ({
    isFile: () => isFile,
    isDirectory: () => !isFile,
    isSymbolicLink: () => false,
  });
  const stat = async (path: string) => {
    if (files.has(path)) return kind(true);
    if (namesIn(path).length > 0) return kind(false);
    throw failure('ENOENT', path);
  };
  const never = async (path: string): Promise<never> => {
    throw failure('ENOSYS', path);
  };
  return {
    promises: {
      readFile: async (path: string, options?: string | { readonly encoding?: string }) => {
        const content = files.get(path);
        if (content === undefined) throw failure('ENOENT', path);
        const encoding = typeof options === 'string' ? options : options?.encoding;
        return encoding === undefined ? content : Buffer.from(content).toString('utf8');
      },
      writeFile: async (path: string, content: string | Uint8Array) => {
        const bytes = bytesOf(content);
        await beforeWrite(path, bytes);
        files.set(path, bytes);
      },
      readdir: async (path: string) => [...namesIn(path)],
      stat,
      lstat: stat,
      mkdir: async () => undefined,
      unlink: async (path: string) => {
        if (!files.delete(path)) throw failure('ENOENT', path);
      },
      rmdir: never,
      readlink: never,
      symlink: never,
    },
  };
};
