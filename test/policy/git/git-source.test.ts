// A repository as a source of policies, at a real Git server: what is asked, what is refused, and that nothing half is used.

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { GitAuth, GitOrigin } from '../../../src/domain/policy.ts';
import type { PolicySource } from '../../../src/domain/ports.ts';
import { gitLimits, type GitSourceLimits, gitSource } from '../../../src/policy/git/git-source.ts';
import { manualClock } from '../../aws/manual-clock.ts';
import { inOneLine } from '../case-file.ts';
import { accountYaml } from '../scratch.ts';
import { installationToken, startFakeGitHub } from './fake-github.ts';
import { describeWithGit, type GitRepository, gitRepository } from './git-repository.ts';
import {
  type GitFault,
  type GitRequest,
  type GitServer,
  type GitServerOptions,
  startGitServer,
} from './git-server.ts';

const { signal } = new AbortController();
const clock = manualClock(Date.UTC(2026, 0, 1));
const token = 'ghp_0123456789secret';
const basic = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
const tokenAuth: GitAuth = { kind: 'token', username: 'x-access-token' };

interface Scene {
  readonly repository: GitRepository;
  readonly server: GitServer;
  readonly open: (
    overrides?: Partial<GitOrigin>,
    limits?: GitSourceLimits,
    env?: Readonly<Record<string, string>>,
  ) => PolicySource;
  /** What was asked since the last time. */
  readonly asked: () => readonly GitRequest[];
}

const start = async (options: Partial<GitServerOptions> = {}): Promise<Scene> => {
  const repository = gitRepository();
  const server = await startGitServer({ ...repository, ...options });
  onTestFinished(async () => {
    await server.stop();
    repository.remove();
  });
  return {
    repository,
    server,
    open: (overrides = {}, limits = gitLimits, env = { ROLEWARDEN_GIT_TOKEN: `${token}\n` }) =>
      gitSource({
        origin: {
          kind: 'git',
          url: server.url,
          ref: 'refs/heads/main',
          path: 'policies',
          auth: { kind: 'none' },
          ...overrides,
        },
        env,
        clock,
        limits,
      }),
    asked: () => server.served.splice(0).map(({ what }) => what),
  };
};

const tree = (name: string) => ({ 'policies/a.yaml': accountYaml(name) });

const namesOf = async (source: PolicySource): Promise<readonly string[] | string> => {
  const reading = await source.load(signal);
  if (reading.state === 'unreadable') return `${reading.problem.kind}: ${reading.problem.message}`;
  return reading.state === 'present' ? reading.value.accounts.map(({ meta }) => meta.name) : 'absent';
};

const wholeDownload: readonly GitRequest[] = ['discovery', 'refs', 'discovery', 'pack'];
const look: readonly GitRequest[] = ['discovery', 'refs'];

