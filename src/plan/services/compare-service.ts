// One service, as its binding wants it against as it runs. It says everything that differs; what may be done about it is
// for the guards.

import type { Change, DriftClass } from '../../domain/change.ts';
import { type ObservedTask, serviceKey } from '../../domain/ecs.ts';
import { ecsServiceTag } from '../../domain/ecs-grants.ts';
import { compareText } from '../../domain/statement.ts';
import type { Draft } from '../compare-trust.ts';
import { isPutBack } from './rollout.ts';
import { type FoundService, type ServiceFacts, isFound } from './service-facts.ts';

const lastPart = (arn: string | undefined): string => arn?.slice(arn.lastIndexOf('/') + 1) ?? '(none)';

/** Tasks that run, or are about to, with another role than wanted, though nobody gave them one of their own. */
const otherwiseBound = ({ tasks, roleOfTask, desired }: FoundService): readonly ObservedTask[] =>
  tasks.filter(
    (task) => task.taskRoleOverride === undefined && roleOfTask.get(task.arn) !== desired.taskRoleArn,
  );

const roleDraft = (facts: FoundService): readonly Draft[] => {
  const { running, desired } = facts;
  const isElsewhere = running === undefined || running.taskRoleArn === desired.taskRoleArn;
  const others = otherwiseBound(facts);
  if (isElsewhere && others.length === 0) return [];
  const before = isElsewhere ? facts.roleOfTask.get(others[0]?.arn ?? '') : running.taskRoleArn;
  const wanted = lastPart(desired.taskRoleArn);
  const why = isElsewhere
    ? `${others.length} of ${facts.tasks.length} tasks still run with the role ${lastPart(before)}, not with ${wanted}`
    : `it runs ${lastPart(running.arn)} with the role ${lastPart(before)}, not with ${wanted}`;
  const driftClass: DriftClass = isPutBack(facts) ? 'foreignRevision' : 'wrongTaskRole';
  return [
    {
      id: 'taskRole',
      effect: 'mixed',
      driftClass,
      why,
      detail: { kind: 'bindTaskRole', revision: running?.arn, before, after: desired.taskRoleArn },
    },
  ];
};

const settingDrafts = ({ service, desired }: FoundService): readonly Draft[] => {
  const drafts: Draft[] = [];
  const name = desired.place.service;
  if (!service.enableExecuteCommand) {
    drafts.push({
      id: 'exec',
      effect: 'widens',
      driftClass: 'execNotEnabled',
      why: 'ECS Exec is not enabled on the service',
      detail: { kind: 'enableExec' },
    });
  }
  if (service.propagateTags !== 'SERVICE') {
    drafts.push({
      id: 'propagation',
      effect: 'widens',
      driftClass: 'tagMissing',
      why: `its tasks do not get the tags of the service (propagateTags is ${service.propagateTags})`,
      detail: { kind: 'propagateTags', before: service.propagateTags },
    });
  }
  const tag = service.tags[ecsServiceTag];
  if (tag !== name) {
    drafts.push({
      id: 'tag',
      effect: 'widens',
      driftClass: 'tagMissing',
      why: `the service does not carry the tag ${ecsServiceTag} = ${name}`,
      detail: {
        kind: 'tagService',
        before: tag === undefined ? {} : { [ecsServiceTag]: tag },
        after: { [ecsServiceTag]: name },
      },
    });
  }
  return drafts;
};

const lacksExec = (task: ObservedTask, service: string): boolean =>
  !task.enableExecuteCommand || task.tags[ecsServiceTag] !== service;

const oldTasksDraft = ({ tasks, desired }: FoundService): readonly Draft[] => {
  const old = tasks.filter((task) => lacksExec(task, desired.place.service));
  if (old.length === 0) return [];
  return [
    {
      id: 'oldTasks',
      effect: 'widens',
      driftClass: 'execOnOldTasks',
      why: `${old.length} of ${tasks.length} tasks started without ECS Exec or the tag, and get neither until they are replaced`,
      detail: { kind: 'replaceTasks', tasks: old.map(({ arn }) => arn) },
    },
  ];
};

const overrideDraft = ({ overridden, desired }: FoundService): readonly Draft[] => {
  const tasks = overridden.flatMap(({ arn, taskRoleOverride }) =>
    taskRoleOverride === undefined || taskRoleOverride === desired.taskRoleArn
      ? []
      : [{ arn, taskRoleArn: taskRoleOverride }],
  );
  const [first] = tasks;
  if (first === undefined) return [];
  const more = tasks.length === 1 ? '' : ` and ${tasks.length - 1} more`;
  return [
    {
      id: 'overrides',
      effect: 'mixed',
      driftClass: 'taskOverride',
      why: `somebody ran the task ${lastPart(first.arn)}${more} with the role ${lastPart(first.taskRoleArn)}`,
      detail: { kind: 'stopTasks', tasks },
    },
  ];
};

const missingDraft = (missing: string, taskRoleArn: string): Draft => ({
  id: 'taskRole',
  effect: 'none',
  driftClass: 'missing',
  why: missing,
  detail: { kind: 'bindTaskRole', revision: undefined, before: undefined, after: taskRoleArn },
});

const draftsOf = (facts: ServiceFacts): readonly Draft[] => {
  if (!isFound(facts)) return [missingDraft(facts.missing, facts.desired.taskRoleArn)];
  return [
    ...roleDraft(facts),
    ...(facts.desired.exec ? [...settingDrafts(facts), ...oldTasksDraft(facts)] : []),
    ...overrideDraft(facts),
  ];
};

/** Everything that differs, sorted by id. Nothing when the service runs as its binding wants. */
export const compareService = (facts: ServiceFacts): readonly Change[] => {
  const { place, owner, source } = facts.desired;
  const name = serviceKey(place);
  return draftsOf(facts)
    .map(
      (draft): Change => ({
        ...draft,
        id: `${owner.name}/${name}/${draft.id}`,
        object: 'Service',
        name,
        owner,
        source,
      }),
    )
    .sort((a, b) => compareText(a.id, b.id));
};
