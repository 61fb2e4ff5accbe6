// What may hold a change of a service. Nothing that reaches running tasks happens unless the binding, its mode and the
// account all let it, the role is ready, and neither ECS nor somebody else has just answered the same change with no.

import { type Change, objectKey } from '../../domain/change.ts';
import { isShortArn, revisionName, serviceKey } from '../../domain/ecs.ts';
import type { Hold, PlannedRole } from '../../domain/plan.ts';
import { tagKeys, roleOf } from '../../domain/role.ts';
import { mayEnter } from '../../domain/trust-evaluator.ts';
import { ecsTasksService } from '../../domain/trust-grants.ts';
import { parseTrustPolicy } from '../../domain/trust-policy.ts';
import { type Guard, type GuardContext, guardEach, hold } from '../guards/guard.ts';
import { mutableImages } from './mutable-images.ts';
import { isGoingBack, isRollingOut, primaryOf, waitingFor } from './rollout.ts';
import { type FoundService, type ServiceFacts, isFound } from './service-facts.ts';
import type { ServicesInput } from '../services-input.ts';

export interface ServiceGuardInput extends ServicesInput {
  /** What was decided about the task roles that are made here, by name. */
  readonly taskRoles: ReadonlyMap<string, PlannedRole>;
}

type ServiceGuard = Guard<ServiceFacts, ServiceGuardInput>;
type ServiceContext = GuardContext<ServiceFacts, ServiceGuardInput>;

/** Checks one change of a service that is there. */
const onFound = (
  check: (change: Change, facts: FoundService, context: ServiceContext) => Hold | undefined,
): ServiceGuard =>
  guardEach<ServiceFacts, ServiceGuardInput>((change, facts, context) =>
    isFound(facts) ? check(change, facts, context) : undefined,
  );

/** What replaces running tasks. */
const deploys = ({ detail }: Change): boolean =>
  detail.kind === 'bindTaskRole' || detail.kind === 'replaceTasks';

const missing = guardEach<ServiceFacts, ServiceGuardInput>((_change, facts) =>
  isFound(facts) ? undefined : hold('serviceMissing', facts.missing),
);

const draining = onFound((_change, { service, desired }) =>
  service.status === 'DRAINING'
    ? hold(
        'serviceDraining',
        `the service ${desired.place.service} is being deleted (DRAINING); remove the binding ${desired.owner.name}, or create the service again`,
      )
    : undefined,
);

const overrides = onFound(({ detail }, { desired }) => {
  if (detail.kind !== 'stopTasks') return undefined;
  const { region, cluster } = desired.place;
  const [first] = detail.tasks;
  return hold(
    'byHand',
    `nobody's task is stopped here; if it should not run with that role, stop it: aws ecs stop-task --region ${region} --cluster ${cluster} --task ${first?.arn ?? ''}`,
  );
});

const suspended = onFound((_change, { desired }) =>
  desired.isSuspended
    ? hold(
        'suspended',
        `the binding ${desired.owner.name} says suspend: true; take that out to let changes go on`,
      )
    : undefined,
);

const insteadOf = {
  CODE_DEPLOY:
    'register a revision with the role, and deploy it with CodeDeploy (an AppSpec that names the revision)',
  EXTERNAL: 'register a revision with the role, and create a task set with it',
} as const;

const unsupported = onFound((_change, { service, desired }) =>
  service.controller === 'ECS'
    ? undefined
    : hold(
        'unsupported',
        `the service ${desired.place.service} has the deployment controller ${service.controller}, which ECS lets nobody else deploy for; ${insteadOf[service.controller]}`,
      ),
);

const taken = onFound((_change, { service, desired }, { input }) => {
  const instance = service.tags[tagKeys.instance];
  return instance === undefined || instance === input.instance
    ? undefined
    : hold(
        'serviceTaken',
        `the service ${desired.place.service} carries the tag ${tagKeys.instance} = ${instance}: another controller looks after it; remove the binding there or here, and then the tag`,
      );
});

const mode = onFound((_change, { desired }) => {
  if (desired.mode === 'observe')
    return hold('observeOnly', 'the mode is observe: differences are reported, nothing is written');
  return desired.mode === 'narrow-only'
    ? hold('narrowOnly', 'the mode is narrow-only: only what takes access away is written')
    : undefined;
});

const notify = onFound((_change, { desired }) =>
  desired.rollout === 'notify'
    ? hold(
        'notifyOnly',
        `the rollout is notify: what runs is not changed; set rollout: deploy in the binding ${desired.owner.name}, or name the role ${desired.taskRoleArn} in the pipeline that deploys the service`,
      )
    : undefined,
);

const ecsWrites = onFound((_change, { desired }, { input }) =>
  input.account.ecsWrites
    ? undefined
    : hold(
        'ecsWritesOff',
        `the binding ${desired.owner.name} says rollout: deploy, and the Account ${input.account.meta.name} lets no ECS service be changed; set ecsWrites: true there`,
      ),
);

