// What an engineer does once she is in: finds a task of a service, and opens a shell in one of its containers.

import { ECSClient, ExecuteCommandCommand, ListTasksCommand } from '@aws-sdk/client-ecs';
import type { SessionCredentials } from './enter.ts';

export interface Cluster {
  readonly region: string;
  readonly cluster: string;
}

export interface Shell extends Cluster {
  readonly service: string;
  readonly container: string;
}

export interface Answer {
  /** `OK`, or the error code of ECS. */
  readonly code: string;
  readonly message: string;
}

export interface ShellResult extends Answer {
  readonly opened: boolean;
}

const execute = async (client: ECSClient, { cluster, service, container }: Shell): Promise<Answer> => {
  const { taskArns } = await client.send(new ListTasksCommand({ cluster, serviceName: service }));
  const task = taskArns?.[0];
  if (task === undefined) return { code: 'NoTask', message: `${service} runs no task` };
  const { session } = await client.send(
    new ExecuteCommandCommand({ cluster, task, container, interactive: true, command: '/bin/sh' }),
  );
  return { code: 'OK', message: session?.sessionId ?? '' };
};

/** A refusal is an answer. */
const ask = async (
  endpoint: string,
  credentials: SessionCredentials,
  region: string,
  question: (client: ECSClient) => Promise<Answer>,
): Promise<Answer> => {
  const client = new ECSClient({ endpoint, region, credentials, maxAttempts: 1 });
  try {
    return await question(client);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { code: error.name, message: error.message };
  } finally {
    client.destroy();
  }
};

/** Asks ECS as `aws ecs list-tasks` and `aws ecs execute-command` would. */
export const openShell = async (
  endpoint: string,
  credentials: SessionCredentials,
  shell: Shell,
): Promise<ShellResult> => {
  const answer = await ask(endpoint, credentials, shell.region, (client) => execute(client, shell));
  return { opened: answer.code === 'OK', ...answer };
};

/** Asks ECS as `aws ecs list-tasks` would: whether a session still is good for anything. */
export const listTasks = (
  endpoint: string,
  credentials: SessionCredentials,
  { region, cluster }: Cluster,
): Promise<Answer> =>
  ask(endpoint, credentials, region, async (client) => {
    const { taskArns } = await client.send(new ListTasksCommand({ cluster }));
    return { code: 'OK', message: (taskArns ?? []).join(' ') };
  });
