// One STS request on its way to the action that answers it, and what the ways into a role have in common.

import type { Account } from '../account-state.ts';
import type { Asked } from '../authorize.ts';
import type { Caller, CredentialStore } from '../credentials.ts';
import { type Params, optionalInteger, optionalText, requiredText } from '../query-protocol.ts';
import type { SandboxRole } from '../role-store.ts';
import { validationError } from '../service-error.ts';
import { element, textElement, timeText } from '../xml.ts';
import type { TokenKey } from './token-key.ts';

export interface StsCall {
  readonly params: Params;
  readonly nowMs: number;
  /** undefined for the unsigned actions. */
  readonly caller: Caller | undefined;
  readonly region: string;
  readonly credentials: CredentialStore;
  readonly tokenKey: TokenKey;
  /** By which the sandbox's Entra is known in metadata, DER in base64; it signs with `tokenKey` all the same. undefined: none. */
  readonly ownCertificate: string | undefined;
  readonly asked: (asked: Asked) => void;
  account(accountId: string): Account | undefined;
}

export type StsAction = (call: StsCall) => string;

export const sessionNamePattern = /^[\w+=,.@-]{2,64}$/;
const sessionNameRule = { pattern: /^[\w+=,.@-]*$/, min: 2, max: 64 };
const defaultSeconds = 3_600;

export const accountOfArn = (arn: string): string | undefined => /^arn:[\w-]+:\w+::(\d{12}):/.exec(arn)?.[1];

export const requiredRoleArn = (call: StsCall): string =>
  requiredText(call.params, 'RoleArn', { pattern: /^arn:aws:iam::\d{12}:role\/.+$/, min: 20, max: 2_048 });

export const requiredSessionName = (call: StsCall): string =>
  requiredText(call.params, 'RoleSessionName', sessionNameRule);

export const optionalSourceIdentity = (call: StsCall): string | undefined =>
  optionalText(call.params, 'SourceIdentity', sessionNameRule);

/** The role as STS knows it by now: the propagation that delays readers delays STS too. */
export const findRole = (call: StsCall, roleArn: string): SandboxRole | undefined => {
  const role = call.account(accountOfArn(roleArn) ?? '')?.roles.seen(roleArn.split('/').at(-1) ?? '');
  // Sign-in to roles of IAM Identity Center is closed to everything else.
  return role?.arn === roleArn && !role.name.startsWith('AWSReservedSSO_') ? role : undefined;
};

/** What the request asks for, or one hour; more than the role allows is refused. */
export const sessionSeconds = (call: StsCall, role: SandboxRole): number => {
  const asked = optionalInteger(call.params, 'DurationSeconds', { min: 900, max: 43_200 });
  if (asked !== undefined && asked > role.maxSessionSeconds) {
    throw validationError('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  }
  return asked ?? defaultSeconds;
};

export interface NewSession {
  readonly role: SandboxRole;
  readonly name: string;
  readonly expiresAtMs: number;
  /** What it keeps of its sign-in. */
  readonly keys: Context;
}

/** Issues credentials for a session; the XML of `Credentials` and `AssumedRoleUser`. */
export const sessionXml = (call: StsCall, session: NewSession): string => {
  const { role } = session;
  const accountId = accountOfArn(role.arn) ?? '';
  const arn = `arn:aws:sts::${accountId}:assumed-role/${role.name}/${session.name}`;
  const userId = `${role.roleId}:${session.name}`;
  // Whole seconds, as AWS writes it.
  const issuedAt = `${new Date(call.nowMs).toISOString().slice(0, 19)}Z`;
  const sessionKeys = merged(session.keys, new Map([['aws:tokenissuetime', [issuedAt]]]));
  const issued = call.credentials.issue(
    { accountId, arn, userId, roleArn: role.arn, sessionKeys },
    session.expiresAtMs,
  );
  const credentials = element(
    'Credentials',
    textElement('AccessKeyId', issued.accessKeyId),
    textElement('SecretAccessKey', issued.secretAccessKey),
    textElement('SessionToken', issued.sessionToken),
    textElement('Expiration', timeText(issued.expiresAtMs)),
  );
  const user = element('AssumedRoleUser', textElement('AssumedRoleId', userId), textElement('Arn', arn));
  return credentials + user;
};

export type Context = ReadonlyMap<string, readonly string[]>;

/** `aws:RequestTag/…` and `aws:TagKeys`, lower case as the evaluator wants condition keys. */
export const tagContext = (tags: Readonly<Record<string, string>>): Context => {
  const context = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(tags))
    context.set(`aws:requesttag/${key.toLowerCase()}`, [value]);
  if (context.size > 0) context.set('aws:tagkeys', Object.keys(tags));
  return context;
};

/** Of what was said at the sign-in, what every later request of the session still knows. [aws.md §1.3] */
export const lastingKeys = (
  tags: Readonly<Record<string, string>>,
  sourceIdentity: string | undefined,
): Context =>
  new Map([
    ...Object.entries(tags).map(([key, value]): readonly [string, readonly string[]] => [
      `aws:principaltag/${key.toLowerCase()}`,
      [value],
    ]),
    ...(sourceIdentity === undefined ? [] : [['aws:sourceidentity', [sourceIdentity]] as const]),
  ]);

export const merged = (...contexts: readonly Context[]): Context =>
  new Map(contexts.flatMap((context) => [...context]));
