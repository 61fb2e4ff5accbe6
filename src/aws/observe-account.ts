// The bulk read: everything of one account that plans are made from, in `2 × ceil(N / 1000) + 3` requests. The two listings
// of roles complement each other: one has tags, boundary and inline policies, the other description and session length.

import {
  GetAccountAuthorizationDetailsCommand,
  type GetAccountAuthorizationDetailsCommandOutput,
  GetAccountSummaryCommand,
  type IAMClient,
  ListOpenIDConnectProvidersCommand,
  ListRolesCommand,
  type ListRolesCommandOutput,
  ListSAMLProvidersCommand,
  type RoleDetail,
} from '@aws-sdk/client-iam';
import { type ObservedAccount, type ObservedRole, type RoleSettings, rolePath } from '../domain/role.ts';
import { decodeDocument, tagsFrom } from './documents.ts';
import { brokenAnswer, readPages } from './pages.ts';

/** The page size IAM allows at most. */
const maxItems = 1_000;
const defaultTrustQuotaChars = 2_048;

/** The requests of the bulk read, so that tests can answer them without HTTP. Each throws classified errors. */
export interface BulkReads {
  details(marker: string | undefined, signal: AbortSignal): Promise<DetailsPage>;
  listing(marker: string | undefined, signal: AbortSignal): Promise<ListingPage>;
  summary(signal: AbortSignal): Promise<Readonly<Record<string, number>> | undefined>;
  samlProviders(signal: AbortSignal): Promise<readonly ProviderEntry[] | undefined>;
  oidcProviders(signal: AbortSignal): Promise<readonly ProviderEntry[] | undefined>;
}

export type DetailsPage = Pick<
  GetAccountAuthorizationDetailsCommandOutput,
  'IsTruncated' | 'Marker' | 'RoleDetailList'
>;
export type ListingPage = Pick<ListRolesCommandOutput, 'IsTruncated' | 'Marker'> & {
  readonly Roles: readonly ListedRole[] | undefined;
};
export interface ListedRole {
  readonly RoleName?: string | undefined;
  readonly RoleId?: string | undefined;
  readonly Description?: string | undefined;
  readonly MaxSessionDuration?: number | undefined;
}
export interface ProviderEntry {
  readonly Arn?: string | undefined;
}

/** What is kept of each listing, before they are merged. */
interface Detailed {
  readonly roles: Map<string, ObservedRole>;
  readonly otherRoles: Map<string, string>;
}
type Listed = Map<string, { readonly roleId: string; readonly settings: RoleSettings | undefined }>;

type Call = <T>(
  action: string,
  signal: AbortSignal,
  send: (client: IAMClient, options: { abortSignal: AbortSignal }) => Promise<T>,
) => Promise<T>;

export const bulkReads = (call: Call): BulkReads => ({
  details: (marker, signal) =>
    call('iam:GetAccountAuthorizationDetails', signal, (client, options) =>
      client.send(
        new GetAccountAuthorizationDetailsCommand({ Filter: ['Role'], MaxItems: maxItems, Marker: marker }),
        options,
      ),
    ),
  listing: (marker, signal) =>
    call('iam:ListRoles', signal, (client, options) =>
      client.send(
        new ListRolesCommand({ PathPrefix: rolePath, MaxItems: maxItems, Marker: marker }),
        options,
      ),
    ),
  summary: (signal) =>
    call('iam:GetAccountSummary', signal, async (client, options) => {
      return (await client.send(new GetAccountSummaryCommand({}), options)).SummaryMap;
    }),
  samlProviders: (signal) =>
    call('iam:ListSAMLProviders', signal, async (client, options) => {
      return (await client.send(new ListSAMLProvidersCommand({}), options)).SAMLProviderList;
    }),
  oidcProviders: (signal) =>
    call('iam:ListOpenIDConnectProviders', signal, async (client, options) => {
      return (await client.send(new ListOpenIDConnectProvidersCommand({}), options))
        .OpenIDConnectProviderList;
    }),
});

const observedRole = (detail: RoleDetail, name: string, path: string, arn: string): ObservedRole => ({
  name,
  path,
  arn,
  roleId: detail.RoleId ?? '',
  trustDocument: decodeDocument(detail.AssumeRolePolicyDocument),
  tags: tagsFrom(detail.Tags),
  permissionsBoundary: detail.PermissionsBoundary?.PermissionsBoundaryArn,
  inlinePolicies: (detail.RolePolicyList ?? []).map((policy) => ({
    name: policy.PolicyName ?? '',
    document: decodeDocument(policy.PolicyDocument),
  })),
  attachedPolicyArns: (detail.AttachedManagedPolicies ?? []).map((policy) => policy.PolicyArn ?? ''),
  settings: undefined,
});