describeWithGit('what is asked', () => {
  test('a commit is downloaded once; after that only where the branch points to', async () => {
    const { repository, open, asked } = await start();
    repository.commit(tree('a'));
    const source = open();

    expect([await namesOf(source), asked()]).toEqual([['a'], wholeDownload]);
    expect([await namesOf(source), asked()]).toEqual([['a'], look]);
    repository.commit({ ...tree('a'), 'README.md': 'of no concern' });
    expect([await namesOf(source), asked()]).toEqual([['a'], wholeDownload]);
  });

  test('a server that knows the first version of the protocol only', async () => {
    const { repository, open, asked } = await start({ isOld: true });
    repository.commit(tree('a'));
    const source = open();

    expect([await namesOf(source), asked()]).toEqual([['a'], ['discovery', 'discovery', 'pack']]);
    expect([await namesOf(source), asked()]).toEqual([['a'], ['discovery']]);
  });

  test('the set tells its commit', async () => {
    const { repository, open } = await start();
    const first = repository.commit(tree('a'), { date: '2026-11-01T10:00:00Z' });
    const id = repository.commit(tree('b'), { date: '2026-11-02T10:00:00+02:00' });
    const reading = await open().load(signal);

    expect(reading).toMatchObject({
      state: 'present',
      value: { commit: { id, parents: [first], committedAtMs: Date.UTC(2026, 10, 2, 8) } },
    });
  });

  test('no history comes along', async () => {
    const { repository, open } = await start();
    for (let n = 0; n < 20; n += 1) repository.commit({ 'policies/a.yaml': `${accountYaml('a')}# ${n}\n` });

    expect(await namesOf(open({}, { ...gitLimits, pack: { ...gitLimits.pack, objects: 4 } }))).toEqual(['a']);
  });

  test('the whole repository with the path .', async () => {
    const { repository, open } = await start();
    repository.commit({ 'a.yaml': accountYaml('a'), 'team/b.yaml': 'kind: [' });
    const reading = await open({ path: '.' }).load(signal);

    expect(reading).toMatchObject({
      state: 'present',
      value: { accounts: [{ meta: { source: { file: 'a.yaml' } } }], problems: [{ file: 'team/b.yaml' }] },
    });
  });

  test('the token goes into the header at once, and nowhere without auth', async () => {
    const { repository, server, open } = await start();
    repository.commit(tree('a'));
    await open().load(signal);
    const without = server.served.splice(0).map(({ authorization }) => authorization);
    server.setAuthorization(basic);

    expect(await namesOf(open({ auth: tokenAuth }))).toEqual(['a']);
    expect(server.served.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(without).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describeWithGit('refs', () => {
  test('a force-push is followed', async () => {
    const { repository, open } = await start();
    repository.commit(tree('a'));
    const source = open();
    await source.load(signal);
    const id = repository.commit(tree('b'), { orphan: true });

    expect(await source.load(signal)).toMatchObject({
      state: 'present',
      value: { accounts: [{ meta: { name: 'b' } }], commit: { id, parents: [] } },
    });
  });

  test('a branch is not taken for the tag of its name, and a tag is followed by its whole name', async () => {
    const { repository, open } = await start();
    const id = repository.commit(tree('tagged'));
    repository.git('-c', 'user.name=a', '-c', 'user.email=a@contoso.com', 'tag', '-a', 'main', '-m', 'a tag');
    repository.commit(tree('branch'));

    expect(await namesOf(open())).toEqual(['branch']);
    expect(await open({ ref: 'refs/tags/main' }).load(signal)).toMatchObject({
      state: 'present',
      value: { accounts: [{ meta: { name: 'tagged' } }], commit: { id } },
    });
  });

  test('a branch that begins like another is another', async () => {
    const { repository, open } = await start();
    repository.commit(tree('a'), { branch: 'main-2' });

    expect(await namesOf(open())).toMatch(/^invalid: .* \(branch main\): there is no branch main; correct /);
  });

  test('a branch that is gone is unreadable, and comes back', async () => {
    const { repository, open } = await start();
    const id = repository.commit(tree('a'));
    const source = open();
    await source.load(signal);
    repository.git('update-ref', '-d', 'refs/heads/main');

    expect(await namesOf(source)).toContain(
      'there is no branch main; correct spec.policies.git.ref, or push it',
    );
    repository.git('update-ref', 'refs/heads/main', id);
    expect(await namesOf(source)).toEqual(['a']);
  });

  test('a repository without commits', async () => {
    const { open } = await start();

    expect(await namesOf(open())).toContain('there is no branch main');
  });
});

describeWithGit('what a commit holds', () => {
  test('a submodule is a problem of the set, wherever it stands', async () => {
    const { repository, open } = await start();
    const id = repository.commit(tree('a'));
    repository.commit({ ...tree('a'), 'policies/team/shared': { submodule: id }, other: { submodule: id } });
    const reading = await open().load(signal);

    expect(reading).toMatchObject({ state: 'present', value: { complete: false } });
    expect(reading.state === 'present' ? reading.value.problems.map(inOneLine) : []).toEqual([
      'policies/team/shared:1:1: error: this is a submodule, whose files are in another repository and are not read; copy them into the folder instead [submodule]',
    ]);
  });

  const large: readonly (readonly [title: string, limits: Partial<GitSourceLimits>, sentence: string])[] = [
    [
      'more bytes than may be downloaded',
      { downloadBytes: 3_000 },
      'more than 3,000 bytes would have to be downloaded',
    ],
    ['more objects', { pack: { ...gitLimits.pack, objects: 5 } }, 'it holds more than 5 files and folders'],
    [
      'a file of zeros, small in the pack',
      { pack: { ...gitLimits.pack, objectBytes: 1_000_000 } },
      'it holds a file of more than 1,000,000 bytes',
    ],
    [
      'more bytes in all, unpacked',
      { pack: { ...gitLimits.pack, unpackedBytes: 2_000_000 } },
      'it holds more than 2,000,000 bytes, unpacked',
    ],
  ];
  test.for(large)('too much: %s', async ([, limits, sentence]) => {
    const { repository, open, asked } = await start();
    repository.commit({
      ...tree('a'),
      'zeros.bin': '0'.repeat(2_000_000),
      'noise.txt': Array.from({ length: 1_000 }, (_, n) => (n * 7_919) % 10_007).join(' '),
    });
    const source = open({}, { ...gitLimits, ...limits });
    const message = await namesOf(source);

    expect(message).toMatch(/^invalid: no policies can be read from http:.*\(branch main\): /);
    expect(message).toContain(`${sentence}; keep policies in a repository of their own, or `);
    // The same commit is not downloaded again soon, and the next one is.
    asked();
    expect([await namesOf(source), asked()]).toEqual([message, look]);
    clock.advance(10 * 60_000);
    expect([await namesOf(source), asked()]).toEqual([message, wholeDownload]);
    repository.commit(tree('b'));
    expect(await namesOf(source)).toEqual(['b']);
  });

  test('a date that no calendar has', async () => {
    const { repository, open } = await start();
    const id = repository.commit(tree('a'));
    const text = repository
      .git('cat-file', 'commit', id)
      .replace(/(committer .*>) \d+/, '$1 99999999999999999');
    repository.point('refs/heads/main', repository.object('commit', `${text}\n`));

    expect(await namesOf(open())).toContain('the commit is dated to no day that there is; commit anew');
  });
});

interface Fault {
  readonly title: string;
  readonly fault: GitFault;
  readonly only?: GitRequest;
  readonly expected: RegExp;
}

const faults: readonly Fault[] = [
  {
    title: '401',
    fault: { kind: 'status', status: 401 },
    expected:
      /^denied: .*the server does not accept the credential \(401\); put a token that is valid, .* into ROLEWARDEN_GIT_TOKEN$/,
  },
  {
    title: 'a page to sign in, as Azure DevOps has it',
    fault: { kind: 'status', status: 203 },
    expected: /^denied: .*\(203\)/,
  },
  {
    title: '403',
    fault: { kind: 'status', status: 403 },
    expected: /^denied: .*refuses access \(403\); put a token/,
  },
  {
    title: '404',
    fault: { kind: 'status', status: 404 },
    expected:
      /^denied: .*knows no such repository, or hides it \(404\); correct spec\.policies\.git\.url, or put a token/,
  },
  {
    title: '429',
    fault: { kind: 'status', status: 429 },
    expected: /^transient: .*answered 429; mostly it passes/,
  },
  {
    title: '500',
    fault: { kind: 'status', status: 500 },
    expected: /^transient: .*answered 500; mostly it passes/,
  },
  {
    title: '400',
    fault: { kind: 'status', status: 400 },
    expected: /^invalid: .*answered 400; check that spec\.policies\.git\.url is that of a Git repository/,
  },
  {
    title: '500 for the refs',
    fault: { kind: 'status', status: 500 },
    only: 'refs',
    expected: /^transient: .*answered 500/,
  },
  {
    title: '500 for the pack',
    fault: { kind: 'status', status: 500 },
    only: 'pack',
    expected: /^transient: .*answered 500/,
  },
  {
    title: 'a page with 200',
    fault: { kind: 'page' },
    expected: /^invalid: .*not that of a Git server; check spec\.policies\.git\.url$/,
  },
  {
    title: 'a page in the place of the refs',
    fault: { kind: 'page' },
    only: 'refs',
    expected: /^(?:invalid|transient): /,
  },
  {
    title: 'a page in the place of the pack',
    fault: { kind: 'page' },
    only: 'pack',
    expected: /^(?:invalid|transient): /,
  },
  {
    title: 'no answer',
    fault: { kind: 'hang' },
    expected: /^transient: .*it took longer than 1 s; it is tried again/,
  },
  {
    title: 'no pack',
    fault: { kind: 'hang' },
    only: 'pack',
    expected: /^transient: .*it took longer than 1 s/,
  },
  {
    title: 'the discovery is cut',
    fault: { kind: 'cut', afterBytes: 40 },
    only: 'discovery',
    expected: /^transient: .*the server cannot be reached, or broke off/,
  },
  {
    title: 'the refs are cut',
    fault: { kind: 'cut', afterBytes: 20 },
    only: 'refs',
    expected: /^transient: .*broke off/,
  },
  {
    title: 'the pack is cut',
    fault: { kind: 'cut', afterBytes: 300 },
    only: 'pack',
    expected: /^transient: .*broke off/,
  },
  {
    title: 'an empty discovery',
    fault: { kind: 'short', afterBytes: 0 },
    only: 'discovery',
    expected: /^invalid: .*not that of a Git server/,
  },
  {
    title: 'no refs',
    fault: { kind: 'short', afterBytes: 0 },
    only: 'refs',
    expected: /^invalid: .*there is no branch main/,
  },
  {
    title: 'no pack in the answer',
    fault: { kind: 'short', afterBytes: 0 },
    only: 'pack',
    expected: /^transient: .*broke off, or its answer cannot be understood/,
  },
  {
    title: 'the pack ends early',
    fault: { kind: 'short', afterBytes: 300 },
    only: 'pack',
    expected: /^transient: /,
  },
  {
    title: 'an error instead of refs',
    fault: { kind: 'says', text: 'ERR no secret words' },
    only: 'refs',
    expected: /^transient: .*the server answered that it cannot/,
  },
  {
    title: 'an error instead of a pack',
    fault: { kind: 'says', text: 'ERR no secret words' },
    only: 'pack',
    expected: /^transient: /,
  },
  {
    title: 'an error beside the pack',
    fault: { kind: 'says', text: '\u0003no secret words' },
    only: 'pack',
    expected: /^transient: /,
  },
  {
    title: 'progress without end',
    fault: { kind: 'endless' },
    only: 'pack',
    expected: /^invalid: .*more than 1,000,000 bytes would have to be downloaded/,
  },
  {
    title: 'a discovery without end',
    fault: { kind: 'endless' },
    only: 'discovery',
    expected: /^(?:invalid|transient): /,
  },
];

describeWithGit('what goes wrong', () => {
  test.for(faults)('$title', async ({ fault, only, expected }) => {
    const { repository, server, open } = await start();
    repository.commit(tree('a'));
    server.setAuthorization(basic);
    const limits = { ...gitLimits, downloadBytes: 1_000_000 };
    const source = open({ auth: tokenAuth }, limits);
    if (fault.kind === 'hang') limits.timeMs = 1_000;
    server.setFault(fault, only);
    const reading = await source.load(signal);
    const told = reading.state === 'unreadable' ? `${reading.problem.kind}: ${reading.problem.message}` : '';

    expect(told).toMatch(expected);
    const everything = inspect(reading, { depth: 20, showHidden: true });
    for (const secret of [token, basic, 'secret words']) expect(everything).not.toContain(secret);
    server.setFault({ kind: 'none' });
    limits.timeMs = gitLimits.timeMs;
    clock.advance(10 * 60_000);
    expect(await namesOf(source)).toEqual(['a']);
  });

  test('whichever byte of an answer is another, nothing but the policies of the commit is read', async () => {
    const { repository, server, open } = await start();
    const id = repository.commit({
      'policies/a.yaml': `${accountYaml('a')}${'# a long comment\n'.repeat(20)}`,
    });
    const found = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<GitRequest>('discovery', 'refs', 'pack', 'pack'),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 1, max: 255 }),
        async (only, at, bits) => {
          server.setFault({ kind: 'flip', at, bits }, only);
          const reading = await open().load(signal);
          found.add(reading.state);
          if (reading.state === 'unreadable')
            expect(reading.problem.message).toContain('no policies can be read');
          else
            expect(reading).toMatchObject({
              state: 'present',
              value: { complete: true, accounts: [{ meta: { name: 'a' } }], commit: { id } },
            });
        },
      ),
      { numRuns: 40 },
    );

    expect(found).toContain('unreadable');
  });

  test('without auth, a 401 says where it is given', async () => {
    const { server, open } = await start();
    server.setFault({ kind: 'status', status: 401 });

    expect(await namesOf(open())).toMatch(
      /the server wants to know who asks \(401\); say in spec\.policies\.git\.auth how/,
    );
  });

  test('a redirect is told, and followed by nobody', async () => {
    const { repository, server, open } = await start();
    repository.commit(tree('a'));
    const seen: unknown[] = [];
    const other = createServer((request, response) => {
      seen.push(request.headers);
      response.end();
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await new Promise((resolve) => other.once('listening', resolve));
    const elsewhere = `http://localhost:${(other.address() as AddressInfo).port}`;
    const source = open({ auth: tokenAuth });
    for (const only of ['discovery', 'pack'] as const) {
      const location = `${elsewhere}/new.git/info/refs?service=git-upload-pack&token=secret`;
      server.setFault({ kind: 'status', status: 301, headers: { location } }, only);

      expect(await namesOf(source)).toMatch(
        new RegExp(
          `^invalid: .*redirects to ${elsewhere}/new\\.git \\(301\\), which is not followed; write that address`,
        ),
      );
    }
    expect(seen).toEqual([]);
  });

  test('a server that is gone, and comes back', async () => {
    const { repository, server, open } = await start();
    repository.commit(tree('a'));
    const source = open();
    await source.load(signal);
    await server.stop();

    expect(await namesOf(source)).toMatch(
      /^transient: no policies can be read from .*: the server cannot be reached, or broke off \(\w+\); it is tried again/,
    );
    const again = await startGitServer({ ...repository, port: Number(new URL(server.url).port) });
    onTestFinished(() => again.stop());
    expect(await namesOf(source)).toEqual(['a']);
  });

  test('a pack without one of the files makes all of it unreadable, not incomplete', async () => {
    const { repository, server, open } = await start();
    const b = accountYaml('b').replace('111122223333', '444455556666');
    const id = repository.commit({ ...tree('a'), 'policies/b.yaml': b });
    const objects = repository.git('rev-list', '--objects', id).split('\n');
    const pack = repository.pack(objects.filter((line) => !line.endsWith('b.yaml')));
    const source = open();
    server.setFault({ kind: 'pack', pack }, 'pack');

    expect(await namesOf(source)).toMatch(
      /^transient: .*its answer cannot be understood \(NotFoundError\); it is tried/,
    );
    server.setFault({ kind: 'pack', pack: repository.pack(objects) }, 'pack');
    expect(await namesOf(source)).toEqual(['a', 'b']);
  });

  test('a token of a GitHub App that the server does not accept any more is asked for anew', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const github = await startFakeGitHub({
      appId: '1234',
      installationId: '5678',
      publicKey,
      now: () => clock.now(),
    });
    onTestFinished(() => github.stop());
    const { repository, server, open } = await start();
    repository.commit(tree('a'));
    const source = open(
      { auth: { kind: 'githubApp', appId: '1234', installationId: '5678', apiUrl: github.url } },
      gitLimits,
      { ROLEWARDEN_GIT_APP_PRIVATE_KEY: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString() },
    );
    const acceptsOnly = (n: number): void =>
      server.setAuthorization(
        `Basic ${Buffer.from(`x-access-token:${installationToken(n)}`).toString('base64')}`,
      );
    acceptsOnly(1);

    expect(await namesOf(source)).toEqual(['a']);
    acceptsOnly(2);
    expect(await namesOf(source)).toMatch(
      /^denied: .*\(401\); install the GitHub App for the repository, with the permission to read contents, and check appId and installationId$/,
    );
    expect(await namesOf(source)).toEqual(['a']);
  });

  test('an abort while nothing comes rejects with the reason', async () => {
    const { server, open } = await start();
    server.setFault({ kind: 'hang' });
    const stopping = new AbortController();
    const reason = new Error('stop');
    const loading = open().load(stopping.signal);
    while (server.served.length === 0) await new Promise((resolve) => setImmediate(resolve));
    stopping.abort(reason);

    await expect(loading).rejects.toBe(reason);
  });
});
