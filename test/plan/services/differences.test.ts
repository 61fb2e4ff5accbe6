// What differs between a binding and the service that runs, and the calls that would put it right.

import { describe, expect, it } from 'vitest';
import { present } from '../../../src/domain/reading.ts';
import { ecsServiceTag } from '../../../src/domain/ecs-grants.ts';
import {
  type ServiceParts,
  boundOtherwise,
  definition,
  drift,
  oldRole,
  revisionArn,
  roleArn,
  service,
  servicePlanOf,
  task,
  writesOf,
} from './scene.ts';

interface Case {
  readonly name: string;
  readonly parts: ServiceParts;
  readonly drift: readonly string[];
  readonly writes?: readonly string[];
}

const ours = { 'rolewarden:instance': 'test' };
const tagged = { ...ours, [ecsServiceTag]: 'api' };

const cases: readonly Case[] = [
  { name: 'nothing, when it runs as it should', parts: {}, drift: [], writes: [] },
  {
    name: 'another task role: copied, marked, deployed',
    parts: { ecs: boundOtherwise },
    drift: ['bindTaskRole wrongTaskRole'],
    writes: ['copyRevision', 'tagService', 'updateService copy'],
  },
  {
    name: 'no task role at all',
    parts: { ecs: { definitions: [definition(7, { taskRoleArn: undefined })] } },
    drift: ['bindTaskRole wrongTaskRole'],
    writes: ['copyRevision', 'tagService', 'updateService copy'],
  },
  {
    name: 'ECS Exec off: the service is changed, and tasks are replaced once',
    parts: {
      ecs: {
        service: present(service({ enableExecuteCommand: false })),
        tasks: [task(1, { enableExecuteCommand: false })],
      },
    },
    drift: ['enableExec execNotEnabled', 'replaceTasks execOnOldTasks'],
    writes: ['tagService', 'updateService enableExecuteCommand forceNewDeployment'],
  },
  {
    name: 'tags not handed on',
    parts: { ecs: { service: present(service({ propagateTags: 'TASK_DEFINITION' })) } },
    drift: ['propagateTags tagMissing'],
    writes: ['updateService propagateTags'],
  },
  {
    name: 'the tag of the service missing',
    parts: { ecs: { service: present(service({ tags: ours })) } },
    drift: ['tagService tagMissing'],
    writes: ['tagService'],
  },
  {
    name: 'the tag of the service naming another',
    parts: { ecs: { service: present(service({ tags: { ...ours, [ecsServiceTag]: 'web' } })) } },
    drift: ['tagService tagMissing'],
    writes: ['tagService'],
  },
  {
    name: 'one task older than Exec',
    parts: { ecs: { tasks: [task(1), task(2, { enableExecuteCommand: false })] } },
    drift: ['replaceTasks execOnOldTasks'],
    writes: ['tagService', 'updateService forceNewDeployment'],
  },
  {
    name: 'one task without the tag',
    parts: { ecs: { tasks: [task(1, { tags: {} })] } },
    drift: ['replaceTasks execOnOldTasks'],
    writes: ['tagService', 'updateService forceNewDeployment'],
  },
  {
    name: 'everything at once is one deployment',
    parts: {
      ecs: {
        service: present(service({ enableExecuteCommand: false, propagateTags: 'NONE', tags: {} })),
        tasks: [task(1, { enableExecuteCommand: false, tags: {} })],
        ...boundOtherwise,
      },
    },
    drift: [
      'enableExec execNotEnabled',
      'replaceTasks execOnOldTasks',
      'propagateTags tagMissing',
      'tagService tagMissing',
      'bindTaskRole wrongTaskRole',
    ],
    writes: ['copyRevision', 'tagService', 'updateService copy enableExecuteCommand propagateTags'],
  },
  {
    name: 'Exec and tags are left alone where the binding does not want Exec',
    parts: {
      binding: { exec: false },
      ecs: {
        service: present(service({ enableExecuteCommand: false, propagateTags: 'NONE', tags: ours })),
        tasks: [task(1, { enableExecuteCommand: false, tags: {} })],
      },
    },
    drift: [],
    writes: [],
  },
  {
    name: 'a task that somebody ran with another role is shown, and left alone',
    parts: { ecs: { tasks: [task(1), task(2, { group: 'family:api', taskRoleOverride: oldRole })] } },
    drift: ['stopTasks taskOverride'],
    writes: [],
  },
  {
    name: 'a task that somebody ran with the wanted role is no difference',
    parts: {
      ecs: {
        tasks: [
          task(1),
          task(2, {
            group: 'family:api',
            taskRoleOverride: roleArn('rolewarden/payments-api-task'),
          }),
        ],
      },
    },
    drift: [],
  },
  {
    name: 'a task of another family is not looked at',
    parts: {
      ecs: {
        tasks: [
          task(1),
          task(2, {
            group: 'family:web',
            taskRoleOverride: oldRole,
            taskDefinitionArn: revisionArn(3, 'web'),
          }),
        ],
      },
    },
    drift: [],
  },
  {
    name: 'tasks that still run the old role beside the right revision',
    parts: {
      ecs: {
        tasks: [task(1), task(2, { taskDefinitionArn: revisionArn(6) })],
        definitions: [definition(7), definition(6, { taskRoleArn: oldRole })],
      },
    },
    drift: ['bindTaskRole wrongTaskRole'],
  },
  {
    name: 'our mark alone is no difference',
    parts: { ecs: { service: present(service({ tags: { [ecsServiceTag]: 'api' } })) } },
    drift: [],
  },
];

