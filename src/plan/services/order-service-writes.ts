// The calls that carry changes of one service out:
//
//   copy the revision that runs → tag the service: its marks, and what is tried → update it, once
//
// A crash after the copy leaves a revision that nobody runs; after the tag, the next plan makes the update up.

import type { Change } from '../../domain/change.ts';
import { ecsServiceTag } from '../../domain/ecs-grants.ts';
import { revisionName } from '../../domain/ecs.ts';
import type { ServiceUpdate } from '../../domain/ports.ts';
import { tagKeys } from '../../domain/role.ts';
import { clonedFromTag } from '../../domain/service-marks.ts';
import type { ServiceWrite } from '../../domain/write.ts';
import { effectOf } from '../order-writes.ts';
import { copyToResume, nextAttempt } from './rollout.ts';
import { type ServiceFacts, type FoundService, isFound } from './service-facts.ts';
import type { ServicesInput } from '../services-input.ts';

type Revision = 'copy' | { readonly arn: string } | undefined;

const copyWrites = (facts: FoundService, input: ServicesInput): readonly ServiceWrite[] => {
  const { running, desired } = facts;
  if (running === undefined) return [];
  return [
    {
      op: 'copyRevision',
      from: running.arn,
      taskRoleArn: desired.taskRoleArn,
      tags: {
        [tagKeys.instance]: input.instance,
        [tagKeys.binding]: desired.owner.name,
        [clonedFromTag]: revisionName(running.arn),
      },
      changes: [],
      effect: 'mixed',
    },
  ];
};

const settingsOf = (
  kinds: ReadonlySet<Change['detail']['kind']>,
  revision: Revision,
): Omit<ServiceUpdate, 'taskDefinitionArn'> => ({
  ...(kinds.has('enableExec') ? { enableExecuteCommand: true } : {}),
  ...(kinds.has('propagateTags') ? { propagateTags: 'SERVICE' } : {}),
  // Another revision replaces the tasks anyway.
  ...(kinds.has('replaceTasks') && revision === undefined ? { forceNewDeployment: true } : {}),
});

const marksOf = (
  facts: FoundService,
  input: ServicesInput,
  tagged: boolean,
): Readonly<Record<string, string>> => ({
  [tagKeys.instance]: input.instance,
  ...(tagged ? { [ecsServiceTag]: facts.desired.place.service } : {}),
});

const pick = (
  tags: Readonly<Record<string, string>>,
  keys: readonly string[],
): Readonly<Record<string, string>> =>
  Object.fromEntries(keys.flatMap((key) => (tags[key] === undefined ? [] : [[key, tags[key]]])));

/** What is said of the deployment that follows; one that is made up for was said before. */
const attemptFor = (
  facts: FoundService,
  revision: Revision,
  input: ServicesInput,
): Extract<ServiceWrite, { readonly op: 'tagService' }>['attempt'] => {
  if (revision !== 'copy' && revision !== undefined) return undefined;
  return {
    number: nextAttempt(facts, input.nowMs),
    revision: revision ?? { arn: facts.running?.arn ?? '' },
  };
};

/** The writes for the changes of one service that are to be applied. */
export const orderServiceWrites = (
  facts: ServiceFacts,
  changes: readonly Change[],
  input: ServicesInput,
): readonly ServiceWrite[] => {
  if (!isFound(facts) || changes.length === 0) return [];
  const kinds = new Set(changes.map(({ detail }) => detail.kind));
  const isBinding = kinds.has('bindTaskRole');
  const resumed = isBinding ? copyToResume(facts, input.nowMs) : undefined;
  const revision: Revision = isBinding ? (resumed === undefined ? 'copy' : { arn: resumed }) : undefined;
  const isDeployed = isBinding || kinds.has('replaceTasks');
  const marks = marksOf(facts, input, kinds.has('tagService'));
  const attempt = isDeployed ? attemptFor(facts, revision, input) : undefined;
  const tagging = changes.filter(({ detail }) => detail.kind === 'tagService');
  const updating = changes.filter(({ detail }) => detail.kind !== 'tagService');
  const before = pick(facts.service.tags, Object.keys(marks));
  const isMarked = Object.entries(marks).every(([key, value]) => before[key] === value);
  return [
    ...(revision === 'copy' ? copyWrites(facts, input) : []),
    ...(isMarked && attempt === undefined
      ? []
      : [
          {
            op: 'tagService',
            before,
            after: marks,
            attempt,
            changes: tagging,
            effect: effectOf(tagging),
          } as const,
        ]),
    ...(updating.length === 0
      ? []
      : [
          {
            op: 'updateService',
            revision,
            settings: settingsOf(kinds, revision),
            changes: updating,
            effect: effectOf(updating),
          } as const,
        ]),
  ];
};
