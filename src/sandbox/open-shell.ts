// What an engineer does once she is in: finds a task of a service, and opens a shell in one of its containers.

import { ECSClient, ExecuteCommandCommand, ListTasksCommand } from '@aws-sdk/client-ecs';
import type { SessionCredentials } from './enter.ts';

export interface Shell {
  readonly region: string;
  readonly cluster: string;
  readonly service: string;
  readonly container: string;
}

export interface ShellResult {
  readonly opened: boolean;
  /** `OK`, or the error code of ECS. */
  readonly code: string;
  readonly message: string;
}

const execute = async (client: ECSClient, { cluster, service, container }: Shell): Promise<ShellResult> => {
  const { taskArns } = await client.send(new ListTasksCommand({ cluster, serviceName: service }));
  const task = taskArns?.[0];
  if (task === undefined) return { opened: false, code: 'NoTask', message: `${service} runs no task` };
  const { session } = await client.send(
    new ExecuteCommandCommand({ cluster, task, container, interactive: true, command: '/bin/sh' }),
  );
  return { opened: true, code: 'OK', message: session?.sessionId ?? '' };
};

/** Asks ECS as `aws ecs list-tasks` and `aws ecs execute-command` would; a refusal is an answer. */
export const openShell = async (
  endpoint: string,
  credentials: SessionCredentials,
  shell: Shell,
): Promise<ShellResult> => {
  const client = new ECSClient({ endpoint, region: shell.region, credentials, maxAttempts: 1 });
  try {
    return await execute(client, shell);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { opened: false, code: error.name, message: error.message };
  } finally {
    client.destroy();
  }
};
