// Who the controller says it is: from which variables, in which header, and with which tokens of a GitHub App.

import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { GitAuth, GitOrigin } from '../../../src/domain/policy.ts';
import { gitCredential } from '../../../src/policy/git/git-credential.ts';
import { manualClock } from '../../aws/manual-clock.ts';
import { scratch } from '../scratch.ts';
import { installationToken, startFakeGitHub } from './fake-github.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const { signal } = new AbortController();

const originOf = (auth: GitAuth): GitOrigin => ({
  kind: 'git',
  url: 'https://github.contoso.com/contoso/policies.git',
  ref: 'refs/heads/main',
  path: '.',
  auth,
});

const open = (
  auth: GitAuth,
  env: Readonly<Record<string, string>>,
  clock = manualClock(Date.UTC(2026, 0, 1)),
) => gitCredential(originOf(auth), env, clock);

const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** What an error says, wherever it stands in it. */
const everythingOf = (error: unknown): string => inspect(error, { depth: 20, showHidden: true });

describe('a token', () => {
  const auth: GitAuth = { kind: 'token', username: 'oauth2' };

  test('is the password beside the user name', async () => {
    const credential = open(auth, { ROLEWARDEN_GIT_TOKEN: ' glpat-1\n' });

    expect(await credential.authorization(signal)).toBe(basic('oauth2', 'glpat-1'));
  });

  test.for([{}, { ROLEWARDEN_GIT_TOKEN: ' ' }])('that is not set is an error at once: %o', (env) => {
    expect(() => open(auth, env)).toThrow(
      'ROLEWARDEN_GIT_TOKEN is not set: set it to a token that may read the contents of the repository',
    );
  });

  test('is not sent where the config gives no auth', async () => {
    const credential = open({ kind: 'none' }, { ROLEWARDEN_GIT_TOKEN: 'glpat-1' });

    expect(await credential.authorization(signal)).toBeUndefined();
  });
});

