// Who is calling: access keys of the accounts' administrators, and temporary credentials that STS handed out.

import { randomBytes } from 'node:crypto';

import { ServiceError } from './service-error.ts';
import { type IncomingRequest, expectedSignature, headerText, parseAuthorization } from './sigv4.ts';

export interface Caller {
  readonly accountId: string;
  /** `arn:aws:iam::…:user/…` or `arn:aws:sts::…:assumed-role/…/…`. */
  readonly arn: string;
  readonly userId: string;
  /** The role behind a session; undefined for a user. */
  readonly roleArn: string | undefined;
  /** Condition keys (lower case) that a session brings to every request. */
  readonly sessionKeys?: ReadonlyMap<string, readonly string[]>;
}

export interface TemporaryCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAtMs: number;
}

interface AccessKey {
  readonly secret: string;
  readonly caller: Caller;
  readonly session: { readonly token: string; readonly expiresAtMs: number } | undefined;
}

export interface CredentialStore {
  addUserKey(accessKeyId: string, secretAccessKey: string, caller: Caller): void;
  issue(caller: Caller, expiresAtMs: number): TemporaryCredentials;
  /** Who signed this request; throws the `ServiceError` that AWS answers when nobody acceptable did. */
  authenticate(request: IncomingRequest, nowMs: number): Caller;
}

const randomText = (length: number, alphabet: string): string =>
  [...randomBytes(length)].map((byte) => alphabet[byte % alphabet.length]).join('');

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const invalidKey = (): ServiceError =>
  new ServiceError(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.');

const checkSession = (key: AccessKey, request: IncomingRequest, nowMs: number): void => {
  const token = headerText(request, 'x-amz-security-token');
  if (token !== key.session?.token) throw invalidKey();
  if (key.session !== undefined && nowMs >= key.session.expiresAtMs) {
    throw new ServiceError(403, 'ExpiredToken', 'The security token included in the request is expired');
  }
};

const authenticate = (
  keys: ReadonlyMap<string, AccessKey>,
  request: IncomingRequest,
  nowMs: number,
): Caller => {
  const header = headerText(request, 'authorization');
  if (header === undefined) {
    throw new ServiceError(403, 'MissingAuthenticationToken', 'Request is missing Authentication Token');
  }
  const authorization = parseAuthorization(header);
  if (authorization === undefined) {
    throw new ServiceError(
      400,
      'IncompleteSignature',
      'The Authorization header is not a version 4 signature',
    );
  }
  const key = keys.get(authorization.accessKeyId);
  if (key === undefined) throw invalidKey();
  checkSession(key, request, nowMs);
  // The age of the signature is not checked: the sandbox may run on a clock of its own.
  if (expectedSignature(request, authorization, key.secret) !== authorization.signature) {
    throw new ServiceError(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    );
  }
  return key.caller;
};

export const createCredentialStore = (): CredentialStore => {
  const keys = new Map<string, AccessKey>();
  return {
    addUserKey(accessKeyId, secretAccessKey, caller) {
      keys.set(accessKeyId, { secret: secretAccessKey, caller, session: undefined });
    },
    issue(caller, expiresAtMs) {
      const accessKeyId = `ASIA${randomText(16, base32)}`;
      const secretAccessKey = randomBytes(30).toString('base64');
      const sessionToken = randomBytes(96).toString('base64');
      keys.set(accessKeyId, {
        secret: secretAccessKey,
        caller,
        session: { token: sessionToken, expiresAtMs },
      });
      return { accessKeyId, secretAccessKey, sessionToken, expiresAtMs };
    },
    authenticate: (request, nowMs) => authenticate(keys, request, nowMs),
  };
};
