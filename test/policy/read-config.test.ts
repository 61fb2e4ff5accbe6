// The config file of a controller, by itself.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { GitOrigin } from '../../src/domain/policy.ts';
import { readConfig } from '../../src/policy/read-config.ts';
import { inOneLine } from './case-file.ts';
import { accountYaml, scratch } from './scratch.ts';

const valid = readFileSync(new URL('fixtures/valid/controller-config.yaml', import.meta.url), 'utf8');

describe('readConfig', () => {
  test('finds the policy folder beside the file', async () => {
    const folder = scratch();
    const { config, problems } = await readConfig(folder.write('etc/config.yaml', valid));

    expect(problems).toEqual([]);
    expect(config?.policyOrigin).toEqual({ kind: 'directory', path: folder.at('etc/policies') });
    expect(config?.instance).toBe('contoso-main');
  });

  const origins: readonly (readonly [title: string, git: string, origin: Partial<GitOrigin>])[] = [
    [
      'a public repository',
      'url: https://GitHub.com/contoso/policies.git/, ref: main',
      {
        url: 'https://github.com/contoso/policies.git',
        ref: 'refs/heads/main',
        path: '.',
        auth: { kind: 'none' },
      },
    ],
    [
      'a token, a tag and a folder',
      'url: https://gitlab.com/contoso/policies.git, ref: refs/tags/v1, path: ./a//b/, auth: {token: {}}',
      {
        url: 'https://gitlab.com/contoso/policies.git',
        ref: 'refs/tags/v1',
        path: 'a/b',
        auth: { kind: 'token', username: 'x-access-token' },
      },
    ],
    [
      'a GitHub App',
      'url: https://github.com/contoso/policies.git, ref: feature/x, auth: {githubApp: {appId: 12, installationId: "34"}}',
      {
        ref: 'refs/heads/feature/x',
        auth: { kind: 'githubApp', appId: '12', installationId: '34', apiUrl: 'https://api.github.com' },
      },
    ],
    [
      'a GitHub App of GitHub Enterprise',
      'url: https://git.contoso.com/contoso/policies, ref: main, auth: {githubApp: {appId: Iv1.a, installationId: 34, apiUrl: "https://git.contoso.com/api/v3/"}}',
      {
        auth: {
          kind: 'githubApp',
          appId: 'Iv1.a',
          installationId: '34',
          apiUrl: 'https://git.contoso.com/api/v3',
        },
      },
    ],
  ];
  test.for(origins)('finds %s', async ([, git, origin]) => {
    const text = valid.replace('directory: ./policies', `git: {${git}}`);
    const { config, problems } = await readConfig(scratch().write('config.yaml', text));

    expect(problems.map(inOneLine)).toEqual([]);
    expect(config?.policyOrigin).toMatchObject({ kind: 'git', ...origin });
  });

  test('leaves other kinds in the file alone, whatever is wrong with them', async () => {
    const text = `${valid}---\n${accountYaml('a')}---\n${accountYaml('a')}---\n${accountYaml('Not_A_Name')}`;
    const { config, problems } = await readConfig(scratch().write('config.yaml', text));

    expect(problems).toEqual([]);
    expect(config?.meta.name).toBe('main');
  });

  const refused: readonly (readonly [string, string, string])[] = [
    [
      'a file without a config',
      accountYaml('a'),
      'FILE:1:1: error: there is no ControllerConfig here; point to the file that holds it, or add a document with kind: ControllerConfig [missingConfig]',
    ],
    [
      'a config with an error',
      valid.replace('instance: contoso-main', 'instance: Main_1'),
      'FILE:6:13: error: spec.instance: "Main_1" must be a DNS label: at most 63 lower-case letters, digits and hyphens, beginning and ending with a letter or digit [malformedValue]',
    ],
    [
      'a misspelt kind',
      valid.replace('kind: Controller', 'kind: Controler'),
      'FILE:2:7: error: kind: "ControlerConfig" is unknown; did you mean ControllerConfig? [unknownKind]',
    ],
    [
      'broken YAML',
      `${valid}  x: "`,
      'FILE:11:7: error: a quote, bracket, comma or colon is missing here [yamlSyntax]',
    ],
    [
      'a field given twice',
      `${valid}  instance: other\n`,
      'FILE:11:3: error: spec.instance: the field "instance" is given twice; keep one of the two [yamlDuplicateKey]',
    ],
  ];
  test.each(refused)('%s gives no config', async (_, text, expected) => {
    const path = scratch().write('config.yaml', text);
    const { config, problems } = await readConfig(path);

    expect(config).toBeUndefined();
    expect(problems.map(inOneLine)).toEqual([expected.replace('FILE', path)]);
  });

  test('a second config is an error, and the first one is still there', async () => {
    const path = scratch().write('config.yaml', `${valid}---\n${valid}`);
    const { config, problems } = await readConfig(path);

    expect(config?.meta.source.line).toBe(1);
    expect(problems.map(({ rule }) => rule)).toEqual(['severalConfigs']);
  });

  test('a missing file', async () => {
    const path = scratch().at('config.yaml');
    const { config, problems } = await readConfig(path);

    expect(config).toBeUndefined();
    expect(problems.map(inOneLine)).toEqual([
      `${path}:1:1: error: the path does not exist; correct it, or create the file or folder [missingPath]`,
    ]);
  });
});