describe('a GitHub App', () => {
  const start = async (env: Readonly<Record<string, string>> = { ROLEWARDEN_GIT_APP_PRIVATE_KEY: pem }) => {
    const clock = manualClock(Date.UTC(2026, 0, 1));
    const github = await startFakeGitHub({
      appId: '1234',
      installationId: '5678',
      publicKey,
      now: () => clock.now(),
    });
    onTestFinished(() => github.stop());
    const auth: GitAuth = { kind: 'githubApp', appId: '1234', installationId: '5678', apiUrl: github.url };
    return { clock, github, credential: gitCredential(originOf(auth), env, clock) };
  };

  test('gets a token for the one repository, to read contents only, and keeps it until shortly before it ends', async () => {
    const { clock, github, credential } = await start();
    github.setEnd(clock.now() + 3_600_000);

    expect(await credential.authorization(signal)).toBe(basic('x-access-token', installationToken(1)));
    clock.advance(54 * 60_000);
    expect(await credential.authorization(signal)).toBe(basic('x-access-token', installationToken(1)));
    clock.advance(60_000);
    github.setEnd(clock.now() + 3_600_000);
    expect(await credential.authorization(signal)).toBe(basic('x-access-token', installationToken(2)));
    expect(github.asked).toEqual(
      Array.from({ length: 2 }, () => ({ repositories: ['policies'], permissions: { contents: 'read' } })),
    );
  });

  test('gets another token once the server refused the one it has', async () => {
    const { credential } = await start();
    await credential.authorization(signal);
    credential.forget();

    expect(await credential.authorization(signal)).toBe(basic('x-access-token', installationToken(2)));
  });

  test.for([
    ['with new lines written as \\n', { ROLEWARDEN_GIT_APP_PRIVATE_KEY: pem.replaceAll('\n', '\\n') }],
    [
      'as PKCS #8',
      { ROLEWARDEN_GIT_APP_PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() },
    ],
  ] as const)('takes its key from the environment, %s', async ([, env]) => {
    const { credential } = await start(env);

    expect(await credential.authorization(signal)).toBe(basic('x-access-token', installationToken(1)));
  });

  test('takes its key from a file, and from what the file holds by then', async () => {
    const path = scratch().write('key.pem', 'nothing yet');
    const { credential } = await start({ ROLEWARDEN_GIT_APP_PRIVATE_KEY_PATH: path });

    await expect(credential.authorization(signal)).rejects.toThrow(
      'ROLEWARDEN_GIT_APP_PRIVATE_KEY_PATH gives no RSA private key without a passphrase; give the PEM file that GitHub made for the app',
    );
    writeFileSync(path, pem);
    expect(await credential.authorization(signal)).toBe(basic('x-access-token', installationToken(1)));
  });

  const auth: GitAuth = {
    kind: 'githubApp',
    appId: '1234',
    installationId: '5678',
    apiUrl: 'http://127.0.0.1:9',
  };
  const without: readonly (readonly [
    title: string,
    env: Readonly<Record<string, string>>,
    message: string,
  ])[] = [
    [
      'none',
      {},
      'ROLEWARDEN_GIT_APP_PRIVATE_KEY is not set: set it to the private key of the GitHub App, or ROLEWARDEN_GIT_APP_PRIVATE_KEY_PATH to the file that holds it',
    ],
    [
      'two',
      { ROLEWARDEN_GIT_APP_PRIVATE_KEY: pem, ROLEWARDEN_GIT_APP_PRIVATE_KEY_PATH: '/key.pem' },
      'ROLEWARDEN_GIT_APP_PRIVATE_KEY and ROLEWARDEN_GIT_APP_PRIVATE_KEY_PATH are both set: keep one of the two',
    ],
  ];
  test.for(without)('wants one key, and has %s', ([, env, message]) => {
    expect(() => open(auth, env)).toThrow(message);
  });

  const keys: readonly (readonly [title: string, env: Readonly<Record<string, string>>, message: RegExp])[] =
    [
      [
        'a file that is gone',
        { ROLEWARDEN_GIT_APP_PRIVATE_KEY_PATH: '/nowhere/key.pem' },
        /the file \/nowhere\/key\.pem of ROLEWARDEN_GIT_APP_PRIVATE_KEY_PATH cannot be read/,
      ],
      [
        'no key',
        { ROLEWARDEN_GIT_APP_PRIVATE_KEY: 'c2VjcmV0' },
        /ROLEWARDEN_GIT_APP_PRIVATE_KEY gives no RSA private key/,
      ],
      [
        'a key of another kind',
        {
          ROLEWARDEN_GIT_APP_PRIVATE_KEY: generateKeyPairSync('ec', { namedCurve: 'P-256' })
            .privateKey.export({ type: 'pkcs8', format: 'pem' })
            .toString(),
        },
        /gives no RSA private key/,
      ],
      [
        'a key with a passphrase',
        {
          ROLEWARDEN_GIT_APP_PRIVATE_KEY: privateKey
            .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' })
            .toString(),
        },
        /gives no RSA private key without a passphrase/,
      ],
    ];
  test.for(keys)('a key that cannot be used: %s', async ([, env, message]) => {
    const error = await open(auth, env)
      .authorization(signal)
      .catch((caught: unknown) => caught);

    expect(String(error)).toMatch(message);
    for (const value of Object.values(env).filter((one) => !one.startsWith('/')))
      expect(everythingOf(error)).not.toContain(value.slice(0, 60));
  });

  const answers: readonly (readonly [status: number, body: string, message: RegExp])[] = [
    [
      401,
      '{}',
      /^denied: .* answered 401 when it was asked for a token: it does not accept the key; check appId/,
    ],
    [403, '{}', /^denied: .*the installation is suspended/],
    [404, '{}', /^denied: .*it knows no installation 5678 of the app; check installationId and apiUrl/],
    [422, '{}', /^denied: .*no access to the repository, or not the permission to read contents; grant both/],
    [500, '{}', /^transient: .*mostly it passes/],
    [302, '{}', /^denied: .* answered 302/],
    [201, '<html>', /^invalid: .*holds no token; check spec\.policies\.git\.auth\.githubApp\.apiUrl/],
    [201, '{"token":"a\\nb","expires_at":"2026-01-01T01:00:00Z"}', /^invalid: .*holds no token/],
    [201, '{"token":"ghs_x","expires_at":"soon"}', /^invalid: .*holds no token/],
    [201, `"${'x'.repeat(100_000)}"`, /^invalid: .*holds no token/],
  ];
  test.for(answers)('GitHub answers %i, %s', async ([status, body, message]) => {
    const { github, credential } = await start();
    github.setAnswer({ status, body });
    const error = await credential.authorization(signal).catch((caught: unknown) => caught);

    expect(`${(error as { kind?: string }).kind}: ${(error as Error).message}`).toMatch(message);
    expect(everythingOf(error)).not.toContain('ghs_');
    github.setAnswer(undefined);
    expect(await credential.authorization(signal)).toContain('Basic ');
  });

  test('with the key of another app', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;
    const { credential } = await start({
      ROLEWARDEN_GIT_APP_PRIVATE_KEY: other.export({ type: 'pkcs1', format: 'pem' }).toString(),
    });

    await expect(credential.authorization(signal)).rejects.toThrow('answered 401');
  });

  test('GitHub is away', async () => {
    const { github, credential } = await start();
    await github.stop();

    await expect(credential.authorization(signal)).rejects.toThrow(
      `${github.url} cannot be reached, or broke off (ECONNREFUSED)`,
    );
  });
});
