// What became of the last attempt, and when the next one may be made. ECS is the only memory, so each case is what ECS
// shows.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HoldReason } from '../../../src/domain/plan.ts';
import { present } from '../../../src/domain/reading.ts';
import { attemptTag, renderAttempt } from '../../../src/domain/service-marks.ts';
import { pauseMs } from '../../../src/plan/services/rollout.ts';
import {
  type EcsParts,
  ago,
  definition,
  deployment,
  drift,
  madeRole,
  nowMs,
  oldRole,
  revisionArn,
  service,
  servicePlanOf,
  task,
  writesOf,
} from './scene.ts';

const minute = 60_000;
const baseTags = service().tags;
const copyTags = { 'rolewarden:instance': 'test', 'rolewarden:binding': 'payments-api' };

/** api:8, our copy of api:7. */
const copy = (overrides: Parameters<typeof definition>[1] = {}) =>
  definition(8, { tags: { ...copyTags, 'rolewarden:cloned-from': 'api:7' }, ...overrides });
const old = definition(7, { taskRoleArn: oldRole });

interface Scene {
  /** The revision that runs; 7 is the one before, 8 our copy, 9 a pipeline's. */
  readonly runs: number;
  readonly attemptMinutesAgo: number;
  readonly number?: number;
  readonly deployedMinutesAgo: number;
  readonly failedMinutesAgo?: number;
  readonly rollout?: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  readonly rolloutReason?: string;
  readonly tasksRun?: number;
  readonly copy?: Parameters<typeof definition>[1];
  readonly pipeline?: Parameters<typeof definition>[1];
}

const ecsIn = (scene: Scene): EcsParts => {
  const { runs, number = 1, rollout = 'COMPLETED' } = scene;
  const attempt = renderAttempt({ number, atMs: ago(scene.attemptMinutesAgo), revision: 'api:8' });
  return {
    service: present(
      service({
        taskDefinitionArn: revisionArn(runs),
        tags: { ...baseTags, [attemptTag]: attempt },
        failedAtMs: scene.failedMinutesAgo === undefined ? [] : [ago(scene.failedMinutesAgo)],
        deployments: [
          deployment({
            taskDefinitionArn: revisionArn(runs),
            createdAtMs: ago(scene.deployedMinutesAgo),
            rollout,
            rolloutReason: scene.rolloutReason ?? '',
          }),
        ],
      }),
    ),
    tasks: [task(1, { taskDefinitionArn: revisionArn(scene.tasksRun ?? runs) })],
    definitions: [old, copy(scene.copy), definition(9, { taskRoleArn: oldRole, ...scene.pipeline })],
  };
};

interface Case {
  readonly name: string;
  readonly scene: Scene;
  /** Nothing is held: the reason is undefined. */
  readonly reason?: HoldReason;
  readonly untilMs?: number;
  readonly sentence?: RegExp;
  readonly driftClass?: string;
  readonly writes?: readonly string[];
  /** Of the next attempt. */
  readonly number?: number;
}

