// Which files are read, and what is said about the others.

import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { collectFiles } from '../../src/policy/collect-files.ts';
import { diskTree } from '../../src/policy/file-tree.ts';
import { accessProblem, listFiles } from '../../src/policy/list-files.ts';
import { inOneLine } from './case-file.ts';
import { type Scratch, scratch } from './scratch.ts';

const collect = async (folder: Scratch, paths: readonly string[] = [folder.path]) => {
  const { files, problems } = await collectFiles(paths);
  return {
    files: files.map(({ path }) => relative(folder.path, path)),
    problems: problems.map((problem) => inOneLine(problem).replaceAll(`${folder.path}/`, '')),
  };
};

describe('files', () => {
  test('YAML files of all subfolders are read, in the order of their names', async () => {
    const folder = scratch();
    for (const name of ['b.yml', 'a.yaml', 'teams/x.YAML', 'teams/y.yaml.bak', 'README.md'])
      folder.write(name, '');

    expect(await collect(folder)).toEqual({ files: ['a.yaml', 'b.yml', 'teams/x.YAML'], problems: [] });
  });

  test('a file that is named is read whatever its name', async () => {
    const folder = scratch();
    const path = folder.write('policies.txt', 'kind: x');

    expect(await collectFiles([path])).toEqual({
      files: [{ path, content: Buffer.from('kind: x') }],
      problems: [],
    });
  });

  test('hidden files and folders are skipped', async () => {
    const folder = scratch();
    for (const name of ['.git/config.yaml', '.hidden.yaml', 'a.yaml']) folder.write(name, '');

    expect((await collect(folder)).files).toEqual(['a.yaml']);
  });

  test('a config map is read through its links, each file once', async () => {
    const folder = scratch();
    folder.write('..2026_11_23/a.yaml', '');
    folder.write('..2026_11_23/team/b.yaml', '');
    symlinkSync('..2026_11_23', folder.at('..data'));
    symlinkSync('..data/a.yaml', folder.at('a.yaml'));
    symlinkSync('..data/team', folder.at('team'));

    expect(await collect(folder)).toEqual({ files: ['a.yaml', 'team/b.yaml'], problems: [] });
    expect((await collect(folder, [folder.at('..data')])).files).toEqual([
      '..data/a.yaml',
      '..data/team/b.yaml',
    ]);
  });

  test('paths that overlap give each file once', async () => {
    const folder = scratch();
    folder.write('team/a.yaml', '');
    const paths = [folder.at('team/a.yaml'), folder.at('team'), folder.path];

    expect(await collect(folder, paths)).toEqual({ files: ['team/a.yaml'], problems: [] });
  });
});

describe('problems', () => {
  const found: readonly (readonly [string, (folder: Scratch) => void, string])[] = [
    [
      'a folder without YAML files',
      (folder) => folder.write('README.md', ''),
      'FOLDER:1:1: error: the folder holds no .yaml or .yml files; correct the path, or check that the checkout is complete [noPolicyFiles]',
    ],
    [
      'a link to itself',
      (folder) => symlinkSync('loop.yaml', folder.at('loop.yaml')),
      'loop.yaml:1:1: error: the symbolic link leads back to itself; remove the link [linkLoop]',
    ],
    [
      'a link to a folder above',
      (folder) => {
        mkdirSync(folder.at('team'));
        symlinkSync('..', folder.at('team/up'));
      },
      'team/up:1:1: error: the symbolic link leads out of the folder and is not followed; copy the file into the folder instead [linkOutside]',
    ],
    [
      'a link to the folder that holds it',
      (folder) => {
        mkdirSync(folder.at('team/night'), { recursive: true });
        symlinkSync('..', folder.at('team/night/up'));
      },
      'team/night/up:1:1: error: the symbolic link leads back to a folder that holds it; remove the link [linkLoop]',
    ],
    [
      'a link out of the folder',
      (folder) => symlinkSync('/etc/hostname', folder.at('secret.yaml')),
      'secret.yaml:1:1: error: the symbolic link leads out of the folder and is not followed; copy the file into the folder instead [linkOutside]',
    ],
    [
      'a link to nothing',
      (folder) => symlinkSync('gone.yaml', folder.at('a.yaml')),
      'a.yaml:1:1: error: the path does not exist; correct it, or create the file or folder [missingPath]',
    ],
    [
      'a pipe, which would never end',
      (folder) => execFileSync('mkfifo', [folder.at('pipe.yaml')]),
      'pipe.yaml:1:1: error: this is neither a file nor a folder; remove it, policies stand in ordinary files [notAFile]',
    ],
    [
      'a file that is too large, unopened',
      (folder) => folder.write('large.yaml', new Uint8Array(10_000_000)),
      'large.yaml:1:1: error: the file has 10,000,000 bytes, and at most 1,048,576 are read; split it into several files [fileTooLarge]',
    ],
  ];
  test.each(found)('%s', async (_, prepare, expected) => {
    const folder = scratch();
    prepare(folder);
    const { files, problems } = await collect(folder);

    expect(files).toEqual([]);
    expect(problems).toEqual([expected.replace('FOLDER', folder.path)]);
  });

  test('a path that does not exist', async () => {
    const folder = scratch();

    expect((await collect(folder, [folder.at('policies')])).problems).toEqual([
      'policies:1:1: error: the path does not exist; correct it, or create the file or folder [missingPath]',
    ]);
  });

  test('more than 10,000 files are not read at all', async () => {
    const folder = scratch();
    for (let index = 0; index <= 10_000; index += 1) writeFileSync(folder.at(`${index}.yaml`), '');
    const listing = await listFiles([folder.path]);

    expect(listing.files).toEqual([]);
    expect(listing.problems.map(({ message }) => message)).toEqual([
      'there are more than 10,000 policy files, so none is read; point to the folder that holds only policies',
    ]);
  });

  test('a tree without end is not walked to its end', async () => {
    const folder = scratch();
    for (const name of ['a/b/c/d.yaml', 'e.yaml']) folder.write(name, '');
    const [whole, cut] = [
      await listFiles([folder.path], diskTree, 5),
      await listFiles([folder.path], diskTree, 4),
    ];

    expect(whole.files).toHaveLength(2);
    expect([cut.files.length, cut.problems.map(({ message }) => message)]).toEqual([
      0,
      [
        'there are more than 4 files and folders, so none is read; point to the folder that holds only policies',
      ],
    ]);
  });

  const failures = [
    [
      'EACCES',
      'unreadableFile',
      'there is no permission to read this; give the user that runs Rolewarden read permission',
    ],
    ['ENOTDIR', 'missingPath', 'a part of the path is a file, not a folder; correct the path'],
    ['EIO', 'unreadableFile', 'this cannot be read (EIO); check the disk and the permissions'],
  ] as const;
  test.each(failures)('the system says %s', (code, rule, message) => {
    const problem = accessProblem('a.yaml', Object.assign(new Error('failed'), { code }));

    expect(problem).toEqual({
      severity: 'error',
      rule,
      file: 'a.yaml',
      line: 1,
      column: 1,
      path: '',
      message,
    });
  });
});
