// The folder as a source of policies: what is unreadable, what is incomplete, and that changes are noticed.

import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PolicySource } from '../../src/domain/ports.ts';
import { directorySource } from '../../src/policy/directory-source.ts';
import type { Listing } from '../../src/policy/list-files.ts';
import { type Disk, readStable } from '../../src/policy/read-stable.ts';
import { accountYaml, scratch } from './scratch.ts';

/** So long that only an event of the file system can be what was noticed. */
const never = 3_600_000;
const { signal } = new AbortController();

const open = (path: string, pollIntervalMs = never): PolicySource =>
  directorySource({ path, pollIntervalMs, clock: { now: () => Date.now() } });

const accountsOf = async (source: PolicySource): Promise<readonly string[] | string> => {
  const reading = await source.load(signal);
  if (reading.state === 'unreadable') return `${reading.problem.kind}: ${reading.problem.message}`;
  return reading.state === 'present' ? reading.value.accounts.map(({ meta }) => meta.name) : 'absent';
};

describe('load', () => {
  test('reads the folder', async () => {
    const folder = scratch();
    folder.write('teams/a.yaml', accountYaml('a'));

    expect(await accountsOf(open(folder.path))).toEqual(['a']);
  });

  test('makes nothing anew of files that are as they were', async () => {
    const folder = scratch();
    folder.write('a.yaml', accountYaml('a'));
    const source = open(folder.path);
    const first = await source.load(signal);
    expect(await source.load(signal)).toBe(first);
    folder.write('a.yaml', accountYaml('b'));
    expect(await accountsOf(source)).toEqual(['b']);
    folder.write('a.yaml', accountYaml('a'));
    expect(await accountsOf(source)).toEqual(['a']);
  });

  test('follows a folder that is a link', async () => {
    const folder = scratch();
    folder.write('real/a.yaml', accountYaml('a'));
    symlinkSync('real', folder.at('current'));

    expect(await accountsOf(open(folder.at('current')))).toEqual(['a']);
  });

  test('a broken file makes the set incomplete, not unreadable', async () => {
    const folder = scratch();
    folder.write('a.yaml', accountYaml('a'));
    folder.write('b.yaml', 'kind: [');
    symlinkSync('gone', folder.at('c.yaml'));
    const reading = await open(folder.path).load(signal);

    expect(reading).toMatchObject({
      state: 'present',
      value: { complete: false, accounts: [{ meta: { name: 'a' } }] },
    });
    const rules = reading.state === 'present' ? reading.value.problems.map(({ rule }) => rule) : [];
    expect(rules).toEqual(['yamlSyntax', 'missingPath']);
  });

  test('a missing folder is unreadable', async () => {
    const path = scratch().at('policies');

    expect(await accountsOf(open(path))).toBe(
      `invalid: no policies can be read from ${path}: the path does not exist; correct it, or create the file or folder`,
    );
  });

  test('an empty checkout is unreadable, never an empty set', async () => {
    const folder = scratch();
    folder.write('README.md', '');

    expect(await accountsOf(open(folder.path))).toBe(
      `invalid: no policies can be read from ${folder.path}: the folder holds no .yaml or .yml files; correct the path, or check that the checkout is complete`,
    );
  });

  test('a file instead of a folder is unreadable', async () => {
    const path = scratch().write('a.yaml', accountYaml('a'));

    expect(await accountsOf(open(path))).toBe(
      `invalid: the policy folder ${path} is a file; give the folder that holds it`,
    );
  });

  test('an aborted load rejects', async () => {
    const folder = scratch();
    folder.write('a.yaml', accountYaml('a'));
    const reason = new Error('stop');

    await expect(open(folder.path).load(AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('a folder that changes while it is read', () => {
  const listing = (stamp: number): Listing => ({
    files: [{ path: 'a.yaml', real: '/a.yaml', size: 1, stamp: String(stamp) }],
    folders: ['.'],
    problems: [],
  });
  /** Gives each listing once, the last one for ever. */
  const disk = (stamps: readonly number[]): Disk => {
    const left = [...stamps];
    const list = () => Promise.resolve(listing((left.length > 1 ? left.shift() : left[0]) ?? 0));
    const read = ({ files }: Listing) =>
      Promise.resolve({
        files: [{ path: 'a.yaml', content: Buffer.from(files[0]?.stamp ?? '') }],
        problems: [],
      });
    return { list, read };
  };

  test('is read again until it stays', async () => {
    const read = await readStable(disk([1, 2, 3, 3]));

    expect(read?.files[0]?.content.toString()).toBe('3');
  });

  test('is given up if it never stays', async () => {
    expect(await readStable(disk(Array.from({ length: 20 }, (_, index) => index)))).toBeUndefined();
  });

  test('is noticed by the name, the size and the time of its files', async () => {
    const folder = scratch();
    folder.write('a.yaml', accountYaml('a'));
    const source = open(folder.path);
    const loads = await Promise.all(
      Array.from({ length: 5 }, async (_, index) => {
        folder.write(`${index}.yaml`, '');
        return source.load(signal);
      }),
    );

    expect(loads.map(({ state }) => state)).toEqual(Array.from({ length: 5 }, () => 'present'));
  });
});

describe('watch', () => {
  /** Starts watching; `next` settles when the callback comes. */
  const watching = (source: PolicySource) => {
    let called = () => {};
    let count = 0;
    const stop = source.watch(() => {
      count += 1;
      called();
    });
    onTestFinished(stop);
    const after = async (change: () => void): Promise<void> => {
      await new Promise<void>((resolve) => {
        called = resolve;
        change();
      });
    };
    return { after, stop, count: () => count };
  };

  test('notices new, changed and removed files, also in new folders', async () => {
    const folder = scratch();
    folder.write('a.yaml', accountYaml('a'));
    const source = open(folder.path);
    await source.load(signal);
    const { after } = watching(source);

    await after(() => folder.write('teams/b.yaml', '# nothing yet'));
    expect(await accountsOf(source)).toEqual(['a']);
    // Several times, because a look that is still under way may find the next change by chance.
    for (const text of ['# still nothing', '# nothing at all', '']) {
      await after(() => folder.write('teams/b.yaml', text));
      expect(await accountsOf(source)).toEqual(['a']);
    }
    await after(() => folder.write('a.yaml', accountYaml('c')));
    expect(await accountsOf(source)).toEqual(['c']);
    await after(() => rmSync(folder.at('teams'), { recursive: true }));
    expect(await accountsOf(source)).toEqual(['c']);
  });

  test('survives that the folder is removed and made again', async () => {
    const folder = scratch();
    const path = folder.at('policies');
    folder.write('policies/a.yaml', accountYaml('a'));
    const source = open(path);
    await source.load(signal);
    const { after } = watching(source);

    for (const name of ['b', 'c']) {
      await after(() => rmSync(path, { recursive: true }));
      expect(await accountsOf(source)).toContain('the path does not exist');
      await after(() => folder.write('policies/a.yaml', accountYaml(name)));
      expect(await accountsOf(source)).toEqual([name]);
    }
  });

  test('goes on in a folder that took the place of another', async () => {
    const folder = scratch();
    folder.write('policies/a.yaml', accountYaml('a'));
    folder.write('next/a.yaml', accountYaml('b'));
    const source = open(folder.at('policies'));
    await source.load(signal);
    const { after } = watching(source);

    await after(() => {
      renameSync(folder.at('policies'), folder.at('last'));
      renameSync(folder.at('next'), folder.at('policies'));
    });
    expect(await accountsOf(source)).toEqual(['b']);
    for (const name of ['c', 'd', 'e']) {
      await after(() => folder.write('policies/a.yaml', accountYaml(name)));
      expect(await accountsOf(source)).toEqual([name]);
    }
  });

  test('notices that a link to the folder points elsewhere, as config maps are replaced', async () => {
    const folder = scratch();
    folder.write('one/a.yaml', accountYaml('a'));
    folder.write('two/a.yaml', accountYaml('b'));
    mkdirSync(folder.at('mount'));
    symlinkSync('../one', folder.at('mount/policies'));
    const source = open(folder.at('mount/policies'));
    await source.load(signal);
    const { after } = watching(source);

    await after(() => {
      symlinkSync('../two', folder.at('mount/new'));
      renameSync(folder.at('mount/new'), folder.at('mount/policies'));
    });
    expect(await accountsOf(source)).toEqual(['b']);
  });

  test('finds by polling what no event tells, and what happened before it began', async () => {
    const folder = scratch();
    const path = folder.write('a.yaml', accountYaml('a'));
    const source = open(folder.path, 20);
    await source.load(signal);
    writeFileSync(path, accountYaml('b'));
    const { after } = watching(source);

    await after(() => {});
    expect(await accountsOf(source)).toEqual(['b']);
  });

  test('says nothing once it is stopped', async () => {
    const folder = scratch();
    folder.write('a.yaml', accountYaml('a'));
    const source = open(folder.path, 1);
    await source.load(signal);
    const stopped = watching(source);
    const other = watching(source);
    stopped.stop();

    await other.after(() => folder.write('a.yaml', accountYaml('b')));
    expect(stopped.count()).toBe(0);
  });
});
