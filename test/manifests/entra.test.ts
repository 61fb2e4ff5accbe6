// The script that makes applications in Entra, run against a stand-in for `az rest` that keeps what Graph would keep.

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { controllerArn, planSubject } from './deployed.ts';
import { manifests } from './templates.ts';
import { type Bench, isInstalled, openBench } from './workflows.ts';

const script = resolve(manifests, 'deploy/entra/application.sh');
const awsIssuer = 'https://0f0e0d0c.tokens.sts.global.api.aws';

/** As much of Graph as the script needs; state and requests are files beside it. */
const standIn = resolve(import.meta.dirname, 'az-stand-in.mjs');

let bench: Bench;
beforeEach(() => {
  bench = openBench();
  bench.command('az', `exec ${process.execPath} ${standIn} ${bench.temp} "$@"`);
});
afterEach(() => {
  bench.remove();
});

const run = (...args: readonly string[]) =>
  bench.run(`bash ${script} ${args.map((arg) => `'${arg}'`).join(' ')}`);
const controller = (...permissions: readonly string[]) =>
  run('rolewarden', awsIssuer, controllerArn, ...permissions);

interface State {
  readonly applications: readonly Record<string, unknown>[];
  readonly credentials: readonly Record<string, unknown>[];
  readonly assignments: readonly { readonly appRoleId: string }[];
}
const state = (): State => JSON.parse(readFileSync(join(bench.temp, 'state.json'), 'utf8')) as State;
const writes = (): readonly string[] => {
  const file = join(bench.temp, 'requests.txt');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return lines.filter((line) => /^(?:POST|DELETE) |^PATCH .* created$/.test(line));
};

describe('an application', () => {
  beforeEach(async (context) => {
    context.skip(!(await isInstalled(bench, 'jq')), 'jq is not installed');
  });

  it('is made with a federated credential, and may do what it is given', async () => {
    const { code, output } = await controller('GroupMember.Read.All', 'User.Read.All');
    expect({ code, output }).toEqual({ code: 0, output: 'AZURE_CLIENT_ID=client-of-rolewarden\n' });
    expect(state()).toMatchObject({
      applications: [
        {
          uniqueName: 'rolewarden',
          displayName: 'rolewarden',
          signInAudience: 'AzureADMyOrg',
          requiredResourceAccess: [
            {
              resourceAppId: '00000003-0000-0000-c000-000000000000',
              resourceAccess: [
                { id: 'role-GroupMember.Read.All', type: 'Role' },
                { id: 'role-User.Read.All', type: 'Role' },
              ],
            },
          ],
        },
      ],
      credentials: [
        {
          name: 'rolewarden',
          issuer: awsIssuer,
          subject: controllerArn,
          audiences: ['api://AzureADTokenExchange'],
        },
      ],
    });
    expect(state().assignments.map(({ appRoleId }) => appRoleId)).toEqual([
      'role-GroupMember.Read.All',
      'role-User.Read.All',
    ]);
  });

  it('is left alone by a second run', async () => {
    await controller('GroupMember.Read.All');
    const [before, first] = [state(), writes()];
    expect((await controller('GroupMember.Read.All')).code).toBe(0);
    expect(state()).toEqual(before);
    expect(writes()).toEqual(first);
  });

  it('follows its subject, and tells what it has besides', async () => {
    await controller('GroupMember.Read.All', 'User.Read.All');
    const { code, output } = await run(
      'rolewarden',
      'https://token.actions.githubusercontent.com',
      planSubject,
      'User.Read.All',
    );
    expect(code).toBe(0);
    expect(output).toContain(
      'look here: it also has the permission GroupMember.Read.All, which was not asked for',
    );
    expect(state().credentials).toMatchObject([{ subject: planSubject }]);
  });

  it.each([
    ['secrets', 'has 1 secrets or certificates'],
    ['owners', 'has 1 owners, who can give it a secret'],
    ['credentials', 'others can sign in as it too, by these federated credentials: other'],
  ])('that has %s is told of', async (what, sentence) => {
    await controller('User.Read.All');
    await bench.run(`az spoil ${what}`);
    expect((await controller('User.Read.All')).output).toContain(sentence);
  });

  it.each([
    [
      'a permission that is not there',
      ['rolewarden', awsIssuer, controllerArn, 'Group.Fly'],
      "no application permission 'Group.Fly'",
    ],
    [
      'a permission for people only',
      ['rolewarden', awsIssuer, controllerArn, 'User.Read'],
      "no application permission 'User.Read'",
    ],
    [
      'an issuer without https',
      ['rolewarden', 'tokens.example', controllerArn, 'User.Read.All'],
      'is no https URL',
    ],
    ['a pattern', ['rolewarden', awsIssuer, 'arn:aws:iam::*:role/x', 'User.Read.All'], 'has a *'],
    ['a name with a dot', ['x.y', awsIssuer, controllerArn, 'User.Read.All'], 'is no name'],
    ['too little', ['rolewarden', awsIssuer], 'application.sh NAME ISSUER SUBJECT PERMISSION'],
  ])('is not made of %s', async (_name, args, sentence) => {
    const { code, output } = await run(...args);
    expect(code).not.toBe(0);
    expect(output).toContain(sentence);
    expect(writes()).toEqual([]);
  });
});
