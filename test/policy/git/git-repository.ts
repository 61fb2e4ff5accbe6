// A bare repository on disk, written by git itself: whole commits from files, links and submodules, and what people do to branches.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';

/** Text, the target of a link, or the commit of a submodule. */
export type TreeContent = string | { readonly link: string } | { readonly submodule: string };
export type Tree = Readonly<Record<string, TreeContent>>;

export interface CommitOptions {
  readonly branch?: string;
  /** ISO 8601. */
  readonly date?: string;
  /** A first commit, as after a force-push of another history. */
  readonly orphan?: boolean;
}

export interface GitRepository {
  /** Holds `NAME.git`, for a server. */
  readonly root: string;
  /** `policies.git` */
  readonly name: string;
  /** The branch holds exactly these files afterwards. Gives the commit. */
  commit(tree: Tree, options?: CommitOptions): string;
  git(...args: readonly string[]): string;
  /** Writes an object as it is, right or wrong. Gives its id. */
  object(type: string, text: string): string;
  /** From lines of `git ls-tree`. */
  tree(lines: string): string;
  /** What a commit of that tree says. */
  commitText(tree: string): string;
  point(ref: string, id: string): void;
  /** A pack of these objects, lines of `git rev-list --objects`. */
  pack(objects: readonly string[]): Uint8Array;
  remove(): void;
}

/** Tests that need git; skipped with the reason in their name where there is none. */
export const describeWithGit = (title: string, tests: () => void): void => {
  const { status, stdout } = spawnSync('git', ['--exec-path'], { encoding: 'utf8' });
  const isThere = status === 0 && existsSync(join(stdout.trim(), 'git-http-backend'));
  if (isThere) describe(title, tests);
  else describe.skip(`${title} (skipped: git http-backend is not installed)`, tests);
};

const who = { name: 'Policies', email: 'policies@contoso.com' };

export const gitRepository = (): GitRepository => {
  const root = mkdtempSync(join(realpathSync(tmpdir()), 'rolewarden-git-'));
  const name = 'policies.git';
  const bare = join(root, name);
  mkdirSync(bare);
  const run = (args: readonly string[], input?: string, env: Readonly<Record<string, string>> = {}): string =>
    execFileSync('git', args, {
      cwd: bare,
      encoding: 'utf8',
      input: input ?? '',
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', ...env },
    }).trim();
  run(['init', '--quiet', '--bare', '--initial-branch=main']);

  const blob = (text: string): string => run(['hash-object', '-w', '--stdin'], text);
  const entryOf = (path: string, content: TreeContent): string => {
    if (typeof content === 'string') return `100644 ${blob(content)}\t${path}`;
    return 'link' in content
      ? `120000 ${blob(content.link)}\t${path}`
      : `160000 ${content.submodule}\t${path}`;
  };

  const commit: GitRepository['commit'] = (tree, { branch = 'main', date, orphan = false } = {}) => {
    const index = { GIT_INDEX_FILE: join(root, 'index') };
    rmSync(index.GIT_INDEX_FILE, { force: true });
    const entries = Object.entries(tree).map(([path, content]) => entryOf(path, content));
    run(['update-index', '--add', '--index-info'], `${entries.join('\n')}\n`, index);
    const written = run(['write-tree'], undefined, index);
    const ref = `refs/heads/${branch}`;
    const parent = orphan ? '' : run(['for-each-ref', '--format=%(objectname)', ref]);
    const dates = date === undefined ? {} : { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
    const id = run(
      ['commit-tree', written, '-m', 'policies', ...(parent === '' ? [] : ['-p', parent])],
      undefined,
      {
        GIT_AUTHOR_NAME: who.name,
        GIT_AUTHOR_EMAIL: who.email,
        GIT_COMMITTER_NAME: who.name,
        GIT_COMMITTER_EMAIL: who.email,
        ...dates,
      },
    );
    run(['update-ref', ref, id]);
    return id;
  };

  return {
    root,
    name,
    commit,
    git: (...args) => run(args),
    object: (type, text) => run(['hash-object', '-t', type, '--literally', '-w', '--stdin'], text),
    tree: (lines) => run(['mktree'], lines),
    commitText: (tree) => {
      const by = `${who.name} <${who.email}> 1790000000 +0000`;
      return `tree ${tree}\nauthor ${by}\ncommitter ${by}\n\npolicies\n`;
    },
    pack: (objects) =>
      execFileSync('git', ['pack-objects', '--quiet', '--stdout'], {
        cwd: bare,
        input: `${objects.map((line) => line.slice(0, 40)).join('\n')}\n`,
      }),
    point: (ref, id) => void run(['update-ref', ref, id]),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
};
