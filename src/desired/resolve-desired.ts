// Policies + one snapshot of Entra → the roles that should be in one account. Pure: the same inputs give the same answer.

import { earliest, nextMoment } from '../domain/moment.ts';
import type { DirectorySnapshot } from '../domain/directory.ts';
import type { LeaverProof } from '../domain/change.ts';
import { accessStatements } from '../domain/access.ts';
import type { ObservedEcs } from '../domain/ecs.ts';
import { observedStatements } from '../domain/ecs-observed-grants.ts';
import { ownStatements } from '../domain/permissions.ts';
import type { Admitted } from '../domain/plan.ts';
import {
  type AccessPolicy,
  type Account,
  type ControllerConfig,
  type Federation,
  type Mode,
  type PolicySet,
  weakestMode,
  groupsOf,
  lockoutsInForce,
} from '../domain/policy.ts';
import { roleArn, tagKeys } from '../domain/role.ts';
import { compareText } from '../domain/statement.ts';
import type { TrustGrant } from '../domain/trust-grants.ts';
import { type FederationPart, doubtOf } from '../domain/verification.ts';
import type { DesiredAccount, DesiredRole } from './desired-role.ts';
import { ecsFacts } from './ecs-facts.ts';
import { LazyGrants } from './lazy-grants.ts';
import { stalenessOf } from './staleness.ts';
import { type PeopleContext, type ResolvedPeople, resolvePeople } from './resolve-people.ts';

const samlProviderArn = (account: Account, federation: Federation): string | undefined =>
  federation.saml === undefined
    ? undefined
    : `arn:${account.partition}:iam::${account.accountId}:saml-provider/${federation.saml.providerName}`;

const oidcProviderArn = (account: Account, federation: Federation): string | undefined =>
  federation.oidc === undefined
    ? undefined
    : `arn:${account.partition}:iam::${account.accountId}:oidc-provider/${federation.oidc.issuer}`;

/** After its end the policy keeps its roles, closed. */
const isOpen = ({ expiresAtMs }: AccessPolicy, nowMs: number): boolean =>
  expiresAtMs === undefined || expiresAtMs > nowMs;

const peopleGrants = (
  policy: AccessPolicy,
  federation: Federation,
  provider: string | undefined,
  people: ResolvedPeople,
  nowMs: number,
  closedAsStale: string | undefined,
): readonly TrustGrant[] => {
  const { saml } = federation;
  if (saml === undefined || provider === undefined || groupsOf(policy).length === 0) return [];
  const staying =
    closedAsStale === undefined
      ? people.admitted
      : people.admitted.filter(({ sub }) => people.breakGlass.has(sub));
  const entries = saml.audiences.flatMap((audience): readonly TrustGrant[] =>
    policy.role.admission === 'appRole'
      ? isOpen(policy, nowMs) && closedAsStale === undefined
        ? [{ kind: 'anyone', provider, audience, untilMs: policy.expiresAtMs }]
        : []
      : staying.map(({ sub, untilMs }): TrustGrant => ({ kind: 'person', provider, audience, sub, untilMs })),
  );
  if (entries.length === 0) return [];
  const tags = saml.sendsSessionTags
    ? saml.audiences.map((audience): TrustGrant => ({ kind: 'sessionTags', provider, audience }))
    : [];
  return [
    ...entries,
    ...tags,
    ...(saml.sendsSourceIdentity ? [{ kind: 'sourceIdentity', provider } as const] : []),
  ];
};

interface ResolvedWorkloads {
  readonly grants: readonly TrustGrant[];
  readonly admitted: readonly Admitted[];
  readonly doubtful: ReadonlyMap<string, string>;
  readonly gone: ReadonlyMap<string, LeaverProof>;
  readonly excluded: ReadonlyMap<string, string>;
  readonly nextChangeMs: number | undefined;
}

const noWorkloads: ResolvedWorkloads = {
  grants: [],
  admitted: [],
  doubtful: new Map(),
  gone: new Map(),
  excluded: new Map(),
  nextChangeMs: undefined,
};

