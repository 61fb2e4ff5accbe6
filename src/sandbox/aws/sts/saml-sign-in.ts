// `AssumeRoleWithSAML`: a person enters a role with an assertion. Two gates must open: the assertion lists the role,
// and the role's trust policy admits the person.

import { createHash } from 'node:crypto';

import type { Account } from '../account-state.ts';
import { requiredText } from '../query-protocol.ts';
import { accessDenied, invalidIdentityToken } from '../service-error.ts';
import { textElement } from '../xml.ts';
import {
  type Assertion,
  type SignatureCheck,
  awsAttribute,
  principalTags,
  readAssertion,
  signedByEntra,
  signedByOneOf,
} from './assertion.ts';
import {
  type Context,
  type StsAction,
  type StsCall,
  accountOfArn,
  findRole,
  lastingKeys,
  merged,
  requiredRoleArn,
  sessionNamePattern,
  sessionSeconds,
  sessionXml,
  tagContext,
} from './call.ts';
import { type Entrance, refusedAction } from './trust.ts';
import { certificatesIn } from './xml-signature.ts';

interface SignIn {
  readonly roleArn: string;
  readonly providerArn: string;
  readonly assertion: Assertion;
  readonly sessionName: string;
  readonly sourceIdentity: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly nameQualifier: string;
}

const checkProvider = (account: Account | undefined, providerArn: string, assertion: Assertion): void => {
  const provider = account?.samlProviders.get(providerArn);
  if (provider === undefined) throw invalidIdentityToken("Specified provider doesn't exist");
  if (provider.entityId !== undefined && provider.entityId !== assertion.issuer) {
    throw invalidIdentityToken('Issuer not present in specified provider');
  }
};

const checkRoleIsListed = (assertion: Assertion, roleArn: string, providerArn: string): void => {
  const pairs = awsAttribute(assertion, 'Role').map((pair) => pair.split(',').map((arn) => arn.trim()));
  if (!pairs.some((pair) => pair.includes(roleArn) && pair.includes(providerArn))) {
    throw invalidIdentityToken(
      "SAML Assertion doesn't contain the requested Role and Metadata in the attributes",
    );
  }
};

const oneName = (assertion: Assertion, attribute: string): string | undefined => {
  const [value] = awsAttribute(assertion, attribute);
  if (value !== undefined && !sessionNamePattern.test(value)) {
    throw invalidIdentityToken(`${attribute} in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}`);
  }
  return value;
};

const signatureCheckOf = (
  call: StsCall,
  account: Account | undefined,
  providerArn: string,
): SignatureCheck => {
  const certificates = certificatesIn(account?.samlProviders.get(providerArn)?.metadata ?? '');
  const others = certificates.filter((one) => one !== call.ownCertificate);
  return others.length === 0 ? signedByEntra(call.tokenKey) : signedByOneOf(others);
};

/** Everything the assertion says, once it is known to be true. */
const readSignIn = (call: StsCall): SignIn => {
  const roleArn = requiredRoleArn(call);
  const providerArn = requiredText(call.params, 'PrincipalArn', { min: 20, max: 2_048 });
  const base64 = requiredText(call.params, 'SAMLAssertion', { min: 4, max: 100_000 });
  const accountId = accountOfArn(providerArn) ?? '';
  const account = call.account(accountId);
  const assertion = readAssertion(base64, call.nowMs, signatureCheckOf(call, account, providerArn));
  checkProvider(account, providerArn, assertion);
  checkRoleIsListed(assertion, roleArn, providerArn);
  const sessionName = oneName(assertion, 'RoleSessionName');
  if (sessionName === undefined) throw invalidIdentityToken('RoleSessionName is required in AuthnResponse');
  const qualified = `${assertion.issuer}${accountId}/${providerArn.split('/').at(-1) ?? ''}`;
  return {
    roleArn,
    providerArn,
    assertion,
    sessionName,
    sourceIdentity: oneName(assertion, 'SourceIdentity'),
    tags: principalTags(assertion),
    nameQualifier: createHash('sha1').update(qualified).digest('base64'),
  };
};

