// Stopping the task in which a shell is, for the case that ending the session is not enough.

import { StopTaskCommand } from '@aws-sdk/client-ecs';
import { AppError } from '../../domain/errors.ts';
import type { ShellSession } from '../../domain/ports.ts';
import type { EcsRegion } from '../ecs-region.ts';

/** [ECS API reference, StopTask: up to 255 characters] */
const maxReasonChars = 255;

/** Never ends within a character. */
export const cutReason = (reason: string): string =>
  reason.length <= maxReasonChars
    ? reason
    : `${reason.slice(0, maxReasonChars - 3).replace(/[\uD800-\uDBFF]$/, '')}...`;

/** With the task, or with its whole cluster. */
const isGone = (error: unknown): boolean =>
  error instanceof AppError &&
  (error.code === 'ClusterNotFoundException' ||
    (error.code === 'InvalidParameterException' && error.kind === 'conflict'));

/** Refuses a session that does not say where it is. */
export const checkTask = ({ id, cluster, taskId }: ShellSession): void => {
  if (/^[\w-]{1,255}$/.test(cluster) && /^[\w-]{1,64}$/.test(taskId)) return;
  throw new AppError(
    'invalid',
    `session ${id} does not say in which task it is, so no task is stopped for it: find it by the session id in CloudTrail, and stop it by hand`,
    { resource: `session ${id}`, code: 'UnknownTask' },
  );
};

export const stopTask = async (
  { calls, pace }: EcsRegion,
  session: ShellSession,
  reason: string,
  signal: AbortSignal,
): Promise<void> => {
  checkTask(session);
  const { region, cluster, taskId } = session;
  const context = { action: 'ecs:StopTask', resource: `task ${region}/${cluster}/${taskId}` };
  try {
    await calls.write(context, signal, (client, options) => {
      const command = new StopTaskCommand({ cluster, task: taskId, reason: cutReason(reason) });
      return client.send(pace.paced('StopTask', command, signal), options);
    });
  } catch (error) {
    if (!isGone(error)) throw error;
  }
};
