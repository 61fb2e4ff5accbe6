// ECS verbs as permission statements: the least that makes each verb work with the AWS CLI and the console.
//
// What IAM can tell apart decides the shape [Service Authorization Reference: ECS; ECS Developer Guide: ECS Exec]:
//   ExecuteCommand  asks for the cluster and for the task. No key knows the service, so a service is known by the tag that
//                   its tasks carry, and whoever may retag tasks or services would widen her own access
//   StartSession    opens the same shell past ExecuteCommand, without its conditions and without its log
//   UpdateService   has keys for some parameters only; desired count and load balancers it cannot tell
//   DescribeTaskDefinition  has no resources
//
// What a grant gives besides hangs on what runs, and stands in ecs-observed-grants.ts.

import { scalarOrList } from './statement.ts';
import type { EcsGrant, PermissionStatement } from './policy.ts';

/** On services, and by `propagateTags: SERVICE` on their tasks: the name of the service. */
export const ecsServiceTag = 'rolewarden:service';

/** Where a role lives. */
export interface AccountPlace {
  readonly partition: string;
  /** Twelve digits. */
  readonly accountId: string;
}

export const allow = (
  sid: string,
  actions: readonly string[],
  resources: readonly string[],
  condition?: object,
): PermissionStatement => ({
  Sid: sid,
  Effect: 'Allow',
  Action: scalarOrList(actions),
  Resource: scalarOrList(resources),
  ...(condition === undefined ? {} : { Condition: condition }),
});

const deny = (
  sid: string,
  actions: readonly string[],
  resources: readonly string[],
  condition?: object,
): PermissionStatement => ({ ...allow(sid, actions, resources, condition), Effect: 'Deny' });

interface Names {
  readonly cluster: string;
  readonly tasks: string;
  readonly services: readonly string[];
  readonly anyService: string;
}

const namesOf = ({ region, cluster, services }: EcsGrant, { partition, accountId }: AccountPlace): Names => {
  const arn = (rest: string): string => `arn:${partition}:ecs:${region}:${accountId}:${rest}`;
  return {
    cluster: arn(`cluster/${cluster}`),
    tasks: arn(`task/${cluster}/*`),
    services: services.map((service) => arn(`service/${cluster}/${service}`)),
    anyService: arn(`service/${cluster}/*`),
  };
};

/** Lists have no resources, but know the cluster. */
const list = ({ cluster }: Names): PermissionStatement =>
  allow('List', ['ecs:ListServices', 'ecs:ListTasks'], ['*'], { ArnEquals: { 'ecs:cluster': cluster } });

const inspect = (names: Names): readonly PermissionStatement[] => [
  allow(
    'Inspect',
    ['ecs:DescribeClusters', 'ecs:DescribeServices', 'ecs:DescribeTasks'],
    [names.cluster, names.anyService, names.tasks],
  ),
  allow('InspectDefinitions', ['ecs:DescribeTaskDefinition'], ['*']),
];

const exec = (grant: EcsGrant, names: Names): readonly PermissionStatement[] => {
  const ofServices = { [`aws:ResourceTag/${ecsServiceTag}`]: scalarOrList(grant.services) };
  return [
    allow('ExecCluster', ['ecs:ExecuteCommand'], [names.cluster]),
    allow('ExecTask', ['ecs:ExecuteCommand'], [names.tasks], {
      StringEquals: { ...ofServices, 'ecs:container-name': scalarOrList(grant.containers) },
    }),
    // The CLI looks the task up before it opens the shell.
    ...(grant.allow.includes('inspect')
      ? []
      : [allow('ExecFind', ['ecs:DescribeTasks'], [names.tasks], { StringEquals: ofServices })]),
  ];
};

/** Keys of UpdateService parameters that a restart does not need. */
const restartKeepsOff = ['ecs:task-definition', 'ecs:enable-execute-command', 'ecs:propagate-tags'];

const restart = (grant: EcsGrant, names: Names): readonly PermissionStatement[] => [
  allow(
    'Restart',
    grant.allow.includes('inspect') ? ['ecs:UpdateService'] : ['ecs:DescribeServices', 'ecs:UpdateService'],
    names.services,
  ),
  // One each: within one statement all conditions would have to hold.
  ...restartKeepsOff.map((key, index) =>
    deny(`RestartOnly${index + 1}`, ['ecs:UpdateService'], names.services, { Null: { [key]: 'false' } }),
  ),
];

/** The statements of one grant, but for those that all grants share. */
export const statementsOfGrant = (grant: EcsGrant, place: AccountPlace): readonly PermissionStatement[] => {
  const names = namesOf(grant, place);
  const verbs = {
    inspect: () => inspect(names),
    exec: () => exec(grant, names),
    restart: () => restart(grant, names),
  } as const;
  const needsList = grant.allow.includes('inspect') || grant.allow.includes('exec');
  return [
    ...(needsList ? [list(names)] : []),
    ...(['inspect', 'exec', 'restart'] as const)
      .filter((verb) => grant.allow.includes(verb))
      .flatMap((verb) => verbs[verb]()),
  ];
};

/** Once for a role that may open any shell: the ways around the conditions of ExecuteCommand. */
export const sharedDenies = (
  grants: readonly EcsGrant[],
  { partition, accountId }: AccountPlace,
): readonly PermissionStatement[] => {
  if (!grants.some((grant) => grant.allow.includes('exec'))) return [];
  const arn = (rest: string): string => `arn:${partition}:ecs:*:${accountId}:${rest}`;
  return [
    deny('NoRetag', ['ecs:TagResource', 'ecs:UntagResource'], [arn('service/*'), arn('task/*')]),
    deny('NoBypass', ['ssm:StartSession'], [arn('task/*')]),
  ];
};