const entranceOf = (signIn: SignIn, nowMs: number): Entrance => {
  const accountId = accountOfArn(signIn.providerArn) ?? '';
  const providerName = signIn.providerArn.split('/').at(-1) ?? '';
  // Observed at this call: no aws:PrincipalArn, and these values. [aws.md §2.4]
  const common: Context = new Map([
    ['saml:aud', [signIn.assertion.recipient]],
    ['aws:principalaccount', [accountId]],
    ['aws:principaltype', ['User']],
    ['aws:userid', [signIn.providerArn]],
    ['aws:securetransport', ['true']],
  ]);
  const identity: Context = new Map([
    ['saml:iss', [signIn.assertion.issuer]],
    ['saml:sub', [signIn.assertion.nameId]],
    ['saml:sub_type', [signIn.assertion.nameIdFormat]],
    ['saml:namequalifier', [signIn.nameQualifier]],
    ['saml:doc', [`${accountId}/${providerName}`]],
    ['sts:rolesessionname', [signIn.sessionName]],
  ]);
  const tags = tagContext(signIn.tags);
  const source: Context =
    signIn.sourceIdentity === undefined
      ? new Map()
      : new Map([['sts:sourceidentity', [signIn.sourceIdentity]]]);
  // Only the first action is documented to know saml:sub; so a condition on it fails the other two. [aws.md §1.1]
  const all = [
    { action: 'sts:AssumeRoleWithSAML', context: merged(common, identity, tags, source), isAsked: true },
    { action: 'sts:TagSession', context: merged(common, tags), isAsked: tags.size > 0 },
    { action: 'sts:SetSourceIdentity', context: merged(common, source), isAsked: source.size > 0 },
  ];
  return {
    principal: { type: 'Federated', id: signIn.providerArn },
    atMs: nowMs,
    actions: all.filter((entry) => entry.isAsked),
  };
};

const sessionKeys = (signIn: SignIn): Context =>
  merged(
    lastingKeys(signIn.tags, signIn.sourceIdentity),
    new Map([
      ['aws:federatedprovider', [signIn.providerArn]],
      ['saml:sub', [signIn.assertion.nameId]],
      ['saml:sub_type', [signIn.assertion.nameIdFormat]],
      ['saml:namequalifier', [signIn.nameQualifier]],
    ]),
  );

export const assumeRoleWithSaml: StsAction = (call) => {
  const signIn = readSignIn(call);
  const role = findRole(call, signIn.roleArn);
  const refused =
    role === undefined ? 'sts:AssumeRoleWithSAML' : refusedAction(role, entranceOf(signIn, call.nowMs));
  if (role === undefined || refused !== undefined) {
    throw accessDenied(`Not authorized to perform ${refused ?? 'sts:AssumeRoleWithSAML'}`);
  }
  // The attribute can only shorten what the request asked for. [observed, aws.md §1.4]
  const shortest = Number(awsAttribute(signIn.assertion, 'SessionDuration')[0] ?? Number.POSITIVE_INFINITY);
  const seconds = Math.min(sessionSeconds(call, role), shortest);
  const expiresAtMs = call.nowMs + seconds * 1_000;
  return (
    sessionXml(call, { role, name: signIn.sessionName, expiresAtMs, keys: sessionKeys(signIn) }) +
    textElement('PackedPolicySize', 0) +
    textElement('Subject', signIn.assertion.nameId) +
    textElement('SubjectType', signIn.assertion.nameIdFormat) +
    textElement('Issuer', signIn.assertion.issuer) +
    textElement('Audience', signIn.assertion.recipient) +
    textElement('NameQualifier', signIn.nameQualifier) +
    textElement('SourceIdentity', signIn.sourceIdentity)
  );
};
