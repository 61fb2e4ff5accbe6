// Asks a running controller over its API, for the commands that tell what it knows. Whatever answers in its place, or does not,
// is told with what to do about it.

import { AppError } from '../domain/errors.ts';
import { authorization, needsToken } from './api-token.ts';
import type { Terminal } from './output.ts';
import { usualUrl } from './usual-url.ts';

export interface Question {
  /** As --url gives it. */
  readonly base: string;
  /** `/api/v1/status` */
  readonly path: string;
  readonly parameters?: readonly (readonly [name: string, value: string])[];
  /** undefined: nobody but a controller can tell. */
  readonly withoutUrl?: string;
  readonly timeLimitMs: number;
}

const addressOf = ({ base, path, parameters = [] }: Question): URL => {
  const url = URL.canParse(path, base) ? new URL(path, base) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new AppError(
      'invalid',
      `--url ${base} is no address of a controller; write one like ${usualUrl}, which is spec.api of the ControllerConfig`,
    );
  for (const [name, value] of parameters) url.searchParams.append(name, value);
  return url;
};

/** Where to look first when what answers is no controller. */
const isItTheApi =
  'does --url name the api address of a controller (spec.api of the ControllerConfig, port 9465 by default)?';

const nobodyAnswers = (where: string, { withoutUrl }: Question, cause: unknown): AppError => {
  const isSlow = cause instanceof Error && cause.name === 'TimeoutError';
  return new AppError(
    'transient',
    isSlow
      ? `the controller at ${where} took too long to answer; try again, and if this lasts, look at its log`
      : `no controller answers at ${where}; is \`rolewarden run\` running, and does --url name its api address (spec.api of the ControllerConfig)?${withoutUrl === undefined ? '' : ` ${withoutUrl}`}`,
    { cause },
  );
};

const refused = (where: string, status: number, error: unknown, env: Terminal['env']): AppError => {
  const says = typeof error === 'string' ? `: ${error}` : '';
  if (status === 401) return new AppError('denied', `${where} answered 401; ${needsToken(env)}`);
  if (status === 400 || status === 503)
    return typeof error === 'string'
      ? new AppError(status === 400 ? 'invalid' : 'transient', error)
      : new AppError('transient', `${where} answered ${status}; ${isItTheApi}`);
  if (status === 403)
    return new AppError(
      'denied',
      `${where} answered 403${says}; name it in --url as this machine knows it, such as ${usualUrl}`,
    );
  if (status === 404)
    return new AppError(
      'invalid',
      `${where} is not there; ${isItTheApi} A controller that is older than this command may not know it`,
    );
  if (status >= 500)
    return new AppError('transient', `${where} answered ${status}${says}; look at the log of the controller`);
  return new AppError('invalid', `${where} answered ${status}${says}; ${isItTheApi}`);
};

/** The JSON that a controller answers. */
export const askController = async <T extends object>(question: Question, terminal: Terminal): Promise<T> => {
  const url = addressOf(question);
  const where = `${url.origin}${url.pathname}`;
  const response = await fetch(url, {
    headers: authorization(terminal.env),
    redirect: 'manual',
    signal: AbortSignal.any([terminal.stopped, AbortSignal.timeout(question.timeLimitMs)]),
  }).catch((cause: unknown) => {
    throw nobodyAnswers(where, question, cause);
  });
  const body: unknown = await response.json().catch(() => undefined);
  const isObject = typeof body === 'object' && body !== null;
  if (!response.ok)
    throw refused(where, response.status, isObject && 'error' in body ? body.error : undefined, terminal.env);
  if (!isObject || !('schemaVersion' in body))
    throw new AppError('invalid', `what answers at ${where} is no controller; ${isItTheApi}`);
  return body as T;
};
