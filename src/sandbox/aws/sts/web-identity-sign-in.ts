// `AssumeRoleWithWebIdentity`: a workload enters a role with a token of an OpenID Connect provider.

import type { OidcProvider } from '../account-state.ts';
import { oidcProviderOf } from '../iam/identity-providers.ts';
import { requiredText } from '../query-protocol.ts';
import { accessDenied, invalidIdentityToken } from '../service-error.ts';
import { textElement } from '../xml.ts';
import {
  type Context,
  type StsAction,
  type StsCall,
  accountOfArn,
  findRole,
  lastingKeys,
  merged,
  requiredRoleArn,
  requiredSessionName,
  sessionNamePattern,
  sessionSeconds,
  sessionXml,
  tagContext,
} from './call.ts';
import { type Entrance, refusedAction } from './trust.ts';
import { type WebIdentity, readToken } from './web-identity-token.ts';

const claimPrefix = 'https://aws.amazon.com/';

const providerFor = (call: StsCall, roleArn: string, identity: WebIdentity): OidcProvider => {
  const account = call.account(accountOfArn(roleArn) ?? '');
  const provider =
    account === undefined ? undefined : oidcProviderOf(account, identity.issuer.replace(/^https:\/\//, ''));
  if (provider === undefined) {
    throw invalidIdentityToken(`No OpenIDConnect provider found in your account for ${identity.issuer}`);
  }
  if (provider.clientIds?.includes(identity.authorizedParty) === false) {
    throw invalidIdentityToken('Incorrect token audience');
  }
  return provider;
};

/** Flattened session tags, the only form that Entra can send. [aws.md §2.3] */
const tagsOf = (identity: WebIdentity): Readonly<Record<string, string>> => {
  const prefix = `${claimPrefix}tags/principal_tags/`;
  const entries = Object.entries(identity.claims).flatMap(([name, value]) =>
    name.startsWith(prefix) && typeof value === 'string' ? [[name.slice(prefix.length), value] as const] : [],
  );
  return Object.fromEntries(entries);
};

const sourceIdentityOf = (identity: WebIdentity): string | undefined => {
  const value = identity.claims[`${claimPrefix}source_identity`];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !sessionNamePattern.test(value)) {
    throw invalidIdentityToken('SourceIdentity in the token must match [a-zA-Z_0-9+=,.@-]{2,64}');
  }
  return value;
};

interface SignIn {
  readonly identity: WebIdentity;
  readonly provider: OidcProvider;
  readonly sessionName: string;
  readonly sourceIdentity: string | undefined;
}

const keyOf =
  ({ url }: OidcProvider) =>
  (suffix: 'aud' | 'oaud' | 'sub'): string =>
    `${url.toLowerCase()}:${suffix}`;

const entranceOf = ({ identity, provider, sessionName, sourceIdentity }: SignIn, nowMs: number): Entrance => {
  const key = keyOf(provider);
  const common: Context = new Map([
    [key('aud'), [identity.authorizedParty]],
    ['aws:principalaccount', [accountOfArn(provider.arn) ?? '']],
    ['aws:principaltype', ['User']],
    ['aws:userid', [provider.arn]],
    ['aws:securetransport', ['true']],
  ]);
  const subject: Context = new Map([
    [key('oaud'), identity.audiences],
    [key('sub'), [identity.subject]],
    ['sts:rolesessionname', [sessionName]],
    ['sts:roleauthorizedbyidp', ['false']],
  ]);
  const tags = tagContext(tagsOf(identity));
  const source: Context =
    sourceIdentity === undefined ? new Map() : new Map([['sts:sourceidentity', [sourceIdentity]]]);
  const all = [
    {
      action: 'sts:AssumeRoleWithWebIdentity',
      context: merged(common, subject, tags, source),
      isAsked: true,
    },
    { action: 'sts:TagSession', context: merged(common, tags), isAsked: tags.size > 0 },
    { action: 'sts:SetSourceIdentity', context: merged(common, source), isAsked: source.size > 0 },
  ];
  return {
    principal: { type: 'Federated', id: provider.arn },
    atMs: nowMs,
    actions: all.filter((entry) => entry.isAsked),
  };
};

export const assumeRoleWithWebIdentity: StsAction = (call) => {
  const roleArn = requiredRoleArn(call);
  const sessionName = requiredSessionName(call);
  const token = requiredText(call.params, 'WebIdentityToken', { min: 4, max: 20_000 });
  const identity = readToken(token, call.nowMs, call.tokenKey);
  const provider = providerFor(call, roleArn, identity);
  const sourceIdentity = sourceIdentityOf(identity);
  const role = findRole(call, roleArn);
  const entrance = entranceOf({ identity, provider, sessionName, sourceIdentity }, call.nowMs);
  if (role === undefined || refusedAction(role, entrance) !== undefined) {
    throw accessDenied('Not authorized to perform sts:AssumeRoleWithWebIdentity');
  }
  const expiresAtMs = call.nowMs + sessionSeconds(call, role) * 1_000;
  const key = keyOf(provider);
  // The audience that it asked for is not kept. [aws.md §2.2]
  const keys = merged(
    lastingKeys(tagsOf(identity), sourceIdentity),
    new Map([
      ['aws:federatedprovider', [provider.arn]],
      [key('aud'), [identity.authorizedParty]],
      [key('sub'), [identity.subject]],
    ]),
  );
  return (
    sessionXml(call, { role, name: sessionName, expiresAtMs, keys }) +
    textElement('SubjectFromWebIdentityToken', identity.subject) +
    textElement('PackedPolicySize', 0) +
    textElement('Provider', provider.arn) +
    textElement('Audience', identity.authorizedParty) +
    textElement('SourceIdentity', sourceIdentity)
  );
};
