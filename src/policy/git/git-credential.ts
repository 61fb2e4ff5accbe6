// What the Git server is told about who asks. Secrets come from the environment, and go into one header.

import { AppError } from '../../domain/errors.ts';
import type { GitAuth, GitOrigin } from '../../domain/policy.ts';
import type { Clock } from '../../domain/ports.ts';
import { appKeyPathVariable, appKeyVariable, tokenVariable } from './git-failure.ts';
import { type AppKey, appTokens } from './github-app.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface GitCredential {
  /** The value of the Authorization header; undefined: none is sent. */
  authorization(signal: AbortSignal): Promise<string | undefined>;
  /** The server did not accept it: what was kept is not used again. */
  forget(): void;
}

const valueOf = (env: Environment, variable: string): string | undefined => {
  const value = env[variable]?.trim();
  return value === '' ? undefined : value;
};

const missing = (variable: string, what: string): AppError =>
  new AppError('invalid', `${variable} is not set: set it to ${what}`, { resource: variable });

/** RFC 7617. */
const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

const keyIn = (env: Environment): AppKey => {
  const pem = valueOf(env, appKeyVariable);
  const path = valueOf(env, appKeyPathVariable);
  if (pem !== undefined && path !== undefined) {
    const message = `${appKeyVariable} and ${appKeyPathVariable} are both set: keep one of the two`;
    throw new AppError('invalid', message, { resource: appKeyVariable });
  }
  if (pem !== undefined) return { pem };
  if (path !== undefined) return { path };
  throw missing(
    appKeyVariable,
    `the private key of the GitHub App, or ${appKeyPathVariable} to the file that holds it`,
  );
};

const ofAuth = (auth: GitAuth, origin: GitOrigin, env: Environment, clock: Clock): GitCredential => {
  switch (auth.kind) {
    case 'none':
      return { authorization: async () => undefined, forget: () => undefined };
    case 'token': {
      const token = valueOf(env, tokenVariable);
      if (token === undefined)
        throw missing(tokenVariable, 'a token that may read the contents of the repository');
      const header = basic(auth.username, token);
      return { authorization: async () => header, forget: () => undefined };
    }
    case 'githubApp': {
      const tokens = appTokens({ origin, app: auth, key: keyIn(env), clock });
      return {
        authorization: async (signal) => basic('x-access-token', await tokens.token(signal)),
        forget: () => tokens.forget(),
      };
    }
  }
};

/**
 * @param env ROLEWARDEN_GIT_TOKEN for `token`; for `githubApp` ROLEWARDEN_GIT_APP_PRIVATE_KEY (PEM), or
 *   ROLEWARDEN_GIT_APP_PRIVATE_KEY_PATH
 * @throws AppError `invalid`, naming the variable to set
 */
export const gitCredential = (origin: GitOrigin, env: Environment, clock: Clock): GitCredential =>
  ofAuth(origin.auth, origin, env, clock);
