// A captured SAML response, held against the Federation: every difference is somebody who cannot enter, or a deny that would
// match nobody. [aws.md §1.2–1.4, entra.md §1a]

import type { Check } from '../../domain/check.ts';
import type { Federation, PolicySet, SamlFederation } from '../../domain/policy.ts';
import { roleArn } from '../../domain/role.ts';
import { type Checks, checksOf } from '../check.ts';
import { samlProviderArn } from '../needs.ts';
import type { SamlResponse } from './saml-response.ts';
import { subjectChecks } from './subject-checks.ts';

const prefix = 'https://aws.amazon.com/SAML/Attributes/';
const inPortal = 'Entra → Enterprise applications → the application';
const claims = `${inPortal} → Single sign-on → Attributes & claims`;

const listed = (values: readonly string[]): string => values.map((one) => `"${one}"`).join(', ');

const recipientCheck = (checks: Checks, saml: SamlFederation, { recipients }: SamlResponse): Check => {
  const what = 'audience (saml:aud)';
  const known = recipients.filter((one) => saml.audiences.includes(one));
  if (recipients.length > 0 && known.length === recipients.length) return checks.ok(what, known.join(', '));
  const found =
    recipients.length === 0
      ? 'the assertion names no Recipient'
      : `the Recipient is ${listed(recipients)}, and the Federation lists ${listed(saml.audiences)}`;
  return checks.missing(
    what,
    `${found}: nobody could enter`,
    `add it to spec.saml.audiences, or correct the reply URL: ${inPortal} → Single sign-on → Basic SAML configuration`,
  );
};

/** AWS has not been seen to look at it, and says that it does. */
const restrictionCheck = (checks: Checks, { audiences }: SamlResponse): Check => {
  const what = 'audience restriction';
  const isAws = (one: string): boolean =>
    /^https:\/\/([\w-]+\.)*signin\.(aws\.amazon\.com|amazonaws-us-gov\.com|amazonaws\.cn)\/saml/.test(one) ||
    one.startsWith('urn:amazon:webservices');
  return audiences.some(isAws)
    ? checks.ok(what, audiences.join(', '))
    : checks.warning(
        what,
        audiences.length === 0 ? 'there is none' : `it is ${listed(audiences)}, which is not AWS`,
        `${inPortal} → Single sign-on → Basic SAML configuration → Identifier: https://signin.aws.amazon.com/saml`,
      );
};

interface Pair {
  readonly role: string;
  readonly provider: string;
}

/** AWS takes the two ARNs in either order. */
const pairOf = (value: string): Pair | undefined => {
  const arns = value.split(',').map((one) => one.trim());
  const role = arns.find((one) => one.includes(':role/'));
  const provider = arns.find((one) => one.includes(':saml-provider/'));
  return arns.length === 2 && role !== undefined && provider !== undefined ? { role, provider } : undefined;
};

const wanted = (federation: Federation, { policies, accounts }: PolicySet): readonly string[] =>
  policies
    .filter(({ federation: name }) => name === federation.meta.name)
    .flatMap((policy) =>
      accounts
        .filter(({ meta }) => policy.accounts.includes(meta.name))
        .map((account) => roleArn(account, policy.role.name)),
    );

const pairChecks = (
  checks: Checks,
  federation: Federation,
  { role, provider }: Pair,
  { accounts }: PolicySet,
  known: ReadonlySet<string>,
): Check => {
  const what = `Role ${role}`;
  const [, , , , accountId = ''] = role.split(':');
  const account = accounts.find((one) => one.accountId === accountId);
  if (account === undefined)
    return checks.warning(
      what,
      `no Account of the policies has the id ${accountId}`,
      'take the app role out, or add the Account',
    );
  const right = samlProviderArn(account, federation);
  if (provider !== right)
    return checks.missing(
      what,
      `it comes with the provider ${provider}, and the Federation says ${right}`,
      `write ${role},${right} as the value of the app role in Entra`,
    );
  return known.has(role)
    ? checks.ok(what, `in ${account.meta.name}, with its provider`)
    : checks.warning(
        what,
        'no policy of this Federation makes a role of that name',
        'compare the value of the app role with what `rolewarden get --wide` or `plan` prints',
      );
};

const roleChecks = (
  checks: Checks,
  federation: Federation,
  values: readonly string[],
  policies: PolicySet,
): readonly Check[] => {
  if (values.length === 0)
    return [
      checks.missing(
        'Role',
        'no role is sent, so AWS lets her in nowhere',
        `assign an app role with the value that \`rolewarden plan\` prints to a group that she is in directly, and send ${prefix}Role from user.assignedroles: ${claims}`,
      ),
    ];
  const known = new Set(wanted(federation, policies));
  return values.map((value) => {
    const pair = pairOf(value);
    return pair === undefined
      ? checks.missing(
          'Role',
          `"${value}" is not the ARN of a role and that of a provider with a comma between them`,
          'paste the value that `rolewarden plan` prints into the app role in Entra',
        )
      : pairChecks(checks, federation, pair, policies, known);
  });
};

