// A service of one Fargate task in a cluster of its own, with ECS Exec on, for as long as an experiment takes.

import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  DescribeTasksCommand,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import type { Context } from '../experiment.ts';
import { until } from '../patience.ts';
import type { UndoStep } from '../undo.ts';
import type { Clients } from './aws-side.ts';
import { allow, documentOf } from './documents.ts';
import { makeRole, named, tagKey } from './make.ts';
import { answerOf, isDeleted } from './refusal.ts';

export interface RunningTask {
  readonly cluster: string;
  readonly clusterArn: string;
  readonly taskArn: string;
  readonly service: string;
  readonly container: string;
}

const container = 'shell';
/** Has what ECS Exec needs of an image, and is small. */
const image = 'public.ecr.aws/docker/library/busybox:stable';

/** Its tasks need half a minute to stop, and hold it until then. */
const patientTries = 20;

export const clusterUndo = ({ ecs }: Clients, cluster: string): UndoStep => ({
  what: `ECS cluster ${cluster}`,
  command: `aws ecs delete-cluster --cluster ${cluster}`,
  tries: patientTries,
  run: async () => void (await isDeleted(ecs.send(new DeleteClusterCommand({ cluster })))),
});

export const serviceUndo = ({ ecs }: Clients, cluster: string, service: string): UndoStep => ({
  what: `ECS service ${service} in ${cluster}`,
  command: `aws ecs delete-service --cluster ${cluster} --service ${service} --force`,
  run: async () =>
    void (await isDeleted(ecs.send(new DeleteServiceCommand({ cluster, service, force: true })))),
});

/** All revisions of the family. */
export const familyUndo = ({ ecs }: Clients, family: string): UndoStep => ({
  what: `ECS task definitions of the family ${family}`,
  command: `aws ecs deregister-task-definition --task-definition ${family}:1; aws ecs delete-task-definitions --task-definitions ${family}:1`,
  run: async () => {
    const listed = async (status: 'ACTIVE' | 'INACTIVE'): Promise<readonly string[]> =>
      (await ecs.send(new ListTaskDefinitionsCommand({ familyPrefix: family, status }))).taskDefinitionArns ??
      [];
    for (const taskDefinition of await listed('ACTIVE'))
      await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
    const inactive = await listed('INACTIVE');
    if (inactive.length === 0) return;
    const { failures = [] } = await ecs.send(
      new DeleteTaskDefinitionsCommand({ taskDefinitions: [...inactive].slice(0, 10) }),
    );
    if (failures.length > 0) throw new Error(`${failures[0]?.arn}: ${failures[0]?.reason}`);
  },
});

const execChannels = [
  'ssmmessages:CreateControlChannel',
  'ssmmessages:CreateDataChannel',
  'ssmmessages:OpenControlChannel',
  'ssmmessages:OpenDataChannel',
];

const taskTrust = documentOf({
  Effect: 'Allow',
  Principal: { Service: 'ecs-tasks.amazonaws.com' },
  Action: 'sts:AssumeRole',
});

const makeFamily = async (context: Context, family: string, taskRoleArn: string): Promise<void> => {
  const { aws, undo } = context;
  undo.add(familyUndo(aws.steadfast, family));
  await aws.ecs.send(
    new RegisterTaskDefinitionCommand({
      family,
      taskRoleArn,
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      cpu: '256',
      memory: '512',
      containerDefinitions: [
        {
          name: container,
          image,
          essential: true,
          command: ['sleep', '3600'],
          linuxParameters: { initProcessEnabled: true },
        },
      ],
      tags: [{ key: tagKey, value: context.prefix }],
    }),
  );
};

const makeCluster = async (context: Context, cluster: string): Promise<string> => {
  const { aws, undo } = context;
  undo.add(clusterUndo(aws.steadfast, cluster));
  const made = await aws.ecs.send(
    new CreateClusterCommand({ clusterName: cluster, tags: [{ key: tagKey, value: context.prefix }] }),
  );
  return made.cluster?.clusterArn ?? '';
};

const makeService = async (
  context: Context,
  cluster: string,
  service: string,
  tags: Readonly<Record<string, string>>,
): Promise<void> => {
  const { aws, undo, patience, subnet } = context;
  undo.add(serviceUndo(aws.steadfast, cluster, service));
  const create = () =>
    answerOf(
      aws.ecs.send(
        new CreateServiceCommand({
          cluster,
          serviceName: service,
          taskDefinition: service,
          desiredCount: 1,
          launchType: 'FARGATE',
          enableExecuteCommand: true,
          enableECSManagedTags: true,
          propagateTags: 'SERVICE',
          networkConfiguration: { awsvpcConfiguration: { subnets: [subnet], assignPublicIp: 'ENABLED' } },
          tags: Object.entries({ [tagKey]: context.prefix, ...tags }).map(([key, value]) => ({ key, value })),
        }),
      ),
    );
  // ECS may not know the new role yet, nor have its own role for services. A creation that was done and not answered is there.
  const made = await until(
    patience,
    create,
    ({ word, message }) => word === 'accepted' || /idempotent/i.test(message),
    {
      limitMs: 120_000,
    },
  );
  if (!made.isDone) throw new Error(`CreateService: ${made.last.word}: ${made.last.message}`);
};

/** ARN of the task, once a shell could be opened in it. */
const readyTask = async (
  { aws, patience }: Context,
  cluster: string,
  serviceName: string,
): Promise<string> => {
  const find = async (): Promise<string | undefined> => {
    const { taskArns = [] } = await aws.ecs.send(new ListTasksCommand({ cluster, serviceName }));
    if (taskArns.length === 0) return undefined;
    const { tasks = [] } = await aws.ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
    return tasks.find(({ containers }) =>
      containers?.some(({ managedAgents }) =>
        managedAgents?.some(
          ({ name, lastStatus }) => name === 'ExecuteCommandAgent' && lastStatus === 'RUNNING',
        ),
      ),
    )?.taskArn;
  };
  const found = await until(patience, find, (arn) => arn !== undefined, { everyMs: 5_000 });
  if (found.last === undefined)
    throw new Error(
      'the task did not come up: has the subnet a way to public.ecr.aws, and does it give public addresses?',
    );
  return found.last;
};

/** `tags` are put on the service, and by it on the task. */
export const runTask = async (
  context: Context,
  tags: Readonly<Record<string, string>>,
): Promise<RunningTask> => {
  const name = named(context, 'task');
  const role = await makeRole(context, 'task-role', {
    trust: taskTrust,
    policies: { exec: documentOf(allow(execChannels, '*')) },
  });
  await makeFamily(context, name, role.arn);
  const clusterArn = await makeCluster(context, name);
  await makeService(context, name, name, tags);
  const taskArn = await readyTask(context, name, name);
  return { cluster: name, clusterArn, taskArn, service: name, container };
};