const takeDetails = (into: Detailed, page: DetailsPage): void => {
  const what = 'iam:GetAccountAuthorizationDetails';
  if (page.RoleDetailList === undefined) throw brokenAnswer(what, 'a page without roles');
  for (const detail of page.RoleDetailList) {
    const { RoleName: name, Path: path, Arn: arn } = detail;
    if (!name || !path || !arn) throw brokenAnswer(what, 'a role without name, path or ARN');
    // Thousands of other roles may stand here; of those only the name is of interest.
    if (path.startsWith(rolePath)) into.roles.set(name, observedRole(detail, name, path, arn));
    else into.otherRoles.set(name.toLowerCase(), arn);
  }
};

const takeListing = (into: Listed, page: ListingPage): void => {
  if (page.Roles === undefined) throw brokenAnswer('iam:ListRoles', 'a page without roles');
  for (const role of page.Roles) {
    const { RoleName: name, RoleId: roleId, MaxSessionDuration: maxSessionSeconds } = role;
    if (!name || !roleId) throw brokenAnswer('iam:ListRoles', 'a role without name or id');
    const settings =
      maxSessionSeconds === undefined
        ? undefined
        : { description: role.Description ?? '', maxSessionSeconds };
    into.set(name, { roleId, settings });
  }
};

const arnsOf = (what: string, entries: readonly ProviderEntry[] | undefined): ReadonlySet<string> => {
  if (entries === undefined) throw brokenAnswer(what, 'no list of providers');
  return new Set(
    entries.map((entry) => {
      if (!entry.Arn) throw brokenAnswer(what, 'a provider without ARN');
      return entry.Arn;
    }),
  );
};

const trustQuota = (summary: Readonly<Record<string, number>> | undefined): number => {
  if (summary === undefined) throw brokenAnswer('iam:GetAccountSummary', 'no summary');
  const chars = summary['AssumeRolePolicySizeQuota'];
  return chars !== undefined && chars > 0 ? chars : defaultTrustQuotaChars;
};

const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Roles that both listings show as the same role, and the names of those that only one shows, or each shows another. */
const merge = (
  detailed: Detailed,
  listed: Listed,
): Pick<ObservedAccount, 'roles' | 'halfSeenRoleNames' | 'otherRoles'> => {
  const roles: ObservedRole[] = [];
  const halfSeen = new Set<string>();
  for (const [name, role] of detailed.roles) {
    const twin = listed.get(name);
    if (twin?.roleId === role.roleId) roles.push({ ...role, settings: twin.settings });
    else halfSeen.add(name);
  }
  for (const name of listed.keys()) if (!detailed.roles.has(name)) halfSeen.add(name);
  return {
    roles: roles.sort((a, b) => byCodeUnits(a.name, b.name)),
    halfSeenRoleNames: [...halfSeen].sort(byCodeUnits),
    otherRoles: detailed.otherRoles,
  };
};

/**
 * Runs all at once and waits for all to end, also after a failure: nothing goes on behind a result. The first failure
 * aborts the others and is thrown.
 */
const allOrNothing = async (
  signal: AbortSignal,
  tasks: readonly ((signal: AbortSignal) => Promise<void>)[],
) => {
  const stop = new AbortController();
  const failures: unknown[] = [];
  const both = AbortSignal.any([signal, stop.signal]);
  await Promise.all(
    tasks.map((task) =>
      task(both).catch((error: unknown) => {
        failures.push(error);
        stop.abort(error);
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
};

/** Throws if any page or list fails or is broken: half an account is worse than none. */
export const observeAccount = async (
  reads: BulkReads,
  readAtMs: number,
  signal: AbortSignal,
): Promise<ObservedAccount> => {
  const detailed: Detailed = { roles: new Map(), otherRoles: new Map() };
  const listed: Listed = new Map();
  let trustQuotaChars = defaultTrustQuotaChars;
  let samlProviderArns: ReadonlySet<string> = new Set();
  let oidcProviderArns: ReadonlySet<string> = new Set();

  await allOrNothing(signal, [
    (both) =>
      readPages(
        'iam:GetAccountAuthorizationDetails',
        (marker) => reads.details(marker, both),
        (page) => takeDetails(detailed, page),
      ),
    (both) =>
      readPages(
        'iam:ListRoles',
        (marker) => reads.listing(marker, both),
        (page) => takeListing(listed, page),
      ),
    async (both) => {
      trustQuotaChars = trustQuota(await reads.summary(both));
    },
    async (both) => {
      samlProviderArns = arnsOf('iam:ListSAMLProviders', await reads.samlProviders(both));
    },
    async (both) => {
      oidcProviderArns = arnsOf('iam:ListOpenIDConnectProviders', await reads.oidcProviders(both));
    },
  ]);
  return { readAtMs, ...merge(detailed, listed), trustQuotaChars, samlProviderArns, oidcProviderArns };
};