/** Without tags nothing is known of what was tried, and policies know no tasks. */
const shortArn = onFound((_change, { service, desired }) =>
  isShortArn(service.arn)
    ? hold(
        'shortArn',
        `the service ${desired.place.service} has the short ARN of before 2018 (${service.arn}), which cannot be tagged; opt in to long ARNs (aws ecs put-account-setting --name serviceLongArnFormat --value enabled, and taskLongArnFormat) and create the service again`,
      )
    : undefined,
);

const roleNameOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

const isThere = (arn: string, { observed }: ServicesInput): boolean =>
  observed.roles.some((role) => role.arn === arn) ||
  observed.otherRoles.get(roleNameOf(arn).toLowerCase()) === arn;

const roleMissing = onFound((change, { desired }, { input }) =>
  change.detail.kind !== 'bindTaskRole' ||
  desired.madeRole !== undefined ||
  isThere(desired.taskRoleArn, input)
    ? undefined
    : hold(
        'roleMissing',
        `the role ${desired.taskRoleArn} does not exist in the account; create it, or correct taskRole.arn of the binding ${desired.owner.name}`,
      ),
);

/** ECS could not give the role to a task of this service: the deployment would fail. */
const roleUnfit = onFound((change, { desired }, { input }) => {
  if (change.detail.kind !== 'bindTaskRole' || desired.madeRole !== undefined) return undefined;
  const role = roleOf(desired.taskRoleArn, input.observed);
  const parsed = role === undefined ? undefined : parseTrustPolicy(role.trustDocument);
  if (parsed?.ok !== true) return undefined;
  const { decision } = mayEnter(parsed.policy, {
    action: 'sts:AssumeRole',
    principal: { type: 'Service', id: ecsTasksService },
    // What ECS says of itself in aws:SourceArn is not documented to the letter.
    context: new Map([['aws:sourceaccount', [input.account.accountId]]]),
    atMs: input.nowMs,
    openWorld: true,
  });
  return decision !== 'denied'
    ? undefined
    : hold(
        'roleMissing',
        `the trust policy of ${desired.taskRoleArn} does not let ECS tasks of this account and region have the role; let ${ecsTasksService} call sts:AssumeRole there, or bind another role`,
      );
});

/** Tasks must not start with a role that is not yet, or no longer, as it should be. */
const rolePending = onFound((change, { desired }, { input }) => {
  if (change.detail.kind !== 'bindTaskRole' || desired.madeRole === undefined) return undefined;
  const role = input.taskRoles.get(desired.madeRole);
  if (role?.state === 'inSync') return undefined;
  const [first] = role?.held ?? [];
  if (role?.state === 'apply' && first === undefined)
    return hold(
      'roleSettling',
      `the task role ${desired.madeRole} is made, or changed, first; the service follows once AWS knows it everywhere`,
    );
  const why =
    role?.state === 'unknown'
      ? (role.unknownBecause ?? 'it could not be read')
      : first === undefined
        ? 'it could not be read'
        : `${first.hold.reason}: ${first.hold.message}`;
  return hold('afterHeldChange', `the task role ${desired.madeRole} is not ready: ${why}`);
});

/** When a role was last made or changed, as far as AWS and this process know; milliseconds since the epoch. */
const lastChangeMs = (name: string, { observed, recentWrites }: ServicesInput): number =>
  Math.max(
    observed.roles.find((role) => role.name === name)?.createdAtMs ?? 0,
    ...recentWrites.filter((write) => write.roleName === name).map((write) => write.atMs),
  );

const roleSettling = onFound((change, { desired }, { input }) => {
  if (change.detail.kind !== 'bindTaskRole' || desired.madeRole === undefined) return undefined;
  const untilMs = lastChangeMs(desired.madeRole, input) + input.safety.taskRoleSettleMs;
  return untilMs <= input.nowMs
    ? undefined
    : hold(
        'roleSettling',
        `the task role ${desired.madeRole} was just made or changed, and AWS needs a while until tasks can run with it everywhere; the service follows at ${new Date(untilMs).toISOString()}`,
        untilMs,
      );
});

/** How soon a deployment under way is looked at again. */
const watchEveryMs = 10_000;

const progressOf = ({ service }: FoundService): string => {
  const primary = primaryOf(service);
  const counts = `${primary?.runningCount ?? 0} of ${primary?.desiredCount ?? 0} tasks run`;
  const failed = (primary?.failedTasks ?? 0) > 0 ? `, ${primary?.failedTasks} failed` : '';
  return `deployment ${primary?.id ?? ''} of ${revisionName(primary?.taskDefinitionArn ?? '')}: ${counts}${failed}`;
};

