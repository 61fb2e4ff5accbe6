// Bindings and grants → the task roles and services that should be in one account. Pure.

import type { Owner } from '../domain/change.ts';
import { type ObservedEcs, type ServicePlace, serviceKey } from '../domain/ecs.ts';
import { observedServices, observedStatements } from '../domain/ecs-observed-grants.ts';
import { ownStatements } from '../domain/permissions.ts';
import type {
  Account,
  BoundTaskRole,
  ControllerConfig,
  PolicySet,
  TaskRoleBinding,
} from '../domain/policy.ts';
import { roleArn, tagKeys } from '../domain/role.ts';
import { execStatement } from '../domain/task-role.ts';
import { compareText, sortedUnique } from '../domain/statement.ts';
import { type EcsTasksGrant, ecsTasksService, grantKey } from '../domain/trust-grants.ts';
import type { DesiredRole } from './desired-role.ts';
import { ecsFacts } from './ecs-facts.ts';
import type { DesiredService, DesiredServices, ExecService } from './desired-service.ts';
import { effectiveMode } from './resolve-desired.ts';

const ownerOf = ({ meta }: TaskRoleBinding): Owner => ({ kind: 'TaskRoleBinding', name: meta.name });

const tasksGrant = ({ place }: TaskRoleBinding, { partition, accountId }: Account): EcsTasksGrant => ({
  kind: 'ecsTasks',
  provider: ecsTasksService,
  accountId,
  sourceArn: `arn:${partition}:ecs:${place.region}:${accountId}:*`,
});

/** AWS's own default for a session; tasks get theirs from ECS, whatever this says. */
const maxSessionSeconds = 3_600;

const taskRole = (
  binding: TaskRoleBinding,
  made: Extract<BoundTaskRole, { readonly kind: 'made' }>,
  account: Account,
  config: ControllerConfig,
): DesiredRole => {
  const grant = tasksGrant(binding, account);
  const statements = binding.exec ? [...made.statements, execStatement] : made.statements;
  return {
    roleName: made.name,
    ownership: 'role',
    owner: ownerOf(binding),
    source: binding.meta.source,
    isSuspended: binding.suspend,
    doubt: undefined,
    mode: effectiveMode(binding.mode, account, config),
    rollout: binding.rollout,
    admission: 'members',
    providers: [ecsTasksService],
    grants: new Map([[grantKey(grant), grant]]),
    admitted: () => [],
    doubtful: new Map(),
    unassigned: new Map(),
    mayBeLonger: new Set(),
    excluded: new Map(),
    gone: new Map(),
    assigned: new Set(),
    breakGlass: new Set(),
    closedAsStale: undefined,
    closesWhenStale: false,
    names: new Map(),
    ends: new Map(),
    closesAtMs: undefined,
    afterRevoke: 'keepTask',
    nextChangeMs: undefined,
    groups: [],
    groupNames: {},
    statements: ownStatements(statements),
    unreadStatements: undefined,
    boundary: made.boundary,
    settings: {
      description: `Task role of the ECS service ${binding.place.service}`,
      maxSessionSeconds,
    },
    tags: { [tagKeys.instance]: config.instance, [tagKeys.binding]: binding.meta.name },
    appRoleValue: undefined,
    warnings: [],
  };
};

const desiredService = (
  binding: TaskRoleBinding,
  account: Account,
  config: ControllerConfig,
): DesiredService => {
  const { taskRole: role } = binding;
  return {
    place: binding.place,
    owner: ownerOf(binding),
    source: binding.meta.source,
    mode: effectiveMode(binding.mode, account, config),
    isSuspended: binding.suspend,
    rollout: binding.rollout,
    allowMutableTags: binding.allowMutableTags,
    exec: binding.exec,
    taskRoleArn: role.kind === 'made' ? roleArn(account, role.name) : role.arn,
    madeRole: role.kind === 'made' ? role.name : undefined,
  };
};

const byPlace = (a: { readonly place: ServicePlace }, b: { readonly place: ServicePlace }): number =>
  compareText(serviceKey(a.place), serviceKey(b.place));

const execServices = (policies: PolicySet, account: Account): readonly ExecService[] => {
  const services = new Map<string, { place: ServicePlace; containers: string[]; policies: string[] }>();
  for (const policy of policies.policies) {
    if (!policy.accounts.includes(account.meta.name)) continue;
    for (const { region, cluster, services: names, containers, allow } of policy.ecs) {
      if (!allow.includes('exec')) continue;
      for (const service of names) {
        const place = { region, cluster, service };
        const known = services.get(serviceKey(place)) ?? { place, containers: [], policies: [] };
        known.containers.push(...containers);
        known.policies.push(policy.meta.name);
        services.set(serviceKey(place), known);
      }
    }
  }
  return [...services.values()].sort(byPlace).map((one) => ({
    place: one.place,
    containers: sortedUnique(one.containers),
    policies: sortedUnique(one.policies),
  }));
};

/** Names of the bindings of an account. */
export const bindingsOf = (policies: PolicySet, account: Account): ReadonlySet<string> =>
  new Set(
    policies.bindings.filter((binding) => binding.account === account.meta.name).map(({ meta }) => meta.name),
  );

export const resolveServices = (
  policies: PolicySet,
  account: Account,
  config: ControllerConfig,
): DesiredServices => {
  const bindings = policies.bindings.filter((binding) => binding.account === account.meta.name);
  return {
    roles: bindings
      .flatMap((binding) =>
        binding.taskRole.kind === 'made' ? [taskRole(binding, binding.taskRole, account, config)] : [],
      )
      .sort((a, b) => compareText(a.roleName, b.roleName)),
    services: bindings.map((binding) => desiredService(binding, account, config)).sort(byPlace),
    exec: execServices(policies, account),
  };
};

/** What the policies of an account make of an observation of ECS, as text: equal texts change no permission. */
export const observedPermissions = (policies: PolicySet, account: Account, ecs: ObservedEcs): string => {
  const facts = ecsFacts(ecs);
  return JSON.stringify(
    policies.policies
      .filter(({ accounts }) => accounts.includes(account.meta.name))
      .map((policy) => observedStatements(policy.ecs, account, facts)),
  );
};

/** Every service of an account that somebody has to look at, each once, sorted. */
export const servicesToObserve = (policies: PolicySet, account: Account): readonly ServicePlace[] => {
  const name = account.meta.name;
  const places = [
    ...policies.bindings.filter((binding) => binding.account === name).map(({ place }) => place),
    ...policies.policies
      .filter(({ accounts }) => accounts.includes(name))
      .flatMap(({ ecs }) => observedServices(ecs)),
  ];
  const unique = new Map(places.map((place) => [serviceKey(place), place]));
  return [...unique.keys()].sort(compareText).flatMap((key) => unique.get(key) ?? []);
};
