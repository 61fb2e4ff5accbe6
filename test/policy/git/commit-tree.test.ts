// Files of a commit, over objects that no honest repository has.

import type { TreeEntry } from 'isomorphic-git';
import { describe, expect, test } from 'vitest';
import { commitTree, type GitObjects } from '../../../src/policy/git/commit-tree.ts';
import { listFiles } from '../../../src/policy/list-files.ts';
import { inOneLine } from '../case-file.ts';

const file = (path: string, oid: string, mode = '100644'): TreeEntry => ({ mode, path, oid, type: 'blob' });
const folder = (path: string, oid: string): TreeEntry => ({ mode: '040000', path, oid, type: 'tree' });

/** Trees by their ids; a blob is its own id. */
const objectsOf = (trees: Readonly<Record<string, readonly TreeEntry[]>>) => {
  const reads: string[] = [];
  const objects: GitObjects = {
    tree: async (oid) => {
      reads.push(oid);
      const found = trees[oid];
      if (found === undefined) throw Object.assign(new Error(oid), { code: 'NotFoundError' });
      return found;
    },
    blob: async (oid) => {
      reads.push(oid);
      return Buffer.from(oid);
    },
  };
  return { objects, reads };
};

const list = async (trees: Readonly<Record<string, readonly TreeEntry[]>>, limit?: number) => {
  const { objects, reads } = objectsOf(trees);
  const listing = await listFiles(['.'], commitTree('root', objects), limit);
  return {
    files: listing.files.map(({ path }) => path),
    problems: listing.problems.map(inOneLine),
    reads,
  };
};

describe('the files of a commit', () => {
  test('are read once each, and those of no concern not at all', async () => {
    const { files, reads } = await list({
      root: [file('a.yaml', 'text'), file('b.yaml', 'text'), file('large.bin', 'large'), folder('x', 'sub')],
      sub: [file('c.yml', 'other')],
    });

    expect(files).toEqual(['a.yaml', 'b.yaml', 'x/c.yml']);
    expect(reads.toSorted()).toEqual(['other', 'root', 'sub', 'text']);
  });

  test('a tree that pretends to be a hundred million folders is given up', async () => {
    const level = (n: number): readonly TreeEntry[] =>
      Array.from({ length: 10 }, (_, at) => folder(`f${at}`, n === 0 ? 'end' : `level${n - 1}`));
    const trees = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`level${n}`, level(n)]));
    const { files, problems } = await list(
      { ...trees, root: level(8), end: [file('a.yaml', 'text')] },
      1_000,
    );

    expect(files).toEqual([]);
    expect(problems).toEqual([
      '.:1:1: error: there are more than 1,000 files and folders, so none is read; point to the folder that holds only policies [tooManyFiles]',
    ]);
  });

  test('a chain of links without end, a target that is no path, and names that lead nowhere', async () => {
    const links = Array.from({ length: 60 }, (_, n) => file(`${n}.yaml`, `${n + 1}.yaml`, '120000'));
    const { files, problems } = await list({
      root: [
        ...links,
        file('60.yaml', 'text'),
        file('long.yaml', 'x'.repeat(5_000), '120000'),
        file('..', 'text'),
        file('', 'text'),
      ],
    });

    expect(files).toEqual(['20.yaml']);
    expect(problems).toHaveLength(21);
    expect(problems).toContain(
      '0.yaml:1:1: error: the symbolic link leads back to itself; remove the link [linkLoop]',
    );
  });

  test('a tree that is not there is a problem of its folder', async () => {
    const { problems } = await list({ root: [file('a.yaml', 'text'), folder('x', 'gone')] });

    expect(problems).toEqual([
      'x:1:1: error: this cannot be read (NotFoundError); check the disk and the permissions [unreadableFile]',
    ]);
  });
});
