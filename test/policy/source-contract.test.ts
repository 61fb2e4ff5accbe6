// Both sources keep the same promises.

import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { directorySource } from '../../src/policy/directory-source.ts';
import { gitSource } from '../../src/policy/git/git-source.ts';
import { describeWithGit, gitRepository } from './git/git-repository.ts';
import { startGitServer } from './git/git-server.ts';
import { scratch } from './scratch.ts';
import { describeSource, type SourceStage } from './source-contract.ts';

const clock = { now: () => Date.now() };

describeSource('a folder', (): SourceStage => {
  const folder = scratch();
  return {
    prefix: `${folder.path}/`,
    put: (tree) => {
      for (const name of readdirSync(folder.path)) rmSync(folder.at(name), { recursive: true });
      for (const [name, content] of Object.entries(tree)) {
        const path = join(folder.path, name);
        mkdirSync(dirname(path), { recursive: true });
        if (typeof content === 'string') writeFileSync(path, content);
        else symlinkSync(content.link, path);
      }
    },
    source: (config) =>
      directorySource({ path: folder.at('policies'), pollIntervalMs: 3_600_000, clock, config }),
  };
});

describeWithGit('with git', () => {
  describeSource('a repository', async (): Promise<SourceStage> => {
    const repository = gitRepository();
    const server = await startGitServer(repository);
    onTestFinished(async () => {
      await server.stop();
      repository.remove();
    });
    return {
      prefix: '',
      put: (tree) => void repository.commit(tree),
      source: (config) =>
        gitSource({
          origin: {
            kind: 'git',
            url: server.url,
            ref: 'refs/heads/main',
            path: 'policies',
            auth: { kind: 'none' },
          },
          env: {},
          clock,
          config,
        }),
    };
  });
});
