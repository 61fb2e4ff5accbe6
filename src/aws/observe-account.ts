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
import {
  type ObservedAccount,
  type ObservedRole,
  type RoleAllow,
  type RoleInterest,
  type RoleSettings,
  rolePath,
  tagKeys,
} from '../domain/role.ts';
import { compareText } from '../domain/statement.ts';
import type { Send } from './account-calls.ts';
import { allOrNothing } from './all-or-nothing.ts';
import { dateMs, decodeDocument, tagsFrom } from './documents.ts';
import { brokenAnswer, readPages } from './pages.ts';
import { allowsOf } from './role-interest.ts';

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

export type DetailsPage = Pick<GetAccountAuthorizationDetailsCommandOutput, 'IsTruncated' | 'Marker'> & {
  readonly RoleDetailList?: readonly DetailedRole[] | undefined;
};
/** Its dates are text where the page was read apart from the SDK. */
export type DetailedRole = Omit<RoleDetail, 'CreateDate' | 'RoleLastUsed'> & {
  readonly CreateDate?: Date | string | undefined;
  readonly RoleLastUsed?: { readonly LastUsedDate?: Date | string | undefined } | undefined;
};
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
  readonly askedRoles: Map<string, ObservedRole>;
  readonly adoptedRoles: Map<string, ObservedRole>;
  readonly allows: RoleAllow[];
}
type Listed = Map<string, { readonly roleId: string; readonly settings: RoleSettings | undefined }>;

type Call = <T>(action: string, signal: AbortSignal, send: Send<IAMClient, T>) => Promise<T>;

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

const observedRole = (detail: DetailedRole, name: string, path: string, arn: string): ObservedRole => ({
  name,
  path,
  arn,
  roleId: detail.RoleId ?? '',
  createdAtMs: dateMs(detail.CreateDate),
  lastUsedAtMs: dateMs(detail.RoleLastUsed?.LastUsedDate),
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

const takeAllows = (
  into: RoleAllow[],
  detail: DetailedRole,
  roleArn: string,
  actions: readonly string[],
): void => {
  for (const policy of detail.RolePolicyList ?? []) {
    const policyName = policy.PolicyName ?? '';
    for (const statement of allowsOf(decodeDocument(policy.PolicyDocument), actions))
      into.push({ roleArn, policyName, statement });
  }
};

const takeDetails = (into: Detailed, page: DetailsPage, interest: RoleInterest): void => {
  const what = 'iam:GetAccountAuthorizationDetails';
  if (page.RoleDetailList === undefined) throw brokenAnswer(what, 'a page without roles');
  for (const detail of page.RoleDetailList) {
    const { RoleName: name, Path: path, Arn: arn } = detail;
    if (!name || !path || !arn) throw brokenAnswer(what, 'a role without name, path or ARN');
    if (path.startsWith(rolePath)) into.roles.set(name, observedRole(detail, name, path, arn));
    else {
      // Thousands of other roles may stand here; of those only the name is of interest, unless somebody asks for more.
      into.otherRoles.set(name.toLowerCase(), arn);
      const isAdopted = detail.Tags?.some(({ Key: key }) => key === tagKeys.adopt) === true;
      if (isAdopted) into.adoptedRoles.set(arn, observedRole(detail, name, path, arn));
      if (interest.roleArns.has(arn)) into.askedRoles.set(arn, observedRole(detail, name, path, arn));
    }
    if (interest.actions.length > 0) takeAllows(into.allows, detail, arn, interest.actions);
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

/** The sort keeps the order of what it finds equal, and so that of the statements in a document. */
const byRoleAndPolicy = (a: RoleAllow, b: RoleAllow): number =>
  compareText(a.roleArn, b.roleArn) || compareText(a.policyName, b.policyName);

/** Roles that both listings show as the same role, and the names of those that only one shows, or each shows another. */
const merge = (
  detailed: Detailed,
  listed: Listed,
): Pick<ObservedAccount, 'roles' | 'halfSeenRoleNames' | 'otherRoles' | 'askedRoles' | 'allows'> => {
  // The second listing is of our own path, and says nothing of these.
  const roles = [...detailed.adoptedRoles.values()];
  const halfSeen = new Set<string>();
  for (const [name, role] of detailed.roles) {
    const twin = listed.get(name);
    if (twin?.roleId === role.roleId) roles.push({ ...role, settings: twin.settings });
    else halfSeen.add(name);
  }
  for (const name of listed.keys()) if (!detailed.roles.has(name)) halfSeen.add(name);
  return {
    roles: roles.sort((a, b) => compareText(a.name, b.name)),
    halfSeenRoleNames: [...halfSeen].sort(compareText),
    otherRoles: detailed.otherRoles,
    askedRoles: detailed.askedRoles,
    allows: detailed.allows.sort(byRoleAndPolicy),
  };
};

const nothingBesides: RoleInterest = { roleArns: new Set(), actions: [] };

/** Throws if any page or list fails or is broken: half an account is worse than none. */
export const observeAccount = async (
  reads: BulkReads,
  readAtMs: number,
  signal: AbortSignal,
  interest: RoleInterest = nothingBesides,
): Promise<ObservedAccount> => {
  const detailed: Detailed = {
    roles: new Map(),
    otherRoles: new Map(),
    askedRoles: new Map(),
    adoptedRoles: new Map(),
    allows: [],
  };
  const listed: Listed = new Map();
  let trustQuotaChars = defaultTrustQuotaChars;
  let samlProviderArns: ReadonlySet<string> = new Set();
  let oidcProviderArns: ReadonlySet<string> = new Set();

  const reading: readonly ((both: AbortSignal) => Promise<void>)[] = [
    (both) =>
      readPages(
        'iam:GetAccountAuthorizationDetails',
        (marker) => reads.details(marker, both),
        (page) => takeDetails(detailed, page, interest),
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
  ];
  await allOrNothing(reading, reading.length, signal, (read, both) => read(both));
  return { readAtMs, ...merge(detailed, listed), trustQuotaChars, samlProviderArns, oidcProviderArns };
};
