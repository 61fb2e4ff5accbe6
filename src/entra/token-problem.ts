// Why there is no token, in words of ours. The libraries' own errors carry the request they sent, with the client secret
// in its body, so neither their text nor the error itself goes further than this file.

import { AppError, type ErrorKind } from '../domain/errors.ts';

const waits =
  'one that was just made counts after some minutes, so this is tried again at each poll; if it goes on, compare its issuer, subject and audience with the role';

/** Learn: "Microsoft Entra authentication and authorization error codes". */
const advice: Readonly<Record<string, string>> = {
  AADSTS7000215:
    'the client secret is wrong; set AZURE_CLIENT_SECRET to the value of the secret, not to its id',
  AADSTS7000222: 'the client secret has expired; create a new one and set AZURE_CLIENT_SECRET',
  AADSTS700016: 'the tenant has no such application; check AZURE_CLIENT_ID and the tenant id',
  AADSTS7000112: 'the application is disabled in the tenant',
  AADSTS90002: 'there is no such tenant; check the tenant id and the cloud',
  AADSTS700027: 'the certificate is not registered with the application; upload it',
  AADSTS70021: `no federated identity credential matches the token by issuer, subject and audience; ${waits}`,
  AADSTS700211: `no federated identity credential has this issuer; ${waits}`,
  AADSTS700213: `no federated identity credential has this subject; ${waits}`,
  AADSTS700024:
    'the assertion is not valid now; check the clock of this machine and, of a token file, how old it is',
  AADSTS53003: 'conditional access blocks the application',
  // MSAL hides why it could not read the tenant's sign-in configuration.
  endpoints_resolution_error:
    'the sign-in configuration of the tenant cannot be read; check the tenant id, AZURE_AUTHORITY_HOST and the network',
  network_error:
    'the token endpoint does not answer as it should; check AZURE_AUTHORITY_HOST and the network',
};

const refusals: ReadonlySet<string> = new Set([
  'invalid_client',
  'unauthorized_client',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'access_denied',
]);

/** Not known yet to every replica of Entra, perhaps, even after one of them has given a token. [Learn: workload identity federation considerations] */
const spreading: ReadonlySet<string> = new Set(['AADSTS70021', 'AADSTS700211', 'AADSTS700213']);

/** The error and its causes, outermost first; depth bounded, because causes may form a circle. */
const chainOf = (error: unknown): readonly unknown[] => {
  const chain: unknown[] = [];
  for (let current = error; current instanceof Error && chain.length < 8; current = current.cause) {
    chain.push(current);
  }
  return chain.length === 0 ? [error] : chain;
};

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const firstText = (chain: readonly unknown[], ...names: readonly string[]): string | undefined =>
  chain
    .flatMap((error) => names.map((name) => field(error, name)))
    .find((value): value is string => typeof value === 'string' && /^\w{1,60}$/.test(value));

const firstNumber = (chain: readonly unknown[], ...names: readonly string[]): number | undefined =>
  chain
    .flatMap((error) => names.map((name) => field(error, name)))
    .find((value): value is number => typeof value === 'number');

const firstMatch = (chain: readonly unknown[], pattern: RegExp): string | undefined =>
  chain
    .map((error) => field(error, 'message'))
    .flatMap((message) => (typeof message === 'string' ? [pattern.exec(message)?.[1]] : []))
    .find((code) => code !== undefined);

const kindOf = (status: number | undefined, refused: boolean, code: string): ErrorKind => {
  if (status === 429 || (status ?? 0) >= 500 || spreading.has(code)) return 'transient';
  if (refused) return 'denied';
  // OpenSSL and the like: a certificate that cannot be read, or a wrong password for it.
  return code.startsWith('ERR_') ? 'invalid' : 'transient';
};

/** Classifies what a credential threw. `transient` where asking again may help. */
export const tokenProblem = (error: unknown): AppError => {
  const chain = chainOf(error);
  const ours = chain.find((item) => item instanceof AppError);
  if (ours !== undefined) return ours;
  const aadsts = firstMatch(chain, /(AADSTS\d+)/);
  // MSAL puts its code before a colon; the wrapper of @azure/identity keeps only that text.
  const code =
    aadsts ?? firstText(chain, 'errorCode', 'code') ?? firstMatch(chain, /^(\w{1,60}): /) ?? 'unknown';
  const status = firstNumber(chain, 'statusCode', 'status');
  const refused = aadsts !== undefined || refusals.has(code);
  const hint = advice[code] ?? 'check authority, tenant and credential of the application';
  const message = `entra gave no token (${code}): ${hint}`;
  return new AppError(kindOf(status, refused, code), message, { code });
};