const deploying = onFound((_change, facts, { input }) => {
  const { service, running, desired } = facts;
  if (!isRollingOut(service)) return undefined;
  const untilMs = input.nowMs + watchEveryMs;
  if (running?.taskRoleArn === desired.taskRoleArn)
    return hold('deploying', `the wanted role is on its way: ${progressOf(facts)}`, untilMs);
  if (facts.attempt !== undefined && isGoingBack(service))
    return hold('rolledBack', `ECS rolls back what was deployed here: ${progressOf(facts)}`, untilMs);
  return hold(
    'deploymentInProgress',
    `somebody is just deploying the service, which is waited for: ${progressOf(facts)}`,
    untilMs,
  );
});

/** A read that does not show our own last update yet. */
const updateSettleMs = 60_000;

const updateSettling = onFound((_change, { service, desired }, { input }) => {
  const recent = input.recentUpdates.get(serviceKey(desired.place));
  if (recent === undefined || recent.taskDefinitionArn === service.taskDefinitionArn) return undefined;
  const untilMs = recent.atMs + updateSettleMs;
  return untilMs <= input.nowMs || service.failedAtMs.some((ms) => ms > recent.atMs)
    ? undefined
    : hold('deploying', 'the service was just updated, and ECS does not show it yet', untilMs);
});

const waitingMessage = (facts: FoundService, reason: string, untilMs: number): string => {
  const { running, service, attempt, desired } = facts;
  const until = `tried again at ${new Date(untilMs).toISOString()}`;
  const revision = attempt?.revision ?? '';
  switch (reason) {
    case 'rolledBack':
      return `ECS did not keep ${revision}, the copy with the role ${desired.taskRoleArn}: its tasks did not become steady (${primaryOf(service)?.rolloutReason ?? 'see the events of the service'}); look at its stopped tasks and correct the role's permissions; ${until}`;
    case 'contested':
      return `${revisionName(running?.arn ?? '')}, registered by ${running?.registeredBy ?? 'somebody'}, was deployed over ${revision} and put the role ${running?.taskRoleArn ?? '(none)'} back; name ${desired.taskRoleArn} in the task definition of that pipeline; ${until}`;
    default:
      return `the last deployment left tasks that do not carry what they should; ${until}`;
  }
};

/** An answer is an answer: what ECS rolled back or somebody put back is not done again at once. */
const answered = onFound((change, facts, { input }) => {
  const waiting = deploys(change) ? waitingFor(facts) : undefined;
  if (waiting === undefined || waiting.untilMs <= input.nowMs) return undefined;
  const { reason, untilMs } = waiting;
  return hold(reason, waitingMessage(facts, reason, untilMs), untilMs);
});

const mutableTags = onFound((change, { running, desired }) => {
  if (!deploys(change) || desired.allowMutableTags || running === undefined) return undefined;
  const images = mutableImages(running);
  return images.length === 0
    ? undefined
    : hold(
        'mutableTags',
        `a deployment looks image tags up anew and could ship another image: ${images.join(', ')}; name images by digest, or, if the registry lets no tag be moved, set allowMutableTags: true in the binding ${desired.owner.name}`,
      );
});

/**
 * ECS enables Exec only with a task role, and replacing tasks is worth it only once they get what they lack; with a new
 * role on its way they are replaced anyway.
 */
const afterHeld: ServiceGuard = (candidates, context) => {
  const holds = new Map<Change, Hold>();
  for (const change of candidates) {
    const held = context.held.filter((one) => one.change.name === change.name);
    const isHeld = (...kinds: readonly string[]): boolean =>
      held.some((one) => kinds.includes(one.change.detail.kind));
    const facts = context.facts.get(objectKey(change));
    const hasRole = facts !== undefined && isFound(facts) && facts.running?.taskRoleArn !== undefined;
    if (change.detail.kind === 'enableExec' && !hasRole && isHeld('bindTaskRole')) {
      holds.set(
        change,
        hold('afterHeldChange', 'ECS Exec needs a task role, and the service gets its role later'),
      );
    }
    if (
      change.detail.kind === 'replaceTasks' &&
      isHeld('bindTaskRole', 'enableExec', 'propagateTags', 'tagService')
    ) {
      holds.set(
        change,
        hold('afterHeldChange', 'tasks are replaced once the service itself is as it should be'),
      );
    }
  }
  return holds;
};

/** In this order. Does it exist; may we act at all; is the role ready; and is it the time for another deployment. */
export const serviceGuards: readonly ServiceGuard[] = [
  missing,
  draining,
  overrides,
  suspended,
  unsupported,
  taken,
  mode,
  notify,
  ecsWrites,
  shortArn,
  roleMissing,
  roleUnfit,
  rolePending,
  roleSettling,
  deploying,
  updateSettling,
  answered,
  mutableTags,
  afterHeld,
];