const sourceIdentityCheck = (
  checks: Checks,
  saml: SamlFederation,
  { nameId }: SamlResponse,
  [sent]: readonly string[],
): Check => {
  const what = 'SourceIdentity';
  const saysSo = `sendsSourceIdentity: ${saml.sendsSourceIdentity}`;
  if (sent === undefined)
    return saml.sendsSourceIdentity
      ? checks.missing(
          what,
          `it is not sent, and the Federation says ${saysSo}: denies by it would match nobody`,
          `send ${prefix}SourceIdentity from the same source as the NameID (${claims}), or say sendsSourceIdentity: false`,
        )
      : checks.ok(what, `it is not sent, as ${saysSo} says`);
  if (!saml.sendsSourceIdentity)
    return checks.missing(
      what,
      `it is sent, and the Federation says ${saysSo}: every sign-in fails`,
      'say sendsSourceIdentity: true in the Federation, or take the claim out until every role is made with it',
    );
  return sent === nameId
    ? checks.ok(what, 'it holds what the NameID holds')
    : checks.missing(
        what,
        `it is "${sent}", and the NameID is "${nameId}": denies by it would match nobody`,
        `give both the same source: ${claims}`,
      );
};

const tagsCheck = (checks: Checks, saml: SamlFederation, names: readonly string[]): Check => {
  const what = 'session tags';
  const saysSo = `sendsSessionTags: ${saml.sendsSessionTags}`;
  if (names.length === 0)
    return saml.sendsSessionTags
      ? checks.warning(
          what,
          `none is sent, and the Federation says ${saysSo}`,
          'say sendsSessionTags: false, unless others bring some',
        )
      : checks.ok(what, `none is sent, as ${saysSo} says`);
  return saml.sendsSessionTags
    ? checks.ok(what, names.join(', '))
    : checks.missing(
        what,
        `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} sent, and the Federation says ${saysSo}: every sign-in fails`,
        'say sendsSessionTags: true in the Federation, or take the claims out',
      );
};

/** A session that is asked for longer than the role allows is refused. */
const durationCheck = (
  checks: Checks,
  federation: Federation,
  [sent]: readonly string[],
  { policies }: PolicySet,
): Check => {
  const what = 'SessionDuration';
  const seconds = Number(sent);
  if (sent === undefined) return checks.ok(what, 'it is not sent, so that sessions last an hour');
  const setIt = `${claims} → ${prefix}SessionDuration`;
  if (!Number.isInteger(seconds) || seconds < 900 || seconds > 43_200)
    return checks.missing(what, `AWS does not take "${sent}": 900 to 43200 seconds`, setIt);
  const short = policies.filter(
    ({ federation: name, role }) => name === federation.meta.name && role.maxSessionSeconds < seconds,
  );
  return short.length === 0
    ? checks.ok(what, `${seconds} seconds, which every role allows`)
    : checks.missing(
        what,
        `${seconds} seconds are asked for, and role.maxSession of ${short.map(({ meta }) => meta.name).join(', ')} is shorter: those sign-ins fail`,
        `ask for less (${setIt}), or raise role.maxSession`,
      );
};

const dayMs = 86_400_000;

const ageCheck = (checks: Checks, { issuedAtMs }: SamlResponse, nowMs: number): Check => {
  const what = 'age';
  const again = 'sign in again and save that response';
  if (issuedAtMs === undefined) return checks.warning(what, 'it does not say when it was issued', again);
  return nowMs - issuedAtMs <= dayMs
    ? checks.ok(what, `issued at ${new Date(issuedAtMs).toISOString()}`)
    : checks.warning(
        what,
        `issued at ${new Date(issuedAtMs).toISOString()}, and what Entra sends may have changed since`,
        again,
      );
};

/** `nowMs`: milliseconds since the epoch. */
export const checkSaml = (
  response: SamlResponse,
  federation: Federation,
  saml: SamlFederation,
  policies: PolicySet,
  nowMs: number,
): readonly Check[] => {
  const checks = checksOf(`Federation ${federation.meta.name}, saml`);
  const attribute = (name: string): readonly string[] => response.attributes.get(`${prefix}${name}`) ?? [];
  const tags = [...response.attributes.keys()].flatMap((name) =>
    name.startsWith(`${prefix}PrincipalTag:`) ? [name.slice(prefix.length)] : [],
  );
  return [
    response.status === 'Success' || response.status === ''
      ? checks.ok('status', 'Entra signed her in')
      : checks.missing(
          'status',
          `Entra answered ${response.status}`,
          'save the response of a sign-in that worked',
        ),
    response.isSigned
      ? checks.ok('signature', 'the assertion is signed; whether by Entra is for AWS to check')
      : checks.missing(
          'signature',
          'the assertion is not signed, and AWS wants that',
          `${inPortal} → Single sign-on → SAML certificates → Signing option: Sign SAML assertion`,
        ),
    ageCheck(checks, response, nowMs),
    ...subjectChecks(checks, federation, saml, response, attribute),
    recipientCheck(checks, saml, response),
    restrictionCheck(checks, response),
    ...roleChecks(checks, federation, attribute('Role'), policies),
    sourceIdentityCheck(checks, saml, response, attribute('SourceIdentity')),
    tagsCheck(checks, saml, tags),
    durationCheck(checks, federation, attribute('SessionDuration'), policies),
  ];
};
