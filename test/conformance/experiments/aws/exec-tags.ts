// By which tags a role may be kept to the tasks of one service. [aws.md §4.2]

import { ExecuteCommandCommand } from '@aws-sdk/client-ecs';
import type { JsonObject } from '../../../../src/domain/statement.ts';
import { allow, documentOf, trustUs } from '../../aws/documents.ts';
import { makeRole, tagKey } from '../../aws/make.ts';
import { answerOf, isAccepted, isDenied } from '../../aws/refusal.ts';
import type { Clients } from '../../aws/aws-side.ts';
import { type RunningTask, runTask } from '../../aws/run-task.ts';
import { enterAsUs } from '../../aws/sessions.ts';
import {
  asExpected,
  type Context,
  differs,
  type Experiment,
  type Observed,
  untold,
} from '../../experiment.ts';
import { secondsOf, steadyMs, until } from '../../patience.ts';

const action = 'ecs:ExecuteCommand';
const scopeTag = 'conformance-scope';

export const openShell = ({ ecs }: Clients, { cluster, taskArn, container }: RunningTask) =>
  answerOf(
    ecs.send(
      new ExecuteCommandCommand({ cluster, task: taskArn, container, command: 'sh', interactive: true }),
    ),
  );

const tagIs = (key: string, value: string): JsonObject => ({
  StringEquals: { [`aws:ResourceTag/${key}`]: value },
});

const tasksOf = ({ taskArn }: RunningTask): string => taskArn.replace(/[^/]+$/, '*');

/** A role with these permissions, and we are in it. */
const roleWith = async (
  context: Context,
  label: string,
  ...statements: readonly JsonObject[]
): Promise<Clients> => {
  const policies = { exec: documentOf(...statements) };
  const role = await makeRole(context, label, { trust: trustUs(context.aws), policies });
  return await enterAsUs(context, role.arn);
};

interface Question {
  /** What the role in question may do. */
  readonly statements: (task: RunningTask) => readonly JsonObject[];
  readonly opens: boolean;
}

/** Besides the role in question there is one whose tags are known to count: it must get in first, so that a refusal means something. */
const askShell = async (context: Context, { statements, opens }: Question): Promise<Observed> => {
  const { patience } = context;
  const task = await runTask(context, { [scopeTag]: 'yes' });
  const known = await roleWith(
    context,
    'known',
    allow(action, task.clusterArn),
    allow(action, tasksOf(task), tagIs(scopeTag, 'yes')),
  );
  const asked = await roleWith(context, 'asked', ...statements(task));
  const control = await until(patience, () => openShell(known, task), isAccepted);
  if (!control.isDone)
    return untold(
      `a role kept to a tag of the service opens no shell: ${control.last.word}: ${control.last.message}`,
    );
  const { last, isDone, tookMs } = await until(patience, () => openShell(asked, task), isAccepted, {
    limitMs: steadyMs,
  });
  if (!isDone && !isDenied(last)) return untold(`${last.word}: ${last.message}`);
  const what = isDone ? 'the shell was opened' : `${last.word} for ${secondsOf(tookMs)}`;
  return isDone === opens ? asExpected(what) : differs(what);
};

const makes =
  'an ECS cluster with a service of one Fargate task for some minutes (less than a cent), a task role and two roles';
const file = 'src/domain/ecs-grants.ts';

export const execTags: readonly Experiment[] = [
  {
    name: 'exec-by-service-name-tag',
    claim:
      'aws:ResourceTag/aws:ecs:serviceName, the tag that ECS itself puts on tasks, counts for ecs:ExecuteCommand',
    source: 'aws.md §11.2',
    matters: {
      file,
      how: 'tasks are known by a tag of ours, which must be guarded; this one nobody could forge',
    },
    needs: ['aws', 'subnet'],
    expected: 'the shell is opened',
    makes,
    run: (context) =>
      askShell(context, {
        statements: (task) => [
          allow(action, task.clusterArn),
          allow(action, tasksOf(task), tagIs('aws:ecs:serviceName', task.service)),
        ],
        opens: true,
      }),
  },
  {
    name: 'exec-tags-are-per-resource',
    claim: 'for ecs:ExecuteCommand the tags of cluster and task are weighed one by one, not together',
    source: 'aws.md §11.2',
    matters: { file, how: 'cluster and task get a statement each, which works either way' },
    needs: ['aws', 'subnet'],
    expected: 'denied: the cluster does not carry the tag of the task',
    makes,
    run: (context) =>
      askShell(context, {
        statements: (task) => [allow(action, [task.clusterArn, tasksOf(task)], tagIs(scopeTag, 'yes'))],
        opens: false,
      }),
  },
  {
    name: 'exec-cluster-allow-does-not-reach-tasks',
    claim: 'what is allowed on the cluster without condition does not allow a task that carries another tag',
    source: 'aws.md §4.2',
    matters: { file, how: 'the statement for the cluster has no condition' },
    needs: ['aws', 'subnet'],
    expected: 'denied',
    makes,
    run: (context) =>
      askShell(context, {
        statements: (task) => [
          allow(action, task.clusterArn),
          allow(action, tasksOf(task), tagIs(tagKey, 'another')),
        ],
        opens: false,
      }),
  },
];
