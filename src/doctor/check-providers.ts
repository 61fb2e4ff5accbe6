// The identity providers of an account, by which people and workloads enter: that they are there, and how long they last.

import type { Check } from '../domain/check.ts';
import type { ServicePrincipal } from '../domain/directory.ts';
import type { AccountExamination, OidcProviderFacts, SamlProviderFacts } from '../domain/examination.ts';
import type { Account, Federation } from '../domain/policy.ts';
import type { Reading } from '../domain/reading.ts';
import { sortedUnique } from '../domain/statement.ts';
import type { Checks } from './check.ts';
import { type AccountNeeds, oidcProviderArn, samlProviderArn } from './needs.ts';

const dayMs = 86_400_000;
/** How long before its end a provider is worth a word. */
const soonMs = 60 * dayMs;

const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const freshMetadata = ({ tenantId, saml }: Federation): string =>
  `curl -sSf 'https://login.microsoftonline.com/${tenantId}/federationmetadata/2007-06/federationmetadata.xml?appid=${saml?.applicationId ?? ''}' > entra-metadata.xml`;

const howToMakeSaml = (federation: Federation): string =>
  `${freshMetadata(federation)} && aws iam create-saml-provider --name ${federation.saml?.providerName ?? ''} --saml-metadata-document file://entra-metadata.xml`;

const howToRenewSaml = (federation: Federation, arn: string): string =>
  `${freshMetadata(federation)} && aws iam update-saml-provider --saml-provider-arn ${arn} --saml-metadata-document file://entra-metadata.xml`;

interface Ending {
  readonly what: string;
  readonly atMs: number;
}

const endingsOf = ({ validUntilMs, certificateEndsMs }: SamlProviderFacts): readonly Ending[] => {
  const last = certificateEndsMs.at(-1);
  return [
    ...(last === undefined ? [] : [{ what: 'its last signing certificate', atMs: last }]),
    ...(validUntilMs === undefined ? [] : [{ what: 'the provider', atMs: validUntilMs }]),
  ].toSorted((a, b) => a.atMs - b.atMs);
};

const lastingCheck = (
  checks: Checks,
  what: string,
  facts: SamlProviderFacts,
  renewal: string,
  atMs: number,
): Check => {
  const [first] = endingsOf(facts);
  if (facts.certificateEndsMs.length === 0)
    return checks.warning(what, 'its metadata has no signing certificate that can be read', renewal);
  if (first === undefined || first.atMs > atMs + soonMs)
    return checks.ok(what, `it is there, and lasts until ${dateOf(first?.atMs ?? atMs)}`);
  return first.atMs <= atMs
    ? checks.missing(what, `${first.what} ended on ${dateOf(first.atMs)}, so nobody can sign in`, renewal)
    : checks.warning(
        what,
        `${first.what} ends on ${dateOf(first.atMs)}, in ${Math.floor((first.atMs - atMs) / dayMs)} days; nobody can sign in then`,
        `make a new certificate in Entra → Enterprise applications → Single sign-on, then ${renewal}`,
      );
};

const samlFactsCheck = (
  checks: Checks,
  federation: Federation,
  arn: string,
  facts: SamlProviderFacts,
  atMs: number,
): Check => {
  const what = `SAML provider ${federation.saml?.providerName ?? ''}`;
  const renewal = howToRenewSaml(federation, arn);
  const { issuer } = facts;
  if (issuer !== undefined && !issuer.toLowerCase().includes(federation.tenantId.toLowerCase()))
    return checks.missing(
      what,
      `its metadata is of ${issuer}, and the Federation ${federation.meta.name} is of tenant ${federation.tenantId}`,
      renewal,
    );
  return lastingCheck(checks, what, facts, renewal, atMs);
};

const samlCheck = (
  checks: Checks,
  account: Account,
  federation: Federation,
  examination: AccountExamination,
  atMs: number,
): readonly Check[] => {
  const arn = samlProviderArn(account, federation);
  if (arn === undefined) return [];
  const what = `SAML provider ${federation.saml?.providerName ?? ''}`;
  const facts = examination.samlProviders.get(arn);
  if (facts?.state === 'present') return [samlFactsCheck(checks, federation, arn, facts.value, atMs)];
  const { observed } = examination;
  const isThere = observed.state === 'present' ? observed.value.samlProviderArns.has(arn) : undefined;
  if (isThere === false || facts?.state === 'absent')
    return [checks.missing(what, `${arn} is not there, so nobody can sign in`, howToMakeSaml(federation))];
  return [
    checks.unknown(
      what,
      isThere === true ? 'it is there; how long it lasts could not be read' : 'it could not be looked at',
      'see iam:GetSAMLProvider above',
    ),
  ];
};

