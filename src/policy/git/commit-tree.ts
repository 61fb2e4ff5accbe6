// The files of a commit, as a checkout would show them. Nothing is written anywhere: trees and links are followed in the
// objects themselves. What lies outside of the repository is known to be outside, and nothing more.

import type { TreeEntry as GitEntry } from 'isomorphic-git';
import type { FileFacts, FileTree, TreeEntry } from '../file-tree.ts';

/** Reads objects by their ids; fails for objects that are not there. */
export interface GitObjects {
  tree(oid: string): Promise<readonly GitEntry[]>;
  blob(oid: string): Promise<Uint8Array>;
}

const linkMode = '120000';
/** As Linux has it. */
const mostLinks = 40;
const longestTarget = 4_096;
/** No real path: those begin with a slash. */
const outside = '..';

const failure = (code: 'ENOENT' | 'ENOTDIR' | 'ELOOP' | 'ENAMETOOLONG', path: string): Error =>
  Object.assign(new Error(`${code}: ${path}`), { code });

type Node = { readonly kind: 'tree' | 'blob' | 'link' | 'submodule'; readonly oid: string };

const nodeOf = ({ type, mode, oid }: GitEntry): Node => {
  if (type === 'commit') return { kind: 'submodule', oid };
  return { kind: type === 'tree' ? 'tree' : mode === linkMode ? 'link' : 'blob', oid };
};

const namesIn = (path: string): string[] => path.split('/').filter((name) => name !== '' && name !== '.');

/** `root` is the id of the commit's tree. Paths count from there; a leading slash means the same. */
export const commitTree = (root: string, objects: GitObjects): FileTree => {
  const trees = new Map<string, ReadonlyMap<string, Node>>();
  const contents = new Map<string, Uint8Array>();

  const treeOf = async (oid: string): Promise<ReadonlyMap<string, Node>> => {
    const known = trees.get(oid);
    if (known !== undefined) return known;
    const read = new Map((await objects.tree(oid)).map((entry) => [entry.path, nodeOf(entry)]));
    trees.set(oid, read);
    return read;
  };

  const contentOf = async (oid: string): Promise<Uint8Array> => {
    const known = contents.get(oid) ?? (await objects.blob(oid));
    contents.set(oid, known);
    return known;
  };

  /** What stands at the end of names, none of which is followed if it is a link. */
  const find = async (names: readonly string[]): Promise<Node> => {
    let node: Node = { kind: 'tree', oid: root };
    for (const name of names) {
      if (node.kind !== 'tree') throw failure('ENOTDIR', names.join('/'));
      const next: Node | undefined = (await treeOf(node.oid)).get(name);
      if (next === undefined) throw failure('ENOENT', names.join('/'));
      node = next;
    }
    return node;
  };

  const targetOf = async (oid: string): Promise<string> => {
    const bytes = await contentOf(oid);
    if (bytes.byteLength > longestTarget) throw failure('ENAMETOOLONG', oid);
    return new TextDecoder().decode(bytes);
  };

  const realpath = async (path: string): Promise<string> => {
    const left = namesIn(path);
    const real: string[] = [];
    let links = 0;
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      if (name === '..') {
        if (real.pop() === undefined) return outside;
        continue;
      }
      const node = await find([...real, name]);
      if (node.kind !== 'link') {
        real.push(name);
        continue;
      }
      links += 1;
      if (links > mostLinks) throw failure('ELOOP', path);
      const target = await targetOf(node.oid);
      if (target.startsWith('/')) return outside;
      left.unshift(...namesIn(target));
    }
    return `/${real.join('/')}`;
  };

  const stat = async (realPath: string): Promise<FileFacts> => {
    // Whatever it is, it may be a folder, and is not passed over for its name.
    if (realPath === outside) return { isDirectory: true, isFile: false, size: 0, stamp: '' };
    const { kind, oid } = await find(namesIn(realPath));
    const isFile = kind === 'blob';
    const size = isFile ? (await contentOf(oid)).byteLength : 0;
    return { isDirectory: !isFile, isFile, size, stamp: oid };
  };

  const entries = async (realPath: string): Promise<readonly TreeEntry[]> => {
    const node = realPath === outside ? undefined : await find(namesIn(realPath));
    if (node?.kind !== 'tree') throw failure('ENOENT', realPath);
    return [...(await treeOf(node.oid))].map(([name, { kind }]) => ({
      name,
      isDirectory: () => kind === 'tree',
      isSymbolicLink: () => kind === 'link',
      isSubmodule: kind === 'submodule',
    }));
  };

  const read = async (realPath: string): Promise<Uint8Array> =>
    contentOf((await find(namesIn(realPath))).oid);

  return { realpath, stat, entries, read };
};
