// A person's way into AWS: she signs in to Entra, gets an assertion, and her browser posts it to STS, unsigned.

import { XMLParser } from 'fast-xml-parser';
import { AppError } from '../domain/errors.ts';
import type { AwsCloud } from './aws/aws-cloud.ts';
import type { EntraCloud } from './entra/entra-cloud.ts';
import type { SandboxUser, SandboxWorld } from './world.ts';

export interface Entry {
  /** Object id or user principal name. */
  readonly userId: string;
  readonly accountId: string;
  readonly roleName: string;
  /** The assertion's Recipient, which STS reads as `saml:aud`; the global sign-in endpoint unless given. */
  readonly audience?: string;
}

export interface EntryResult {
  readonly admitted: boolean;
  /** `OK`, an Entra code (`AADSTS…`), or STS's error code. */
  readonly code: string;
  readonly message: string;
  /** Of the session, when admitted. */
  readonly credentials?: SessionCredentials;
}

export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

const globalSignIn = 'https://signin.aws.amazon.com/saml';

/** What Entra says to someone whom it does not let in. */
const refusalByEntra = (entra: EntraCloud, userId: string): EntryResult => {
  const refused = (code: string, message: string): EntryResult => ({ admitted: false, code, message });
  if (entra.user(userId) !== undefined)
    return refused('AADSTS50057', `The user account ${userId} is disabled.`);
  const wanted = userId.toLowerCase();
  const names = entra
    .deletedUsers()
    .flatMap(({ id, userPrincipalName }) => [id, userPrincipalName.toLowerCase()]);
  return names.includes(wanted)
    ? refused('AADSTS50057', `The user account ${userId} is deleted.`)
    : refused('AADSTS50034', `The user account ${userId} does not exist in this directory.`);
};

const parser = new XMLParser({ ignoreAttributes: true, parseTagValue: false });

type Node = Readonly<Record<string, unknown>>;
const child = (node: unknown, name: string): unknown =>
  typeof node === 'object' && node !== null ? (node as Node)[name] : undefined;
const text = (node: unknown): string => (typeof node === 'string' ? node : '');

const readAnswer = (xml: string): EntryResult => {
  const document: unknown = parser.parse(xml);
  const result = child(child(document, 'AssumeRoleWithSAMLResponse'), 'AssumeRoleWithSAMLResult');
  if (result !== undefined) {
    const credentials = child(result, 'Credentials');
    return {
      admitted: true,
      code: 'OK',
      message: text(child(child(result, 'AssumedRoleUser'), 'Arn')),
      credentials: {
        accessKeyId: text(child(credentials, 'AccessKeyId')),
        secretAccessKey: text(child(credentials, 'SecretAccessKey')),
        sessionToken: text(child(credentials, 'SessionToken')),
      },
    };
  }
  const error = child(child(document, 'ErrorResponse'), 'Error');
  return {
    admitted: false,
    code: text(child(error, 'Code')) || 'UnreadableAnswer',
    message: text(child(error, 'Message')),
  };
};

const roleArnOf = (aws: AwsCloud, accountId: string, roleName: string): string =>
  aws.roles(accountId).find(({ name }) => name.toLowerCase() === roleName.toLowerCase())?.arn ??
  `arn:aws:iam::${accountId}:role/rolewarden/${roleName}`;

/** Claims that Entra sends besides those for AWS. [entra.md §1a] */
const usualClaims = ({ id, userPrincipalName }: SandboxUser, tenantId: string) => ({
  'http://schemas.microsoft.com/identity/claims/tenantid': tenantId,
  'http://schemas.microsoft.com/identity/claims/objectidentifier': id,
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name': userPrincipalName,
  'http://schemas.microsoft.com/claims/authnmethodsreferences':
    'http://schemas.microsoft.com/claims/multipleauthn',
});

interface SignedIn {
  readonly roleArn: string;
  readonly providerArn: string;
  /** As the browser would post it. */
  readonly samlResponse: string;
}

export interface PeopleDoors {
  /** What Entra sends to the browser; throws `invalid` for somebody whom it does not let in. */
  readonly signIn: (entry: Entry) => string;
  /** Signs a user in through Entra and calls STS AssumeRoleWithSAML like her browser would; tells what STS said. */
  readonly enter: (entry: Entry) => Promise<EntryResult>;
}

/** The assertion carries the object id, persistent, and a session named after it. */
export const peopleDoors = (world: SandboxWorld, entra: EntraCloud, aws: AwsCloud): PeopleDoors => {
  const signIn = ({
    userId,
    accountId,
    roleName,
    audience = globalSignIn,
  }: Entry): SignedIn | EntryResult => {
    const user = entra.user(userId);
    if (user?.accountEnabled !== true) return refusalByEntra(entra, userId);
    const account = world.accounts.find((candidate) => candidate.accountId === accountId);
    const provider = account?.samlProviders[0];
    if (provider === undefined)
      throw new AppError(
        'invalid',
        `account ${accountId} has no SAML provider in this world, so nobody can enter it`,
        { code: 'notFound' },
      );
    const roleArn = roleArnOf(aws, accountId, roleName);
    const providerArn = `arn:aws:iam::${accountId}:saml-provider/${provider}`;
    const samlResponse = aws.issueAssertion({
      issuer: `https://sts.windows.net/${world.tenantId}/`,
      nameId: user.id,
      nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
      roleSessionName: user.id,
      roleArn,
      providerArn,
      recipient: audience,
      claims: usualClaims(user, world.tenantId),
    });
    return { roleArn, providerArn, samlResponse };
  };
  return {
    signIn: (entry) => {
      const signed = signIn(entry);
      if ('samlResponse' in signed) return signed.samlResponse;
      throw new AppError('invalid', signed.message, { code: signed.code });
    },
    enter: async (entry) => {
      const signed = signIn(entry);
      if (!('samlResponse' in signed)) return signed;
      const form = new URLSearchParams({
        Action: 'AssumeRoleWithSAML',
        Version: '2011-06-15',
        RoleArn: signed.roleArn,
        PrincipalArn: signed.providerArn,
        SAMLAssertion: signed.samlResponse,
      });
      const response = await fetch(aws.url, { method: 'POST', body: form });
      return readAnswer(await response.text());
    },
  };
};