/** What the provider has to take, for IAM to take the tokens of these workloads. */
interface ClientIds {
  readonly wanted: readonly string[];
  /** Workloads whose client id could not be read. */
  readonly unread: readonly string[];
}

type Principals = ReadonlyMap<string, Reading<ServicePrincipal>>;

/** Of a v1 token IAM compares the audience; of a v2 token the client id of whoever asked for it (`azp`). [aws.md §2.2] */
const clientIdsFor = (
  federation: Federation,
  { policies }: AccountNeeds,
  principals: Principals,
): ClientIds => {
  const { audiences = [], tokenVersion } = federation.oidc ?? {};
  if (tokenVersion !== 2) return { wanted: audiences, unread: [] };
  const workloads = policies
    .filter((policy) => policy.federation === federation.meta.name)
    .flatMap(({ servicePrincipals }) => servicePrincipals);
  const wanted = workloads.flatMap(({ id }) => {
    const reading = principals.get(id);
    return reading?.state === 'present' ? [reading.value.appId] : [];
  });
  const unread = workloads.filter(({ id }) => principals.get(id)?.state !== 'present');
  return { wanted: sortedUnique(wanted), unread: unread.map(({ id, displayName }) => displayName ?? id) };
};

const oidcFactsCheck = (
  checks: Checks,
  federation: Federation,
  arn: string,
  facts: OidcProviderFacts,
  { wanted, unread }: ClientIds,
): Check => {
  const { tokenVersion } = federation.oidc ?? {};
  const what = `OIDC provider of ${federation.meta.name}`;
  const lacking = wanted.filter((one) => !facts.audiences.includes(one));
  const kind = tokenVersion === 2 ? 'client id' : 'audience';
  if (lacking.length > 0)
    return checks.missing(
      what,
      `it does not take the ${kind} ${lacking.join(', ')}, so IAM refuses the tokens`,
      lacking
        .map(
          (one) =>
            `aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${arn} --client-id ${one}`,
        )
        .join(' && '),
    );
  return unread.length > 0
    ? checks.unknown(
        what,
        `the client id of ${unread.join(', ')} could not be read in Entra`,
        'see Entra above',
      )
    : checks.ok(what, `it is there, and takes the ${kind} ${wanted.join(', ')}`);
};

const oidcCheck = (
  checks: Checks,
  needs: AccountNeeds,
  federation: Federation,
  examination: AccountExamination,
  principals: Principals,
): readonly Check[] => {
  const arn = oidcProviderArn(needs.account, federation);
  const { oidc } = federation;
  if (arn === undefined || oidc === undefined) return [];
  const what = `OIDC provider of ${federation.meta.name}`;
  const clientIds = clientIdsFor(federation, needs, principals);
  const facts: Reading<OidcProviderFacts> | undefined = examination.oidcProviders.get(arn);
  if (facts?.state === 'present') return [oidcFactsCheck(checks, federation, arn, facts.value, clientIds)];
  const { observed } = examination;
  const isThere = observed.state === 'present' ? observed.value.oidcProviderArns.has(arn) : undefined;
  if (isThere === false || facts?.state === 'absent')
    return [
      checks.missing(
        what,
        `${arn} is not there, so no workload can enter`,
        `aws iam create-open-id-connect-provider --url https://${oidc.issuer} --client-id-list ${sortedUnique([...oidc.audiences, ...clientIds.wanted]).join(' ')}`,
      ),
    ];
  return [
    checks.unknown(
      what,
      isThere === true ? 'it is there; whom it takes could not be read' : 'it could not be looked at',
      'see iam:GetOpenIDConnectProvider above',
    ),
  ];
};

export interface ProviderSurroundings {
  readonly atMs: number;
  /** As Entra was just read, by object id. */
  readonly servicePrincipals: Principals;
}

export const providerChecks = (
  checks: Checks,
  needs: AccountNeeds,
  examination: AccountExamination,
  { atMs, servicePrincipals }: ProviderSurroundings,
): readonly Check[] => [
  ...needs.peopleBy.flatMap((one) => samlCheck(checks, needs.account, one, examination, atMs)),
  ...needs.workloadsBy.flatMap((one) => oidcCheck(checks, needs, one, examination, servicePrincipals)),
];
