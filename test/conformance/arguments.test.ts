// What may be said on the command line and in the environment, and what is answered to the rest.

import { describe, expect, test } from 'vitest';
import { chosen, readArguments } from './arguments.ts';
import { confirmAccount, confirmTenant } from './confirm.ts';
import { experiments } from './experiments.ts';
import { readSettings } from './settings.ts';

const tenant = 'f0000000-0000-4000-8000-000000000001';

test.each([
  [[], { only: [], output: 'text', does: 'run' }],
  [['--only', 'a', '--only', 'b', '--output', 'json'], { only: ['a', 'b'], output: 'json', does: 'run' }],
  [['--list', '--clean'], { only: [], output: 'text', does: 'list' }],
  [['-h', '--list'], { only: [], output: 'text', does: 'help' }],
  [['--clean'], { only: [], output: 'text', does: 'clean' }],
  [['--output', 'yaml'], '--output yaml: it is text or json'],
  [['--clean', '--only', 'trust-size'], '--clean removes what all experiments left: leave out --only'],
])('%j', (args, expected) => {
  expect(readArguments(args)).toEqual(expected);
});

test('a word that is not known is named', () => {
  expect(readArguments(['--verbose'])).toContain("'--verbose'");
});

test('experiments run in their own order, whatever the order in which they were asked for', () => {
  const names = ['not-found-body', 'trust-size'];
  expect(chosen(experiments, names)).toMatchObject([{ name: 'trust-size' }, { name: 'not-found-body' }]);
  expect(chosen(experiments, [])).toBe(experiments);
});

const ofTenant = {
  ROLEWARDEN_CONFORMANCE_TENANT: tenant.toUpperCase(),
  AZURE_CLIENT_ID: 'client',
  AZURE_CLIENT_SECRET: 'secret',
};

describe('settings', () => {
  test('of an account, with the region of the SDK', () => {
    const account = { ROLEWARDEN_CONFORMANCE_ACCOUNT: '111122223333' };
    expect(readSettings(account)).toMatchObject({
      settings: { account: { id: '111122223333', region: 'us-east-1' }, tenant: undefined },
      problems: [],
    });
    expect(readSettings({ ...account, AWS_REGION: 'eu-west-1' }).settings.account?.region).toBe('eu-west-1');
  });

  test('of a tenant, in the public cloud unless it is said otherwise', () => {
    const { settings, problems } = readSettings(ofTenant);
    expect([settings.tenant, problems]).toEqual([
      {
        id: tenant,
        clientId: 'client',
        credential: 'clientSecret',
        authority: 'https://login.microsoftonline.com',
        graphEndpoint: 'https://graph.microsoft.com',
      },
      [],
    ]);
  });

  test.each([
    [
      { ROLEWARDEN_CONFORMANCE_ACCOUNT: '1234' },
      /^ROLEWARDEN_CONFORMANCE_ACCOUNT is '1234': an account id has twelve digits$/,
    ],
    [
      { ...ofTenant, ROLEWARDEN_CONFORMANCE_TENANT: 'contoso.com' },
      /is 'contoso.com': a tenant id is a UUID, not a domain$/,
    ],
    [{ ...ofTenant, AZURE_CLIENT_ID: ' ' }, /^AZURE_CLIENT_ID is not set/],
    [{ ...ofTenant, AZURE_CLIENT_SECRET: '' }, /^none of AZURE_CLIENT_SECRET, .* is set$/],
    [
      { ...ofTenant, ROLEWARDEN_CONFORMANCE_GRAPH: 'http://localhost' },
      /^'http:\/\/localhost' is no https URL$/,
    ],
  ])('%j is a problem', (env, sentence) => {
    expect(readSettings(env).problems).toEqual([expect.stringMatching(sentence)]);
  });
});

describe('who we are', () => {
  const sts = (answer: object | Error) =>
    ({ send: () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)) }) as never;
  const arn = 'arn:aws-cn:iam::111122223333:user/oncall-1';

  test('must be of the named account; the partition comes along', async () => {
    const named = confirmAccount(sts({ Account: '111122223333', Arn: arn }), '111122223333');
    expect(await named).toEqual({ accountId: '111122223333', partition: 'aws-cn' });
  });

  test.each([
    [{ Account: '444455556666', Arn: arn }, 'of account 444455556666: nothing was touched'],
    [{}, 'of account (unknown): nothing was touched'],
    [{ Account: '111122223333', Arn: 'arn:aws:iam::111122223333:root' }, 'which cannot assume roles'],
    [new Error('no credentials'), 'does not say whose credentials these are: no credentials'],
  ])('%j is refused', async (answer, sentence) => {
    await expect(confirmAccount(sts(answer), '111122223333')).rejects.toThrow(sentence);
  });

  const tokenOf = (claims: object): string =>
    `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;

  test.each([
    [
      tokenOf({ tid: 'f0000000-0000-4000-8000-000000000002' }),
      'the token is of tenant f0000000-0000-4000-8000-000000000002',
    ],
    [tokenOf({}), 'the token is of tenant (unknown)'],
    ['opaque', 'the token is of tenant (unknown)'],
  ])('a token %s is refused', async (token, sentence) => {
    await expect(confirmTenant(async () => token, tenant)).rejects.toThrow(sentence);
  });

  test('a token of the named tenant is accepted, in any case', async () => {
    await expect(
      confirmTenant(async () => tokenOf({ tid: tenant.toUpperCase() }), tenant),
    ).resolves.toBeUndefined();
  });
});
