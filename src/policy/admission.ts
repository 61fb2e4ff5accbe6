// Whether the people and workloads of a policy can enter through its federation at all.

import type { Account, Federation } from '../domain/policy.ts';
import { roleArn } from '../domain/role.ts';
import type { PolicyDraft } from './access-policy.ts';
import { partitionOfAudience, signInEndpoint } from './sign-in-endpoints.ts';
import { type Finding, finding, type SourceDocument } from './source-document.ts';
import { quote } from './words.ts';

export const checkAdmissionPaths = (
  document: SourceDocument,
  policy: PolicyDraft,
  federation: Federation,
  accounts: readonly Account[],
): readonly Finding[] => [
  ...checkSubjectKinds(document, policy, federation),
  ...checkAppRoleValue(document, policy, federation, accounts),
  ...checkPartitions(document, policy, federation, accounts),
];

const hasPeople = ({ groups, breakGlass }: PolicyDraft): boolean =>
  groups.length > 0 || breakGlass !== undefined;

const checkSubjectKinds = (
  document: SourceDocument,
  policy: PolicyDraft,
  federation: Federation,
): readonly Finding[] => {
  const name = quote(federation.meta.name);
  const findings: Finding[] = [];
  if (policy.groups.length > 0 && federation.saml === undefined) {
    const message = `groups need saml in the Federation ${name}, which has oidc only: a user's OIDC sub differs from application to application and is not in Microsoft Graph, so people are admitted by SAML only; add saml there, or list service principals`;
    findings.push(
      finding(document, 'groupsNeedSaml', ['spec', 'subjects', 'groups'], message, { part: 'key' }),
    );
  }
  if (policy.breakGlass !== undefined && federation.saml === undefined) {
    const message = `the members of a break-glass group are people, who enter by SAML only, and the Federation ${name} has oidc only; add saml there, or remove this`;
    findings.push(finding(document, 'groupsNeedSaml', ['spec', 'breakGlass'], message, { part: 'key' }));
  }
  if (policy.servicePrincipals.length > 0 && federation.oidc === undefined) {
    const message = `service principals enter with an OIDC token, and the Federation ${name} has saml only; add oidc there`;
    const path = ['spec', 'subjects', 'servicePrincipals'];
    findings.push(finding(document, 'servicePrincipalsNeedOidc', path, message, { part: 'key' }));
  }
  return findings;
};

/** The length of an app role's `value` in Microsoft Graph. [graph appRole resource] */
const maxAppRoleValueChars = 120;

/** What is pasted into Entra as the app role's value, so that the assertion names role and provider. */
const appRoleValue = (account: Account, roleName: string, providerName: string): string => {
  const { partition, accountId } = account;
  return `${roleArn(account, roleName)},arn:${partition}:iam::${accountId}:saml-provider/${providerName}`;
};

const checkAppRoleValue = (
  document: SourceDocument,
  policy: PolicyDraft,
  federation: Federation,
  accounts: readonly Account[],
): readonly Finding[] => {
  const provider = federation.saml?.providerName;
  // The path of a shared role is not known here.
  if (provider === undefined || !hasPeople(policy) || policy.role.ownership === 'statements') return [];
  const [longest] = accounts
    .map((account) => ({ account, value: appRoleValue(account, policy.role.name, provider) }))
    .sort((a, b) => b.value.length - a.value.length);
  if (longest === undefined || longest.value.length <= maxAppRoleValueChars) return [];
  const over = longest.value.length - maxAppRoleValueChars;
  const message = `the Entra app-role value for the account ${longest.account.meta.name} would have ${longest.value.length} characters, and Microsoft Graph takes ${maxAppRoleValueChars}; shorten this name or the SAML provider's (${quote(provider)}) by ${over}`;
  return [finding(document, 'appRoleValueTooLong', ['spec', 'role', 'name'], message)];
};

const checkPartitions = (
  document: SourceDocument,
  policy: PolicyDraft,
  federation: Federation,
  accounts: readonly Account[],
): readonly Finding[] => {
  if (!hasPeople(policy)) return [];
  const known = new Set((federation.saml?.audiences ?? []).flatMap((url) => partitionOfAudience(url) ?? []));
  const closed = known.size === 0 ? [] : accounts.filter(({ partition }) => !known.has(partition));
  const [first] = closed;
  if (first === undefined) return [];
  const names = closed.map(({ meta }) => meta.name).join(', ');
  const message = `no audience of the Federation ${quote(federation.meta.name)} is a sign-in endpoint of the partition ${first.partition}, so people cannot enter ${names}; add ${signInEndpoint(first.partition)} there`;
  return [finding(document, 'partitionMismatch', ['spec', 'federation'], message, { severity: 'warning' })];
};