describe('what differs', () => {
  it.each(cases)('$name', ({ parts, drift: expected, writes }) => {
    const planned = servicePlanOf(parts);
    expect([...drift(planned)].sort()).toEqual([...expected].sort());
    if (writes !== undefined) expect(writesOf(planned)).toEqual(writes);
  });
});

describe('what is written', () => {
  it('names the revision that runs, the role, and whose copy it is', () => {
    const { writes } = servicePlanOf({ ecs: boundOtherwise });
    expect(writes).toMatchObject([
      {
        op: 'copyRevision',
        from: revisionArn(7),
        taskRoleArn: roleArn('rolewarden/payments-api-task'),
        tags: {
          'rolewarden:instance': 'test',
          'rolewarden:binding': 'payments-api',
          'rolewarden:cloned-from': 'api:7',
        },
      },
      { op: 'tagService', after: ours, attempt: { number: 1, revision: 'copy' } },
      { op: 'updateService', revision: 'copy', settings: {} },
    ]);
  });

  it('names the revision that runs when its tasks are only replaced', () => {
    const { writes } = servicePlanOf({ ecs: { tasks: [task(1, { tags: {} })] } });
    expect(writes).toMatchObject([
      { op: 'tagService', attempt: { number: 1, revision: { arn: revisionArn(7) } } },
      { op: 'updateService', revision: undefined, settings: { forceNewDeployment: true } },
    ]);
  });

  it('says of no setting that it is to be another than wanted', () => {
    const { writes } = servicePlanOf({
      ecs: { service: present(service({ enableExecuteCommand: false, tags: {} })), tasks: [] },
    });
    expect(writes).toMatchObject([
      { op: 'tagService', before: {}, after: tagged, attempt: undefined },
      { op: 'updateService', revision: undefined, settings: { enableExecuteCommand: true } },
    ]);
  });

  it('carries every applied change with exactly one call', () => {
    for (const { parts } of cases) {
      const { apply, writes } = servicePlanOf(parts);
      const carried = writes.flatMap(({ changes }) => changes.map(({ id }) => id));
      expect([...carried].sort()).toEqual(apply.map(({ id }) => id).sort());
    }
  });
});
