// What every source of policies promises, whether a folder or a repository. Run by each over the same files.

import { beforeEach, describe, expect, test } from 'vitest';
import type { ControllerConfig } from '../../src/domain/policy.ts';
import type { PolicySource } from '../../src/domain/ports.ts';
import { controllerConfig } from '../builders.ts';
import { inOneLine } from './case-file.ts';
import { accountYaml } from './scratch.ts';

/** File names to texts or targets of links. */
export type SourceTree = Readonly<Record<string, string | { readonly link: string }>>;

export interface SourceStage {
  /** From now on there are exactly these files; policies are those in `policies/`. */
  put(tree: SourceTree): void;
  source(config?: ControllerConfig): PolicySource;
  /** What file names in messages begin with, before `policies/`. */
  readonly prefix: string;
}

const { signal } = new AbortController();

const account = (name: string, id = '111122223333'): string => accountYaml(name).replace('111122223333', id);

const tenant = (id: string): string =>
  [
    'apiVersion: rolewarden/v1alpha1',
    'kind: Federation',
    'metadata: {name: entra}',
    'spec:',
    `  tenantId: ${id}`,
    '  saml:',
    '    providerName: EntraID',
    '    applicationId: 0d4c7a52-6f0e-4b1c-9f43-2d8a5c1e7b90',
    '    nameId: objectId',
    '    audiences: ["https://signin.aws.amazon.com/saml"]',
    '',
  ].join('\n');

const configYaml = (instance: string, tenantId: string): string =>
  [
    'apiVersion: rolewarden/v1alpha1',
    'kind: ControllerConfig',
    'metadata: {name: main}',
    'spec:',
    `  instance: ${instance}`,
    '  policies: {directory: elsewhere}',
    `  entra: {tenantId: ${tenantId}}`,
    '',
  ].join('\n');

const otherTenant = 'ffffffff-0000-4000-8000-000000000000';

const outside =
  'the symbolic link leads out of the folder and is not followed; copy the file into the folder instead [linkOutside]';

interface Case {
  readonly title: string;
  readonly tree: SourceTree;
  /** Names of accounts. */
  readonly accounts: readonly string[];
  /** Without the prefix; empty: the set is complete. */
  readonly problems?: readonly string[];
}

const a = account('a');
const b = account('b', '444455556666');

const cases: readonly Case[] = [
  {
    title: 'files of all folders are read',
    tree: { 'policies/a.yaml': a, 'policies/team/deep/b.yml': b, 'policies/README.md': 'kind: [' },
    accounts: ['a', 'b'],
  },
  {
    title: 'what stands beside the folder is not',
    tree: { 'policies/a.yaml': a, 'b.yaml': b, 'policies-of-others/b.yaml': b },
    accounts: ['a'],
  },
  {
    title: 'hidden files and folders are not',
    tree: { 'policies/a.yaml': a, 'policies/.b.yaml': 'kind: [', 'policies/.team/b.yaml': 'kind: [' },
    accounts: ['a'],
  },
  {
    title: 'a broken file makes the set incomplete, and is told with its place',
    tree: { 'policies/a.yaml': a, 'policies/team/b.yaml': '# a comment\nkind: [\n' },
    accounts: ['a'],
    problems: [
      'policies/team/b.yaml:3:1: error: the indentation does not fit, or a bracket is not closed; line it up with its neighbours [yamlSyntax]',
    ],
  },
  {
    title: 'a file that is too large is not read',
    tree: { 'policies/a.yaml': a, 'policies/large.yaml': `# ${'x'.repeat(1_048_576)}` },
    accounts: ['a'],
    problems: [
      'policies/large.yaml:1:1: error: the file has 1,048,578 bytes, and at most 1,048,576 are read; split it into several files [fileTooLarge]',
    ],
  },
  {
    title: 'links within the folder are followed, and each file is read once',
    tree: {
      'policies/..data/a.yaml': a,
      'policies/..data/team/b.yaml': b,
      'policies/a.yaml': { link: '..data/a.yaml' },
      'policies/again.yaml': { link: './a.yaml' },
      'policies/team': { link: 'x/../..data/team' },
      'policies/x/README.md': '',
    },
    accounts: ['a', 'b'],
  },
  {
    title: 'links out of the folder are not followed',
    tree: {
      'policies/a.yaml': a,
      'policies/b.yaml': { link: '../b.yaml' },
      'policies/host.yaml': { link: '/etc/hostname' },
      'policies/team': { link: '../team' },
      'policies/tmp': { link: '/tmp' },
      'policies/up': { link: '../../../../../../../../tmp' },
      'b.yaml': b,
      'team/c.yaml': b,
    },
    accounts: ['a'],
    problems: ['b.yaml', 'host.yaml', 'team', 'tmp', 'up'].map(
      (name) => `policies/${name}:1:1: error: ${outside}`,
    ),
  },
  {
    title: 'links that come back to themselves are not followed',
    tree: {
      'policies/a.yaml': a,
      'policies/loop.yaml': { link: 'loop.yaml' },
      'policies/night/here': { link: '.' },
      'policies/night/README.md': '',
      'policies/one.yaml': { link: 'two.yaml' },
      'policies/two.yaml': { link: 'one.yaml' },
    },
    accounts: ['a'],
    problems: [
      'policies/loop.yaml:1:1: error: the symbolic link leads back to itself; remove the link [linkLoop]',
      'policies/night/here:1:1: error: the symbolic link leads back to a folder that holds it; remove the link [linkLoop]',
      'policies/one.yaml:1:1: error: the symbolic link leads back to itself; remove the link [linkLoop]',
      'policies/two.yaml:1:1: error: the symbolic link leads back to itself; remove the link [linkLoop]',
    ],
  },
  {
    title: 'links to nothing, or through a file, are a problem',
    tree: {
      'policies/a.yaml': a,
      'policies/gone.yaml': { link: 'nowhere.yaml' },
      'policies/through.yaml': { link: 'a.yaml/b.yaml' },
    },
    accounts: ['a'],
    problems: [
      'policies/gone.yaml:1:1: error: the path does not exist; correct it, or create the file or folder [missingPath]',
      'policies/through.yaml:1:1: error: a part of the path is a file, not a folder; correct the path [missingPath]',
    ],
  },
  {
    title: 'a folder that is a link is followed',
    tree: { 'real/a.yaml': a, policies: { link: 'real' } },
    accounts: ['a'],
  },
];

