// A GitHub App proves itself with its private key, and gets a token for an hour: docs.github.com, "Generating an installation
// access token for a GitHub App". The token is asked for the one repository, and to read contents only.

import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AppError } from '../../domain/errors.ts';
import type { GitAuth, GitOrigin } from '../../domain/policy.ts';
import type { Clock } from '../../domain/ports.ts';
import { appKeyPathVariable, appKeyVariable, gitFailure, networkFailure } from './git-failure.ts';

export type AppKey = { readonly pem: string } | { readonly path: string };

export interface AppTokensOptions {
  readonly origin: GitOrigin;
  readonly app: Extract<GitAuth, { readonly kind: 'githubApp' }>;
  readonly key: AppKey;
  readonly clock: Clock;
}

export interface AppTokens {
  /** A token that is good for five minutes at least. */
  token(signal: AbortSignal): Promise<string>;
  /** The server refused the token: the next one is asked for anew. */
  forget(): void;
}

interface InstallationToken {
  readonly token: string;
  readonly endsAtMs: number;
}

const renewBeforeMs = 5 * 60_000;
/** GitHub allows ten minutes, and recommends to begin a minute ago for clocks that differ. */
const assertionSeconds = 9 * 60;
const backdatedSeconds = 60;
const mostAnswerBytes = 65_536;

const base64Url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JSON Web Token by which the app itself is known: RS256, as GitHub wants it. */
export const appAssertion = (appId: string, key: KeyObject, nowMs: number): string => {
  const now = Math.floor(nowMs / 1_000);
  const claims = { iat: now - backdatedSeconds, exp: now + assertionSeconds, iss: appId };
  const signed = `${base64Url({ alg: 'RS256', typ: 'JWT' })}.${base64Url(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
};

/** Read each time (about once an hour), so that a key that was replaced counts. Environment variables often hold `\n` for a new line. */
const readKey = async (key: AppKey): Promise<KeyObject> => {
  const variable = 'pem' in key ? appKeyVariable : appKeyPathVariable;
  const pem =
    'pem' in key
      ? key.pem.replaceAll('\\n', '\n')
      : await readFile(key.path, 'utf8').catch((cause: unknown) => {
          throw new AppError('invalid', `the file ${key.path} of ${variable} cannot be read`, {
            resource: variable,
            cause,
          });
        });
  try {
    const made = createPrivateKey(pem);
    if (made.asymmetricKeyType === 'rsa') return made;
  } catch {
    // What the key looks like stays out of messages.
  }
  throw new AppError(
    'invalid',
    `${variable} gives no RSA private key without a passphrase; give the PEM file that GitHub made for the app`,
    { resource: variable },
  );
};

const adviceFor = (status: number, installationId: string): string => {
  switch (status) {
    case 401:
      return 'it does not accept the key; check appId, that the private key is of this app, and the clock';
    case 403:
      return 'the installation is suspended, or too much was asked; look at it in GitHub';
    case 404:
      return `it knows no installation ${installationId} of the app; check installationId and apiUrl`;
    case 422:
      return 'the installation has no access to the repository, or not the permission to read contents; grant both';
    default:
      return 'mostly it passes, and it is tried again';
  }
};

/** `https://github.com/contoso/policies.git` → `policies`. */
const repositoryOf = (url: string): string =>
  (new URL(url).pathname.split('/').at(-1) ?? '').replace(/\.git$/, '');

const tokenIn = (body: unknown): InstallationToken | undefined => {
  if (typeof body !== 'object' || body === null || !('token' in body) || !('expires_at' in body))
    return undefined;
  const { token, expires_at: endsAt } = body;
  if (typeof token !== 'string' || typeof endsAt !== 'string') return undefined;
  const endsAtMs = Date.parse(endsAt);
  return /^[\w.-]+$/.test(token) && !Number.isNaN(endsAtMs) ? { token, endsAtMs } : undefined;
};

const parsed = async (response: Response): Promise<unknown> => {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > mostAnswerBytes) return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const appTokens = ({ origin, app, key, clock }: AppTokensOptions): AppTokens => {
  const { appId, installationId, apiUrl } = app;
  let kept: InstallationToken | undefined;

  const refused = (status: number): AppError => {
    const kind = status === 429 || status >= 500 ? 'transient' : 'denied';
    const what = `${apiUrl} answered ${status} when it was asked for a token: ${adviceFor(status, installationId)}`;
    return gitFailure(origin, kind, what, { code: String(status) });
  };

  const ask = async (signal: AbortSignal): Promise<InstallationToken> => {
    const assertion = appAssertion(appId, await readKey(key), clock.now());
    try {
      const response = await fetch(`${apiUrl}/app/installations/${installationId}/access_tokens`, {
        method: 'POST',
        headers: {
          accept: 'application/vnd.github+json',
          authorization: `Bearer ${assertion}`,
          'content-type': 'application/json',
          'user-agent': 'rolewarden',
          'x-github-api-version': '2022-11-28',
        },
        body: JSON.stringify({ repositories: [repositoryOf(origin.url)], permissions: { contents: 'read' } }),
        redirect: 'manual',
        signal,
      });
      if (response.status !== 201) {
        await response.body?.cancel();
        throw refused(response.status);
      }
      const token = tokenIn(await parsed(response));
      if (token !== undefined) return token;
      const what = `what ${apiUrl} answered holds no token; check spec.policies.git.auth.githubApp.apiUrl`;
      throw gitFailure(origin, 'invalid', what, { code: 'noToken' });
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof AppError ? error : networkFailure(origin, apiUrl, error);
    }
  };

  return {
    token: async (signal) => {
      if (kept === undefined || kept.endsAtMs - renewBeforeMs <= clock.now()) kept = await ask(signal);
      return kept.token;
    },
    forget: () => {
      kept = undefined;
    },
  };
};