const cases: readonly Case[] = [
  {
    name: 'the copy runs',
    scene: { runs: 8, attemptMinutesAgo: 60, deployedMinutesAgo: 60 },
    writes: [],
  },
  {
    name: 'the update never went out: it is made up for, without another copy',
    scene: { runs: 7, attemptMinutesAgo: 5, deployedMinutesAgo: 5_000, number: 3 },
    writes: ['updateService revision'],
    driftClass: 'wrongTaskRole',
  },
  {
    name: 'the update could not be made up for in ten minutes: it begins anew, as the same attempt',
    scene: { runs: 7, attemptMinutesAgo: 11, deployedMinutesAgo: 5_000, number: 3 },
    writes: ['copyRevision', 'tagService', 'updateService copy'],
    driftClass: 'wrongTaskRole',
    number: 3,
  },
  {
    name: 'ECS rolled it back',
    scene: { runs: 7, attemptMinutesAgo: 20, deployedMinutesAgo: 10, failedMinutesAgo: 10 },
    reason: 'rolledBack',
    untilMs: ago(10) + 30 * minute,
    sentence:
      /^ECS did not keep api:8, the copy with the role .*payments-api-task.*look at its stopped tasks and correct the role's permissions; tried again at 2026-01-01T12:20:00.000Z$/,
    driftClass: 'wrongTaskRole',
  },
  {
    name: 'ECS rolls it back just now',
    scene: {
      runs: 7,
      attemptMinutesAgo: 5,
      deployedMinutesAgo: 0,
      rollout: 'IN_PROGRESS',
      rolloutReason: 'ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.',
    },
    reason: 'rolledBack',
    sentence: /ECS rolls back what was deployed here/,
  },
  {
    name: 'the second rollback in a row waits longer',
    scene: { runs: 7, attemptMinutesAgo: 20, deployedMinutesAgo: 10, failedMinutesAgo: 10, number: 2 },
    reason: 'rolledBack',
    untilMs: ago(10) + 60 * minute,
  },
  {
    name: 'after the pause it is tried again, as the next attempt',
    scene: { runs: 7, attemptMinutesAgo: 45, deployedMinutesAgo: 40, failedMinutesAgo: 40 },
    writes: ['copyRevision', 'tagService', 'updateService copy'],
    number: 2,
  },
  {
    name: 'a failure of long before is not its own',
    scene: { runs: 7, attemptMinutesAgo: 5, deployedMinutesAgo: 5_000, failedMinutesAgo: 500 },
    writes: ['updateService revision'],
  },
  {
    name: 'a pipeline put another role back',
    scene: { runs: 9, attemptMinutesAgo: 60, deployedMinutesAgo: 10 },
    reason: 'contested',
    untilMs: ago(10) + 30 * minute,
    sentence:
      /^api:9, registered by arn:aws:sts::111122223333:assumed-role\/pipeline\/deploy, was deployed over api:8 and put the role .*old-task back; name .*payments-api-task in the task definition of that pipeline; tried again at/,
    driftClass: 'foreignRevision',
  },
  {
    name: 'a pipeline deployed what ran before',
    scene: { runs: 7, attemptMinutesAgo: 60, deployedMinutesAgo: 10 },
    reason: 'contested',
    driftClass: 'foreignRevision',
  },
  {
    name: 'a pipeline took the role over: nothing is wrong',
    scene: { runs: 9, attemptMinutesAgo: 60, deployedMinutesAgo: 10, pipeline: { taskRoleArn: madeRole } },
    writes: [],
  },
  {
    name: 'a pipeline that wins every time is asked again after a day, not sooner',
    scene: { runs: 9, attemptMinutesAgo: 23 * 60, deployedMinutesAgo: 23 * 60, number: 7 },
    reason: 'contested',
    untilMs: ago(23 * 60) + 24 * 60 * minute,
  },
  {
    name: 'what was tried a week ago is forgotten',
    scene: { runs: 9, attemptMinutesAgo: 8 * 24 * 60, deployedMinutesAgo: 8 * 24 * 60, number: 9 },
    writes: ['copyRevision', 'tagService', 'updateService copy'],
    number: 1,
  },
  {
    name: 'the copy was for another role than is wanted now',
    scene: { runs: 9, attemptMinutesAgo: 60, deployedMinutesAgo: 10, copy: { taskRoleArn: oldRole } },
    writes: ['copyRevision', 'tagService', 'updateService copy'],
    driftClass: 'wrongTaskRole',
    number: 1,
  },
  {
    name: 'the copy runs, and another role is wanted by now',
    scene: { runs: 8, attemptMinutesAgo: 5, deployedMinutesAgo: 5, copy: { taskRoleArn: oldRole } },
    writes: ['copyRevision', 'tagService', 'updateService copy'],
    number: 1,
  },
  {
    name: 'somebody wrote the tag of an attempt, and the revision carries no marks of ours',
    scene: { runs: 9, attemptMinutesAgo: 5, deployedMinutesAgo: 1, copy: { tags: {} } },
    writes: ['copyRevision', 'tagService', 'updateService copy'],
    number: 1,
  },
  {
    name: 'the revision carries the marks of another binding',
    scene: {
      runs: 9,
      attemptMinutesAgo: 5,
      deployedMinutesAgo: 1,
      copy: { tags: { ...copyTags, 'rolewarden:binding': 'other', 'rolewarden:cloned-from': 'api:7' } },
    },
    writes: ['copyRevision', 'tagService', 'updateService copy'],
  },
  {
    name: 'the copy arrived, and one old task stayed',
    scene: { runs: 8, attemptMinutesAgo: 10, deployedMinutesAgo: 10, tasksRun: 7 },
    reason: 'deploying',
    untilMs: ago(10) + 30 * minute,
    sentence: /the last deployment left tasks that do not carry what they should/,
  },
];

describe('after an attempt', () => {
  it.each(cases)('$name', ({ scene, reason, untilMs, sentence, driftClass, writes, number }) => {
    const planned = servicePlanOf({ ecs: ecsIn(scene) });
    const [held] = planned.held;
    expect(held?.hold.reason).toBe(reason);
    if (untilMs !== undefined) expect(held?.hold.untilMs).toBe(untilMs);
    if (sentence !== undefined) expect(held?.hold.message).toMatch(sentence);
    if (driftClass !== undefined) expect(drift(planned)).toEqual([`bindTaskRole ${driftClass}`]);
    expect(writesOf(planned)).toEqual(writes ?? []);
    const tagging = planned.writes.find(({ op }) => op === 'tagService');
    if (number !== undefined) expect(tagging?.op === 'tagService' && tagging.attempt?.number).toBe(number);
  });

  it('waits for half an hour, then longer each time, up to a day', () => {
    const minutes = [1, 2, 3, 4, 5, 6, 7, 8, 1_000, 9_999].map((number) => pauseMs(number) / minute);
    expect(minutes).toEqual([30, 60, 120, 240, 480, 960, 1_440, 1_440, 1_440, 1_440]);
  });

  it('whatever a tag says, nothing but a plain attempt is believed', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom('1 x api:8', '0 2026-01-01T00:00:00Z api:8:9')),
        (text) => {
          const seen = service({ tags: { ...baseTags, [attemptTag]: text } });
          const planned = servicePlanOf({ ecs: { service: present(seen), definitions: [old, copy()] } });
          expect(writesOf(planned)).toEqual(['copyRevision', 'tagService', 'updateService copy']);
        },
      ),
    );
  });

  it('the plan names the moment at which to look again', () => {
    const parts = { ecs: ecsIn({ runs: 9, attemptMinutesAgo: 60, deployedMinutesAgo: 10 }) };
    expect(servicePlanOf(parts).held[0]?.hold.untilMs).toBeGreaterThan(nowMs);
  });
});
