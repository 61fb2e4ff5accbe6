// Whom an assertion speaks of, and whether AWS and our trust policies will know her by that. [entra.md §1, aws.md §1.3]

import type { Check } from '../../domain/check.ts';
import type { Federation, SamlFederation } from '../../domain/policy.ts';
import type { Checks } from '../check.ts';
import type { SamlResponse } from './saml-response.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const principalName = /^[^@\s]+@[^@\s]+$/;

const claimsInPortal =
  'Entra → Enterprise applications → the application → Single sign-on → Attributes & claims';
const uniqueIdentifier = `${claimsInPortal} → Unique user identifier`;

/** What Entra calls her besides, in claims that it sends with every assertion unless somebody took them out. */
const otherNames: Readonly<
  Record<SamlFederation['nameId'], { readonly claim: string; readonly is: string }>
> = {
  objectId: { claim: 'http://schemas.microsoft.com/identity/claims/objectidentifier', is: 'object id' },
  userPrincipalName: {
    claim: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name',
    is: 'user principal name',
  },
};

const sources: Readonly<Record<SamlFederation['nameId'], string>> = {
  objectId: 'user.objectid',
  userPrincipalName: 'user.userprincipalname',
};

const looksLike = (value: string): SamlFederation['nameId'] | undefined =>
  uuid.test(value) ? 'objectId' : principalName.test(value) ? 'userPrincipalName' : undefined;

const nameIdCheck = (checks: Checks, saml: SamlFederation, { nameId, attributes }: SamlResponse): Check => {
  const what = 'NameID';
  const { is, claim } = otherNames[saml.nameId];
  const setIt = `${uniqueIdentifier}: source ${sources[saml.nameId]}`;
  if (nameId === '') return checks.missing(what, 'there is none, so nobody can be told apart', setIt);
  const form = looksLike(nameId);
  if (form !== saml.nameId) {
    const found = `it is "${nameId}", and the Federation says nameId: ${saml.nameId}: nobody whom a policy names could enter`;
    return checks.missing(
      what,
      found,
      form === undefined ? setIt : `${setIt}; or say nameId: ${form} in the Federation`,
    );
  }
  const other = attributes.get(claim)?.[0];
  if (saml.nameId === 'objectId' && nameId !== nameId.toLowerCase())
    return checks.missing(
      what,
      `"${nameId}" has capitals, and IAM compares every letter with what Graph says`,
    );
  if (other === undefined)
    return checks.warning(
      what,
      `it is "${nameId}", and nothing else in the assertion says what her ${is} is`,
      `compare it by hand with Entra → Users → her → ${is === 'object id' ? 'Object ID' : 'User principal name'}`,
    );
  if (other !== nameId)
    return checks.missing(
      what,
      `it is "${nameId}", and her ${is} is "${other}": nobody whom a policy names could enter`,
      setIt,
    );
  return checks.ok(what, `it is her ${is}, as nameId: ${saml.nameId} says`);
};

const formatPrefix = 'nameid-format:';

const formatCheck = (checks: Checks, { nameIdFormat }: SamlResponse): Check => {
  const what = 'NameID format';
  const format = nameIdFormat.split(formatPrefix).at(-1) ?? '';
  const setIt = `${uniqueIdentifier}: name identifier format Persistent`;
  if (format === 'persistent') return checks.ok(what, 'persistent');
  if (format === 'transient')
    return checks.missing(what, 'it is transient, which means another NameID at each sign-in', setIt);
  const is = nameIdFormat === '' ? 'none is given' : `it is ${nameIdFormat}`;
  return checks.warning(
    what,
    `${is}; IAM compares the value alone, and persistent is what AWS documents`,
    setIt,
  );
};

const issuerCheck = (checks: Checks, { tenantId }: Federation, { issuer }: SamlResponse): Check =>
  issuer.toLowerCase().split('/').includes(tenantId)
    ? checks.ok('issuer', `the tenant ${tenantId}`)
    : checks.missing(
        'issuer',
        `it is "${issuer}", and the Federation says tenantId: ${tenantId}`,
        'sign in with the tenant of the Federation, or correct its tenantId',
      );

const sessionName = /^[\w+=,.@-]{2,64}$/;

const sessionNameCheck = (checks: Checks, attribute: (name: string) => readonly string[]): Check => {
  const what = 'RoleSessionName';
  const [name] = attribute(what);
  const setIt = `${claimsInPortal} → https://aws.amazon.com/SAML/Attributes/RoleSessionName: user.userprincipalname, or user.objectid where guests sign in`;
  if (name === undefined) return checks.missing(what, 'it is not sent, and AWS wants it', setIt);
  return sessionName.test(name)
    ? checks.ok(what, `"${name}"`)
    : checks.missing(what, `AWS does not take "${name}": 2 to 64 letters, digits and +=,.@_-`, setIt);
};

const mfaClaim = 'http://schemas.microsoft.com/claims/authnmethodsreferences';

const mfaCheck = (checks: Checks, { attributes }: SamlResponse): Check => {
  const methods = attributes.get(mfaClaim);
  if (methods === undefined)
    return checks.unknown(
      'MFA',
      'the assertion does not say how she signed in',
      'look at the sign-in log of Entra: Authentication requirement',
    );
  return methods.some((one) => one.endsWith('/multipleauthn'))
    ? checks.ok('MFA', 'she signed in with more than one factor')
    : checks.warning(
        'MFA',
        'she signed in with one factor',
        'ask for MFA for this application: Entra → Protection → Conditional Access',
      );
};

export const subjectChecks = (
  checks: Checks,
  federation: Federation,
  saml: SamlFederation,
  response: SamlResponse,
  attribute: (name: string) => readonly string[],
): readonly Check[] => [
  issuerCheck(checks, federation, response),
  nameIdCheck(checks, saml, response),
  formatCheck(checks, response),
  sessionNameCheck(checks, attribute),
  mfaCheck(checks, response),
];