const unreadableCases: readonly (readonly [title: string, tree: SourceTree, sentence: string])[] = [
  [
    'a folder without policy files',
    { 'policies/README.md': '' },
    'the folder holds no .yaml or .yml files; correct the path, or check that the checkout is complete',
  ],
  [
    'no such folder',
    { 'elsewhere/a.yaml': a },
    'the path does not exist; correct it, or create the file or folder',
  ],
  ['a file in its place', { policies: a }, 'is a file; give the folder that holds it'],
  [
    'a link to nothing in its place',
    { policies: { link: 'gone' }, 'a.yaml': a },
    'the path does not exist; correct it, or create the file or folder',
  ],
];

export const describeSource = (name: string, open: () => SourceStage | Promise<SourceStage>): void => {
  describe(`${name} as a source`, () => {
    let stage: SourceStage;
    beforeEach(async () => {
      stage = await open();
    });

    const loaded = async (source = stage.source()) => {
      const reading = await source.load(signal);
      if (reading.state !== 'present')
        throw new Error(`expected policies, but they are ${JSON.stringify(reading)}`);
      return reading.value;
    };

    for (const { title, tree, accounts, problems = [] } of cases) {
      test(title, async () => {
        stage.put(tree);
        const set = await loaded();

        expect(set.problems.map(inOneLine).map((line) => line.replaceAll(stage.prefix, ''))).toEqual(
          problems,
        );
        expect(set.accounts.map(({ meta }) => meta.name)).toEqual(accounts);
        expect(set.complete).toBe(problems.length === 0);
      });
    }

    test('what an object says of its place is file and line', async () => {
      stage.put({ 'policies/team/a.yaml': `# a comment\n---\n${a}` });
      const [found] = (await loaded()).accounts;

      expect(found?.meta.source.file.replace(stage.prefix, '')).toBe('policies/team/a.yaml');
      expect(found?.meta.source.line).toBe(3);
    });

    for (const [title, tree, sentence] of unreadableCases) {
      test(`unreadable, and never an empty set: ${title}`, async () => {
        stage.put(tree);
        const reading = await stage.source().load(signal);

        expect(reading).toMatchObject({ state: 'unreadable', problem: { kind: 'invalid' } });
        expect(reading.state === 'unreadable' ? reading.problem.message : '').toContain(sentence);
      });
    }

    test('the next load sees what changed, and the same files have the same revision', async () => {
      const source = stage.source();
      stage.put({ 'policies/a.yaml': a });
      const first = await loaded(source);
      stage.put({ 'policies/a.yaml': a, 'policies/b.yaml': b });
      const second = await loaded(source);
      stage.put({ 'policies/a.yaml': a });
      const third = await loaded(source);

      expect([first, second, third].map(({ accounts }) => accounts.length)).toEqual([1, 2, 1]);
      expect(second.revision).not.toBe(first.revision);
      expect(third.revision).toBe(first.revision);
    });

    test('what was unreadable can be read once it is repaired', async () => {
      const source = stage.source();
      stage.put({ 'policies/README.md': '' });
      const before = await source.load(signal);
      stage.put({ 'policies/a.yaml': a });

      expect([before.state, (await loaded(source)).accounts.length]).toEqual(['unreadable', 1]);
    });

    test('a ControllerConfig among the files does not take the place of the one in force', async () => {
      const config = controllerConfig({ instance: 'in-force' });
      const own = config.entra.tenantId;
      stage.put({
        'policies/config.yaml': configYaml('foreign', otherTenant),
        'policies/federation.yaml': tenant(own),
      });
      const [kept, foreign] = [await loaded(stage.source(config)), await loaded(stage.source())];

      expect(kept.problems).toEqual([]);
      expect(kept.federations).toHaveLength(1);
      // Without one in force, it counts.
      expect(foreign.problems.map(({ rule }) => rule)).toEqual(['tenantMismatch']);
    });

    test('an aborted load rejects with the reason', async () => {
      stage.put({ 'policies/a.yaml': a });
      const reason = new Error('stop');

      await expect(stage.source().load(AbortSignal.abort(reason))).rejects.toBe(reason);
    });
  });
};