/** v1 tokens are known by audience and subject; v2 tokens by their own audience, the caller's client id and the subject. */
const resolveWorkloads = (
  policy: AccessPolicy,
  federation: Federation,
  provider: string | undefined,
  { snapshot, lockedOut, nowMs }: PeopleContext,
): ResolvedWorkloads => {
  if (policy.servicePrincipals.length === 0) return noWorkloads;
  const grants: TrustGrant[] = [];
  const admitted: Admitted[] = [];
  const doubtful = new Map<string, string>();
  const gone = new Map<string, LeaverProof>();
  const excluded = new Map<string, string>();
  const ends: (number | undefined)[] = [];
  const { oidc } = federation;
  for (const { id: sub, displayName, expiresAtMs } of oidc === undefined || provider === undefined
    ? []
    : policy.servicePrincipals) {
    const reading = snapshot.servicePrincipals.get(sub);
    const label = `service principal ${displayName ?? sub}`;
    const untilMs = earliest([expiresAtMs, policy.expiresAtMs]);
    ends.push(untilMs);
    if (lockedOut.has(sub)) gone.set(sub, 'lockedOut');
    else if (untilMs !== undefined && untilMs <= nowMs)
      excluded.set(sub, `the access of ${label} has ended by the policy`);
    else if (reading?.state !== 'present') {
      const reason =
        reading === undefined
          ? 'has not been read yet'
          : reading.state === 'absent'
            ? 'is not in the directory; list its object id (not the client id), or take it out of the policy'
            : `could not be read: ${reading.problem.message}`;
      doubtful.set(sub, `${label} ${reason}`);
    } else if (reading.value.accountEnabled === false) {
      gone.set(sub, 'accountDisabled');
    } else if (reading.value.accountEnabled === null) {
      doubtful.set(
        sub,
        `whether ${label} is enabled could not be read; grant Application.Read.All to the application`,
      );
    } else {
      admitted.push({
        sub,
        label: reading.value.displayName ?? displayName ?? sub,
        via: [],
        person: undefined,
        untilMs,
        activation: undefined,
      });
      for (const audience of oidc?.audiences ?? []) {
        const [aud, oaud] =
          oidc?.tokenVersion === 2 ? [reading.value.appId, audience] : [audience, undefined];
        grants.push({ kind: 'servicePrincipal', provider: provider ?? '', sub, aud, oaud, untilMs });
      }
    }
  }
  return { grants, admitted, doubtful, gone, excluded, nextChangeMs: nextMoment(ends, nowMs) };
};

/** The mode in force for an object (undefined: it says none, or is gone) in an account. Modes only take power away. */
export const effectiveMode = (mode: Mode | undefined, account: Account, config: ControllerConfig): Mode =>
  weakestMode(mode ?? config.defaultMode, account.maxMode, config.maxMode);

