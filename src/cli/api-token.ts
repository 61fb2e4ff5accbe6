// The token of the API, from the environment, where other secrets come from too: the controller asks for it, and the commands
// that ask a controller give it.

import { AppError } from '../domain/errors.ts';
import type { Listener } from '../domain/policy.ts';
import { isLoopback } from '../report/http.ts';
import type { Terminal } from './output.ts';

const variable = 'ROLEWARDEN_API_TOKEN';
const minChars = 32;
const howToMake = `at least ${minChars} random characters, such as \`openssl rand -hex 32\` prints`;

/** White space around it comes from files that secrets are kept in. */
const tokenIn = (env: Terminal['env']): string | undefined => {
  const token = env[variable]?.trim() ?? '';
  if (token === '') return undefined;
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new AppError(
      'invalid',
      `${variable} has characters that no header takes, such as spaces; set it to ${howToMake}`,
    );
  return token;
};

/**
 * What the listener has to ask for; undefined: nothing.
 * @throws AppError `invalid` for a token that is easily guessed, and for none where others reach the listener.
 */
export const tokenFor = ({ address }: Listener, env: Terminal['env']): string | undefined => {
  const token = tokenIn(env);
  if (token === undefined) {
    if (isLoopback(address)) return undefined;
    throw new AppError(
      'invalid',
      `spec.api.address ${address} can be reached from other machines, and the API names people: set ${variable} to ${howToMake}, or keep spec.api.address on 127.0.0.1`,
    );
  }
  if (token.length < minChars)
    throw new AppError('invalid', `${variable} has ${token.length} characters; set it to ${howToMake}`);
  return token;
};

/** Headers for a controller that is asked; none where there is no token. */
export const authorization = (env: Terminal['env']): Readonly<Record<string, string>> => {
  const token = tokenIn(env);
  return token === undefined ? {} : { Authorization: `Bearer ${token}` };
};

/** What to do about an answer of 401. */
export const needsToken = (env: Terminal['env']): string =>
  tokenIn(env) === undefined
    ? `it asks for its token: set ${variable} to the one that the controller has`
    : `it does not take the token in ${variable}: set that to the one that the controller has`;
