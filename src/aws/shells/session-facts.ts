// A session as DescribeSessions shows it, and whether it is a shell in a task of ECS.

import type { Session } from '@aws-sdk/client-ssm';
import type { ShellSession } from '../../domain/ports.ts';
import { neededFields } from '../needed-fields.ts';

const ended: ReadonlySet<string | undefined> = new Set(['Terminated', 'Failed']);

/** On its way out is still in: the shell answers until it is gone. */
export const hasEnded = ({ Status }: Session): boolean => ended.has(Status);

/** Cluster names may have underscores, ids have none: so it is read from its end. [aws.md §4.3] */
const ecsTarget = /^ecs:(.+)_([^_]+)_([^_]+)$/;

/** undefined: it is on something else than a task of ECS. */
const placeOf = (id: string, target: string): Pick<ShellSession, 'cluster' | 'taskId'> | undefined => {
  const [, cluster, taskId] = ecsTarget.exec(target) ?? [];
  if (cluster !== undefined && taskId !== undefined) return { cluster, taskId };
  // That it is a shell is sure; where it is, only matters for stopping the task.
  return target.startsWith('ecs:') || id.startsWith('ecs-execute-command-')
    ? { cluster: '', taskId: '' }
    : undefined;
};

/** undefined: it has ended, or it is no shell in a task. Throws for an answer that does not say enough. */
export const shellIn = (region: string, session: Session): ShellSession | undefined => {
  if (hasEnded(session)) return undefined;
  const needed = neededFields('ssm:DescribeSessions', 'a session');
  const id = needed.text('SessionId', session.SessionId);
  const place = placeOf(id, needed.text('Target', session.Target));
  if (place === undefined) return undefined;
  return {
    id,
    region,
    ...place,
    ownerArn: session.Owner ?? '',
    startedAtMs: needed.momentMs('StartDate', session.StartDate),
  };
};