const together = <T>(a: ReadonlyMap<string, T>, b: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
  b.size === 0 ? a : new Map([...a, ...b]);

const eitherOf = (a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> =>
  b.size === 0 ? a : a.size === 0 ? b : new Set([...a, ...b]);

/** What is known of the world outside of AWS's roles. */
interface Sources extends PeopleContext {
  readonly ecs: ObservedEcs;
}

const permissionsOf = (
  policy: AccessPolicy,
  account: Account,
  ecs: ObservedEcs,
): Pick<DesiredRole, 'statements' | 'unreadStatements'> => {
  const observed = observedStatements(policy.ecs, account, ecsFacts(ecs));
  const fixed = accessStatements(policy, account);
  return observed.isKnown
    ? { statements: ownStatements([...fixed, ...observed.value]), unreadStatements: undefined }
    : { statements: ownStatements(fixed), unreadStatements: observed.because };
};

/** People sign in by SAML, workloads with a token. */
const partsUsed = (policy: AccessPolicy): readonly FederationPart[] => [
  ...(groupsOf(policy).length > 0 ? (['saml'] as const) : []),
  ...(policy.servicePrincipals.length > 0 ? (['oidc'] as const) : []),
];

/** A federation in an account. One for all of its roles there: each keeps it. */
interface Entrance {
  readonly federation: Federation;
  /** ARNs of its identity providers. */
  readonly saml: string | undefined;
  readonly oidc: string | undefined;
  readonly providers: Readonly<Record<FederationPart, readonly string[]>>;
  readonly bothProviders: readonly string[];
}

const entranceOf = (account: Account, federation: Federation): Entrance => {
  const saml = samlProviderArn(account, federation);
  const oidc = oidcProviderArn(account, federation);
  const providers = {
    saml: saml === undefined ? [] : [saml],
    oidc: oidc === undefined ? [] : [oidc],
  };
  return { federation, saml, oidc, providers, bothProviders: [...providers.saml, ...providers.oidc] };
};

const nobodysProviders: readonly string[] = [];

const providersOf = (parts: readonly FederationPart[], entrance: Entrance): readonly string[] => {
  const [first, second] = parts;
  if (first === undefined) return nobodysProviders;
  return second === undefined ? entrance.providers[first] : entrance.bothProviders;
};

const resolveRole = (
  policy: AccessPolicy,
  entrance: Entrance,
  account: Account,
  config: ControllerConfig,
  sources: Sources,
): DesiredRole => {
  const { federation, saml, oidc } = entrance;
  const { ecs, nowMs } = sources;
  const parts = partsUsed(policy);
  const resolve = (): ResolvedPeople => resolvePeople(policy, federation.saml, sources);
  const { admitted: _, ...people } = resolve();
  const workloads = resolveWorkloads(policy, federation, oidc, sources);
  const stale = stalenessOf(policy, federation, sources.snapshot, config.safety.maxStalenessMs, nowMs);
  return {
    roleName: policy.role.name,
    ownership: policy.role.ownership,
    owner: { kind: 'AccessPolicy', name: policy.meta.name },
    source: policy.meta.source,
    isSuspended: policy.suspend,
    rollout: 'deploy',
    admission: policy.role.admission,
    mode: effectiveMode(policy.mode, account, config),
    doubt: doubtOf(federation, parts),
    providers: providersOf(parts, entrance),
    // The people themselves are in the snapshot; kept by name for every role, they would fill the memory.
    grants: new LazyGrants(() => [
      ...peopleGrants(policy, federation, saml, resolve(), nowMs, stale.closedAsStale),
      ...(stale.closedAsStale === undefined ? workloads.grants : []),
    ]),
    admitted: () => [...resolve().admitted, ...workloads.admitted],
    ...people,
    doubtful: together(people.doubtful, workloads.doubtful),
    excluded: together(people.excluded, workloads.excluded),
    gone: together(people.gone, workloads.gone),
    breakGlass: eitherOf(people.breakGlass, stale.breakGlass),
    closedAsStale: stale.closedAsStale,
    closesWhenStale: federation.saml !== undefined && policy.onStale === 'close',
    nextChangeMs: nextMoment([people.nextChangeMs, workloads.nextChangeMs, stale.closesMs], nowMs),
    warnings: [
      ...people.warnings,
      ...stale.warnings,
      ...(stale.closedAsStale === undefined ? [] : [`entry is closed: ${stale.closedAsStale}`]),
    ],
    closesAtMs: policy.expiresAtMs,
    afterRevoke: policy.afterRevoke,
    ...permissionsOf(policy, account, ecs),
    boundary: account.permissionsBoundary,
    settings: { description: policy.role.description, maxSessionSeconds: policy.role.maxSessionSeconds },
    tags: {
      [tagKeys.instance]: config.instance,
      [tagKeys.policy]: policy.meta.name,
      [tagKeys.prune]: String(policy.prune),
    },
    appRoleValue:
      saml === undefined || groupsOf(policy).length === 0 || policy.role.ownership === 'statements'
        ? undefined
        : // Joined: a text that is added up stays in pieces, and this one is kept.
          [roleArn(account, policy.role.name), saml].join(','),
  };
};

/** Every role that the policies want in `account`. Policies whose federation is not loaded are left out: their file is in error. */
export const resolveDesired = (
  policies: PolicySet,
  account: Account,
  config: ControllerConfig,
  snapshot: DirectorySnapshot,
  ecs: ObservedEcs,
  nowMs: number,
): DesiredAccount => {
  const lockedOut = new Set(lockoutsInForce(policies, nowMs).map(({ person }) => person));
  const entrances = new Map(
    policies.federations.map((federation) => [federation.meta.name, entranceOf(account, federation)]),
  );
  // One for all roles: each keeps it, to be asked again.
  const sources: Sources = { snapshot, ecs, lockedOut, nowMs };
  const roles = policies.policies
    .filter((policy) => policy.accounts.includes(account.meta.name))
    .flatMap((policy) => {
      const entrance = entrances.get(policy.federation);
      return entrance === undefined ? [] : [resolveRole(policy, entrance, account, config, sources)];
    });
  return {
    roles: roles.sort(
      (a, b) => compareText(a.roleName, b.roleName) || compareText(a.owner.name, b.owner.name),
    ),
  };
};
