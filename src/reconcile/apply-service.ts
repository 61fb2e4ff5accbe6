// Carries out the writes of one service. Acting decides nothing: if the service is no longer what the plan saw, nothing
// more is written, and it is planned again. It is looked at before every write, as the one before may have waited its turn
// for minutes, and ECS itself compares nothing: an update would put back what somebody has just replaced.

import { AppError, toAppError } from '../domain/errors.ts';
import { type TaskDefinition, revisionName } from '../domain/ecs.ts';
import type { PlannedService } from '../domain/plan.ts';
import type { Clock, EcsPort } from '../domain/ports.ts';
import { attemptTag, renderAttempt } from '../domain/service-marks.ts';
import type { ServiceWrite } from '../domain/write.ts';
import type { EcsBook } from './ecs-book.ts';
import { isRefusal, leftUndone } from './left-undone.ts';
import type { Outcome } from './sweep-report.ts';

export interface ServiceApplyContext {
  readonly ecs: EcsPort;
  readonly book: EcsBook;
  readonly clock: Clock;
  /** Ends calls that are under way; the last resort. */
  readonly signal: AbortSignal;
  /** Once aborted, no further write begins. */
  readonly stopping: AbortSignal;
}

/** Throws when the service is gone, unreadable, or changed. */
const checkUnchanged = async (
  { place, seen, name }: PlannedService,
  { ecs, signal }: ServiceApplyContext,
): Promise<void> => {
  const reading = await ecs.readService(place, signal);
  if (reading.state === 'unreadable') throw reading.problem;
  const details = { resource: name };
  if (reading.state === 'absent')
    throw new AppError('conflict', `the service ${name} was deleted meanwhile; it is planned again`, details);
  const { arn, taskDefinitionArn, deployments } = reading.value;
  const isSame =
    arn === seen?.arn &&
    taskDefinitionArn === seen.taskDefinitionArn &&
    deployments[0]?.id === seen.deploymentId;
  if (isSame) return;
  throw new AppError(
    'conflict',
    `somebody deployed the service ${name} between plan and write; it is planned again`,
    details,
  );
};

type WriteOf<O extends ServiceWrite['op']> = Extract<ServiceWrite, { readonly op: O }>;

/** What the writes of one service hand on to each other. */
interface Progress {
  copy: TaskDefinition | undefined;
}

const arnOf = (revision: 'copy' | { readonly arn: string }, { copy }: Progress): string => {
  if (revision !== 'copy') return revision.arn;
  if (copy === undefined) throw new Error('a write names a copy that was not made');
  return copy.arn;
};

/** Documents before and after, for the journal. */
type Written = NonNullable<Outcome['written']>;

const copyRevision = async (
  write: WriteOf<'copyRevision'>,
  { place }: PlannedService,
  context: ServiceApplyContext,
  progress: Progress,
): Promise<Written> => {
  const { from, taskRoleArn, tags } = write;
  const copy = await context.ecs.copyRevision(
    { region: place.region, from, taskRoleArn, tags },
    context.signal,
  );
  progress.copy = copy;
  return { before: from, after: copy.arn };
};

const tagService = async (
  write: WriteOf<'tagService'>,
  { place, seen }: PlannedService,
  context: ServiceApplyContext,
  progress: Progress,
): Promise<Written> => {
  const { attempt, after, before } = write;
  const tags =
    attempt === undefined
      ? after
      : {
          ...after,
          [attemptTag]: renderAttempt({
            number: attempt.number,
            atMs: context.clock.now(),
            revision: revisionName(arnOf(attempt.revision, progress)),
          }),
        };
  await context.ecs.tagService(place, seen?.arn ?? '', tags, context.signal);
  return { before: JSON.stringify(before), after: JSON.stringify(tags) };
};

const updateService = async (
  write: WriteOf<'updateService'>,
  { place, name, seen }: PlannedService,
  context: ServiceApplyContext,
  progress: Progress,
): Promise<Written> => {
  const { revision, settings } = write;
  const arn = revision === undefined ? undefined : arnOf(revision, progress);
  const update = { ...(arn === undefined ? {} : { taskDefinitionArn: arn }), ...settings };
  await context.ecs.updateService(place, update, context.signal);
  const runs = arn ?? seen?.taskDefinitionArn;
  if (runs !== undefined)
    context.book.noteUpdate(name, { taskDefinitionArn: runs, atMs: context.clock.now() });
  return { before: seen?.taskDefinitionArn, after: JSON.stringify(update) };
};

const perform = (
  write: ServiceWrite,
  service: PlannedService,
  context: ServiceApplyContext,
  progress: Progress,
): Promise<Written> => {
  switch (write.op) {
    case 'copyRevision':
      return copyRevision(write, service, context, progress);
    case 'tagService':
      return tagService(write, service, context, progress);
    case 'updateService':
      return updateService(write, service, context, progress);
  }
};

const frame = (service: PlannedService, write: ServiceWrite, atMs: number): Outcome => ({
  write,
  object: service.object,
  name: service.name,
  result: 'dropped',
  carriedOut: [],
  written: undefined,
  errorKind: undefined,
  errorCode: undefined,
  message: '',
  atMs,
});

/** Performs the writes in order; after the first that failed none of the others is made, as each builds on the one before. */
export const applyService = async (
  service: PlannedService,
  context: ServiceApplyContext,
): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = [];
  const progress: Progress = { copy: undefined };
  let stopped: string | undefined;
  for (const write of service.writes) {
    const record = (part: Partial<Outcome>): void => {
      outcomes.push({ ...frame(service, write, context.clock.now()), ...part });
    };
    if (context.stopping.aborted) stopped = leftUndone(context.stopping.reason);
    if (stopped !== undefined) {
      record({ message: stopped });
      continue;
    }
    try {
      await checkUnchanged(service, context);
      const written = await perform(write, service, context, progress);
      record({ result: 'done', carriedOut: write.changes, written });
    } catch (error) {
      if (context.signal.aborted) throw error;
      if (isRefusal(error)) {
        stopped = leftUndone(error);
        record({ message: stopped });
        continue;
      }
      const problem = toAppError(error, `${write.op} on service ${service.name}`);
      stopped = 'an earlier write of this service did not go through';
      record({
        result: 'failed',
        errorKind: problem.kind,
        errorCode: problem.code,
        message: problem.message,
      });
    }
  }
  return outcomes;
};
