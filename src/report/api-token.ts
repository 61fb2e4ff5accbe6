// Who may ask on the API listener. On loopback whoever is on the machine; elsewhere, or where a token is set, whoever has it.
// Programs send it as a bearer token. Browsers ask for it themselves: as the password of HTTP Basic, under any user name.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context, Next } from 'hono';
import { auth } from 'hono/utils/basic-auth';

export type Refusal = 'noToken' | 'wrongToken';

/** Told of every request that is refused, and nothing about it. */
export type OnRefused = (refusal: Refusal) => void;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const givenToken = (context: Context): string | undefined => {
  const header = context.req.header('Authorization') ?? '';
  return /^Bearer +(\S+)$/i.exec(header)?.[1] ?? auth(context.req.raw)?.password;
};

/** Compared by digests, which take the same time whatever is given. */
export const tokenGuard = (token: string, onRefused: OnRefused) => {
  const expected = digest(token);
  return async (context: Context, next: Next): Promise<Response | void> => {
    const given = givenToken(context);
    if (given !== undefined && timingSafeEqual(digest(given), expected)) {
      await next();
      return;
    }
    onRefused(context.req.header('Authorization') === undefined ? 'noToken' : 'wrongToken');
    return context.json(
      {
        error:
          'the token of this controller is needed (its ROLEWARDEN_API_TOKEN): as Authorization: Bearer, or in a browser as the password, under any user name',
      },
      401,
      { 'WWW-Authenticate': 'Basic realm="Rolewarden", charset="UTF-8"' },
    );
  };
};
