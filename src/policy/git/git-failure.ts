// What can go wrong with a repository, as sentences that say what to do. Nothing that a server or a library said is repeated:
// it may hold the token that was sent.
//
// | answer                         | kind      | most likely                                     |
// |--------------------------------|-----------|-------------------------------------------------|
// | 3xx                            | invalid   | the repository has another address              |
// | 401, and 203 of Azure DevOps   | denied    | no credential, or one that is over              |
// | 403                            | denied    | the credential may not read it                  |
// | 404                            | denied    | another address, or the credential may not see it |
// | 408, 429, 5xx                  | transient | it passes                                       |
// | no answer, late, cut           | transient | it passes                                       |
// | anything else                  | invalid   | no Git server                                   |

import { AppError, type ErrorDetails, type ErrorKind } from '../../domain/errors.ts';
import type { GitAuth, GitOrigin } from '../../domain/policy.ts';

export const tokenVariable = 'ROLEWARDEN_GIT_TOKEN';
export const appKeyVariable = 'ROLEWARDEN_GIT_APP_PRIVATE_KEY';
export const appKeyPathVariable = 'ROLEWARDEN_GIT_APP_PRIVATE_KEY_PATH';

/** `branch main`, `tag v1`, or the whole name. */
export const refWords = (ref: string): string => {
  const [, branch] = /^refs\/heads\/(.+)$/.exec(ref) ?? [];
  const [, tag] = /^refs\/tags\/(.+)$/.exec(ref) ?? [];
  return branch !== undefined ? `branch ${branch}` : tag !== undefined ? `tag ${tag}` : ref;
};

type Details = Pick<ErrorDetails, 'code' | 'cause'>;

/** `what` says what is wrong, and after a semicolon what to do. */
export const gitFailure = (
  { url, ref }: GitOrigin,
  kind: ErrorKind,
  what: string,
  details: Details = {},
): AppError =>
  new AppError(kind, `no policies can be read from ${url} (${refWords(ref)}): ${what}`, {
    resource: url,
    ...details,
  });

const credentialAdvice: Readonly<Record<GitAuth['kind'], string>> = {
  none: `say in spec.policies.git.auth how the controller proves who it is`,
  token: `put a token that is valid, and may read the contents of the repository, into ${tokenVariable}`,
  githubApp:
    'install the GitHub App for the repository, with the permission to read contents, and check appId and installationId',
};

const transientStatuses: ReadonlySet<number> = new Set([408, 429]);

/** An answer of the Git server that is no success. `location`: where it redirects to, if it does. */
export const statusFailure = (origin: GitOrigin, status: number, location?: string): AppError => {
  const advice = credentialAdvice[origin.auth.kind];
  const fail = (kind: ErrorKind, what: string): AppError =>
    gitFailure(origin, kind, what, { code: String(status) });
  if (status >= 300 && status < 400) return fail('invalid', redirected(origin, status, location));
  if (status === 401 || status === 203) {
    const isAnonymous = origin.auth.kind === 'none';
    return fail(
      'denied',
      `the server ${isAnonymous ? 'wants to know who asks' : 'does not accept the credential'} (${status}); ${advice}`,
    );
  }
  if (status === 403) return fail('denied', `the server refuses access (403); ${advice}`);
  if (status === 404) {
    return fail(
      'denied',
      `the server knows no such repository, or hides it (404); correct spec.policies.git.url, or ${advice}`,
    );
  }
  if (transientStatuses.has(status) || status >= 500) {
    return fail('transient', `the server answered ${status}; mostly it passes, and it is tried again`);
  }
  return fail(
    'invalid',
    `the server answered ${status}; check that spec.policies.git.url is that of a Git repository`,
  );
};

/** Credentials are sent to the host of the config only, so nothing is followed. The address is told without its query. */
const redirected = ({ url }: GitOrigin, status: number, location: string | undefined): string => {
  const to = location !== undefined && URL.canParse(location, url) ? new URL(location, url) : undefined;
  const address =
    to === undefined ? '' : `${to.origin}${to.pathname.replace(/\/(?:info\/refs|git-upload-pack)$/, '')}`;
  if (address === '')
    return `the server redirects (${status}), which is not followed; correct spec.policies.git.url`;
  return `the server redirects to ${address} (${status}), which is not followed; write that address in spec.policies.git.url if it is the repository's, and check the credential if it is a page to sign in`;
};

/** Codes of Node for certificates that are not trusted. */
const isAboutCertificate = (code: string): boolean => /CERT|SIGNATURE|SELF_SIGNED|ISSUER/.test(code);

/** `ECONNREFUSED` and the like, which fetch hides in the cause of "fetch failed". */
const networkCode = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' && /^\w{1,60}$/.test(code) ? code : 'network';
};

/** No answer, or one that broke off. `server`: whom it is about. */
export const networkFailure = (origin: GitOrigin, server: string, cause: unknown): AppError => {
  const code = networkCode(cause);
  const what = isAboutCertificate(code)
    ? `the certificate of ${server} is not trusted (${code}); give its authority by NODE_EXTRA_CA_CERTS`
    : `${server} cannot be reached, or broke off${code === 'network' ? '' : ` (${code})`}; it is tried again, check the address, DNS and the way there`;
  return gitFailure(origin, 'transient', what, { code, cause });
};
