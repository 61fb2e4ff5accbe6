// What the policies and the config need, before anybody is asked: of Entra, and of each account.

import { groupKey, type GroupQuery } from '../domain/directory.ts';
import type { AccountQuestions } from '../domain/examination.ts';
import type { ServicePlace } from '../domain/ecs.ts';
import {
  type AccessPolicy,
  type Account,
  type ControllerConfig,
  type Federation,
  type Mode,
  type PolicySet,
  type SourceRef,
  type TaskRoleBinding,
  groupsOf,
  lockoutsInForce,
  weakestMode,
} from '../domain/policy.ts';
import { roleArn } from '../domain/role.ts';
import { compareText, sortedUnique } from '../domain/statement.ts';

/** Somebody or something in Entra that policies name. */
export interface Named {
  readonly id: string;
  /** As the policies call it; undefined: by its id alone. */
  readonly name: string | undefined;
  /** Where, first of all. */
  readonly source: SourceRef;
}

export interface NamedGroup extends Named {
  readonly query: GroupQuery;
  readonly pim: boolean;
}

export interface EntraNeeds {
  /** Each once, by key. */
  readonly groups: readonly NamedGroup[];
  readonly servicePrincipals: readonly Named[];
}

const onePerKey = <T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] => [
  ...new Map(items.map((item) => [keyOf(item), item] as const).toReversed()).values(),
];

export const entraNeeds = ({ policies }: Pick<PolicySet, 'policies'>): EntraNeeds => {
  const groups = policies.flatMap(groupsOf).map(
    ({ id, displayName, nested, pim, source }): NamedGroup => ({
      id,
      name: displayName,
      query: { id, nested },
      pim,
      source,
    }),
  );
  const principals = policies
    .flatMap(({ servicePrincipals }) => servicePrincipals)
    .map(({ id, displayName, source }): Named => ({ id, name: displayName, source }));
  return {
    groups: onePerKey(groups, ({ query, pim }) => `${groupKey(query)} ${pim}`).toSorted((a, b) =>
      compareText(groupKey(a.query), groupKey(b.query)),
    ),
    servicePrincipals: onePerKey(principals, ({ id }) => id).toSorted((a, b) => compareText(a.id, b.id)),
  };
};

export interface AccountNeeds {
  readonly account: Account;
  /** The ownership mark. */
  readonly instance: string;
  /** Whether anything is ever written here. */
  readonly writes: boolean;
  /** Names of roles that are made for people and workloads. */
  readonly roleNames: readonly string[];
  /** Task roles that are made; `boundary` is an ARN. */
  readonly taskRoles: readonly { readonly name: string; readonly boundary: string }[];
  /** Names of roles of others that we have statements in. */
  readonly sharedRoleNames: readonly string[];
  /** Services that are looked at. */
  readonly services: readonly ServicePlace[];
  /** Bindings that may deploy. */
  readonly deployed: readonly { readonly place: ServicePlace; readonly taskRoleArn: string }[];
  /** Whether tasks of leavers are stopped. */
  readonly stopsTasks: boolean;
  /** By which people, and workloads, enter here; each once, by name. */
  readonly peopleBy: readonly Federation[];
  readonly workloadsBy: readonly Federation[];
  readonly policies: readonly AccessPolicy[];
}

const boundRoleArn = ({ taskRole }: TaskRoleBinding, account: Account): string =>
  taskRole.kind === 'existing' ? taskRole.arn : roleArn(account, taskRole.name);

const isWriting = (mode: Mode): boolean => mode !== 'observe';

export interface NeedsInput {
  readonly config: ControllerConfig;
  readonly policies: PolicySet;
  readonly account: Account;
  readonly services: readonly ServicePlace[];
  readonly nowMs: number;
}

export const accountNeeds = ({ config, policies, account, services, nowMs }: NeedsInput): AccountNeeds => {
  const here = policies.policies.filter(({ accounts }) => accounts.includes(account.meta.name));
  const bindings = policies.bindings.filter((binding) => binding.account === account.meta.name);
  const modeOf = (mode: Mode | undefined): Mode =>
    weakestMode(mode ?? config.defaultMode, account.maxMode, config.maxMode);
  const writing = here.filter(({ mode }) => isWriting(modeOf(mode)));
  const writingBindings = bindings.filter(({ mode }) => isWriting(modeOf(mode)));
  // A Lockout is written whatever modes say.
  const isLocking = here.length > 0 && lockoutsInForce(policies, nowMs).length > 0;
  const roles = isLocking ? here : writing;
  const names = (ownership: AccessPolicy['role']['ownership']): readonly string[] =>
    sortedUnique(roles.filter(({ role }) => role.ownership === ownership).map(({ role }) => role.name));
  const federationsOf = (of: readonly AccessPolicy[]): readonly Federation[] =>
    policies.federations
      .filter(({ meta }) => of.some(({ federation }) => federation === meta.name))
      .toSorted((a, b) => compareText(a.meta.name, b.meta.name));
  return {
    account,
    instance: config.instance,
    writes: roles.length + writingBindings.length > 0,
    roleNames: names('role'),
    sharedRoleNames: names('statements'),
    taskRoles: writingBindings.flatMap(({ taskRole }) => (taskRole.kind === 'made' ? [taskRole] : [])),
    services,
    deployed: writingBindings
      .filter(({ rollout }) => rollout === 'deploy' && account.ecsWrites)
      .map((binding) => ({ place: binding.place, taskRoleArn: boundRoleArn(binding, account) })),
    stopsTasks: account.ecsWrites && roles.some(({ afterRevoke }) => afterRevoke === 'stopTask'),
    peopleBy: federationsOf(here.filter((policy) => groupsOf(policy).length > 0)),
    workloadsBy: federationsOf(here.filter(({ servicePrincipals }) => servicePrincipals.length > 0)),
    policies: here,
  };
};

const providerArn = ({ partition, accountId }: Account, resource: string): string =>
  `arn:${partition}:iam::${accountId}:${resource}`;

export const samlProviderArn = (account: Account, { saml }: Federation): string | undefined =>
  saml === undefined ? undefined : providerArn(account, `saml-provider/${saml.providerName}`);

export const oidcProviderArn = (account: Account, { oidc }: Federation): string | undefined =>
  oidc === undefined ? undefined : providerArn(account, `oidc-provider/${oidc.issuer}`);

const given = (arns: readonly (string | undefined)[]): readonly string[] =>
  sortedUnique(arns.flatMap((arn) => arn ?? []));

/** What the account is asked. */
export const questionsFor = (needs: AccountNeeds): AccountQuestions => {
  const { account } = needs;
  return {
    instance: needs.instance,
    boundaries: sortedUnique([account.permissionsBoundary, ...account.taskRoleBoundaries]),
    samlProviders: given(needs.peopleBy.map((one) => samlProviderArn(account, one))),
    oidcProviders: given(needs.workloadsBy.map((one) => oidcProviderArn(account, one))),
    services: needs.services,
    writes: needs.writes,
  };
};
