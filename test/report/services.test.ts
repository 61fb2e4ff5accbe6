// What every reporter says of services, shells and side doors.

import { describe, expect, it } from 'vitest';
import type { PlannedService } from '../../src/domain/plan.ts';
import type { ExecReason } from '../../src/domain/service-findings.ts';
import type { ServiceWrite } from '../../src/domain/write.ts';
import type { ControllerEvent } from '../../src/reconcile/sweep-report.ts';
import { createJournal } from '../../src/report/journal.ts';
import { createLogReporter } from '../../src/report/logs.ts';
import { renderPlan } from '../../src/report/render-plan.ts';
import { renderStatus } from '../../src/report/render-status.ts';
import { createStatus } from '../../src/report/status.ts';
import * as world from './builders.ts';
import { readableLog } from './log-lines.ts';

const now = new Date(world.startMs);
/** Columns as one space, so that a width is no part of a test. */
const squeezed = (value: string): readonly string[] =>
  value.split('\n').map((line) => line.trim().replace(/ +/g, ' '));

const bind = world.bindChange();
const tagged = { arn: world.revisionArn(7), taskRoleArn: world.taskRoleArn('old-task') };
const mutable = { ...tagged, mutableImages: ['contoso/api:1.0.0'] };
const byDigest = { ...tagged, mutableImages: [] };
const applied = (other: Partial<PlannedService> = {}) => world.service({ apply: [bind], ...other });
const waiting = (other: Partial<PlannedService> = {}) =>
  world.service({ held: [world.held(bind, 'mutableTags', 'tags are looked up anew')], ...other });

describe('the plan of a service', () => {
  const textOf = (service: PlannedService, format: 'text' | 'markdown' = 'text'): readonly string[] =>
    squeezed(
      renderPlan([world.plan([world.taskRole()], { services: [service] })], format, { color: false, now }),
    );
  const cases: readonly (readonly [string, PlannedService, readonly string[]])[] = [
    [
      'says the old role, the new one, that it deploys, and that images stay',
      applied({ running: byDigest }),
      [
        '~ task role old-task becomes payments-api-task it runs api:7 with the role old-task, not with payments-api-task',
        '~ deployment replaces the running tasks a copy of api:7 with nothing but the role changed is registered and deployed',
        '~ images stay the same every one is named by its digest',
      ],
    ],
    [
      'says which images may be others',
      applied({ running: mutable }),
      ['~ images may change a deployment looks tags up anew, and nothing but a tag names contoso/api:1.0.0'],
    ],
    [
      'says what a held change would do',
      waiting({ running: mutable }),
      [
        'Held: mutableTags: tags are looked up anew',
        '~ task role would become payments-api-task, is old-task it runs api:7 with the role old-task, not with payments-api-task',
        '~ deployment would replace the running tasks a copy of api:7 with nothing but the role changed is registered and deployed',
        '~ images could change a deployment looks tags up anew, and nothing but a tag names contoso/api:1.0.0',
      ],
    ],
    [
      'of a held change says that images would stay',
      waiting({ running: byDigest }),
      ['~ images would stay the same every one is named by its digest'],
    ],
    [
      'of replaced tasks says that the same revision is deployed again',
      world.service({
        running: byDigest,
        apply: [world.serviceChange({ kind: 'replaceTasks', tasks: ['t'] }, { why: '1 of 1 tasks is old' })],
      }),
      ['~ deployment replaces the running tasks api:7 is deployed again'],
    ],
    [
      'of something that deploys nothing says nothing of images',
      world.service({ apply: [world.serviceChange({ kind: 'enableExec' }, { why: 'it is not enabled' })] }),
      ['+ ECS Exec is enabled it is not enabled'],
    ],
    [
      'names the binding behind it',
      applied(),
      ['eu-west-1/payments/api (binding payments-api, policies/payments-api.yaml:5)'],
    ],
  ];
  it.each(cases)('%s', (_name, service, lines) => {
    const said = textOf(service);
    for (const line of lines) expect(said).toContain(line);
  });

  it('says nothing of images where nothing is deployed', () => {
    const enabled = world.service({ apply: [world.serviceChange({ kind: 'enableExec' })] });
    expect(textOf(enabled).join('\n')).not.toMatch(/images|deployment/);
  });

  it('says the same as markdown', () => {
    expect(textOf(waiting({ running: mutable }), 'markdown')).toContain(
      '- `~` images **could change**: a deployment looks tags up anew, and nothing but a tag names contoso/api:1.0.0',
    );
  });

  it('as JSON has the service, what it runs, shells and side doors', () => {
    const plan = world.plan([], {
      services: [waiting({ running: mutable })],
      execReadiness: [world.execReadiness('tagMissing')],
      sideDoors: [world.sideDoor()],
    });
    const document = JSON.parse(renderPlan([plan], 'json', { color: false, now })) as {
      readonly accounts: readonly unknown[];
    };
    expect(document.accounts[0]).toMatchObject({
      services: [
        {
          service: 'api',
          cluster: 'payments',
          region: 'eu-west-1',
          binding: 'payments-api',
          state: 'hold',
          rollout: 'deploy',
          deploys: false,
          revision: world.revisionArn(7),
          mutableImages: ['contoso/api:1.0.0'],
          wantedTaskRoleArn: world.wantedTaskRole,
          held: [{ kind: 'bindTaskRole', hold: { reason: 'mutableTags' } }],
        },
      ],
      execReadiness: [{ service: 'api', reason: 'tagMissing' }],
      sideDoors: [{ kind: 'executeCommand', roleArn: world.taskRoleArn('admin') }],
    });
  });

  it('lists shells that would not open, and side doors, and counts services in the sum', () => {
    const plan = world.plan([world.taskRole()], {
      services: [world.service()],
      execReadiness: [
        world.execReadiness(),
        world.execReadiness('tagMissing', { place: { ...world.place, service: 'ledger' } }),
      ],
      sideDoors: [world.sideDoor({ message: 'admin may ecs:ExecuteCommand' })],
    });
    const said = squeezed(renderPlan([plan], 'text', { color: false, now }));
    expect(said).toContain('prod/eu-west-1/payments/ledger (tagMissing; payments)');
    expect(said).toContain('no shell opens: tagMissing');
    expect(said).not.toContain('prod/eu-west-1/payments/api (Ready; payments)');
    expect(said).toContain('prod/eu-west-1/payments/api: admin may ecs:ExecuteCommand');
    expect(said).toContain('1 role and 1 service in 1 account: 0 to apply, 0 held, 2 in sync, 0 unknown');
  });
});

const start = (...events: readonly ControllerEvent[]) => {
  const clock = world.manualClock();
  const status = createStatus({ instance: 'contoso-main', version: '1.2.3', clock });
  for (const event of events) status.observe(event);
  return status;
};

describe('the status of a service', () => {
  const only = (...events: readonly ControllerEvent[]) => {
    const [service] = start(...events).snapshot().services;
    if (service === undefined) throw new Error('no service');
    return service;
  };
  const iso = (seconds: number): string => new Date(world.startMs + seconds * 1_000).toISOString();
  const sweep = (part: Parameters<typeof world.servicesSweep>[0], seconds = 0) =>
    world.servicesSweep(part, { atMs: world.startMs + seconds * 1_000 });

  it('says what runs, what is wanted, what waits, and which ways around it there are', () => {
    const service = only(
      sweep({
        roles: [world.taskRole({ warnings: ['of the role'] })],
        services: [waiting({ running: mutable, warnings: ['of the service'] })],
        execReadiness: [world.execReadiness('Ready', { warnings: ['sessions are not logged'] })],
        sideDoors: [world.sideDoor()],
      }),
    );
    expect(service).toMatchObject({
      account: 'prod',
      accountId: '111122223333',
      region: 'eu-west-1',
      cluster: 'payments',
      service: 'api',
      binding: {
        name: 'payments-api',
        source: { file: 'policies/payments-api.yaml', line: 5 },
        rollout: 'deploy',
        state: 'held',
        reason: 'mutableTags',
        held: [{ kind: 'bindTaskRole', reason: 'mutableTags', since: iso(0) }],
        revision: world.revisionArn(7),
        taskRoleArn: world.taskRoleArn('old-task'),
        wantedTaskRoleArn: world.wantedTaskRole,
        mutableImages: ['contoso/api:1.0.0'],
        warnings: ['of the service', 'of the role'],
        sideDoors: [{ kind: 'executeCommand', roleArn: world.taskRoleArn('admin') }],
      },
      exec: {
        condition: { type: 'ExecReady', status: 'True', reason: 'Ready', message: '', since: iso(0) },
        policies: ['payments'],
        warnings: ['sessions are not logged'],
      },
      sweptAt: iso(1.5),
    });
  });

  it('has conditions like a policy: what needs a person is stalled', () => {
    const service = only(sweep({ services: [waiting()] }));
    expect(service.binding?.conditions.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'Ready=False',
      'Stalled=True',
    ]);
  });

  const conditions: readonly (readonly [ExecReason, string])[] = [
    ['Ready', 'True'],
    ['tagMissing', 'False'],
    ['unreadable', 'Unknown'],
    ['taskRoleUnknown', 'Unknown'],
  ];
  it.each(conditions)('with shells that are %s has a condition that is %s', (reason, status) => {
    const service = only(sweep({ execReadiness: [world.execReadiness(reason)] }));
    expect(service.binding).toBeNull();
    expect(service.exec?.condition).toMatchObject({ type: 'ExecReady', status, reason });
  });

  it('keeps since when shells would not open, until the reason is another one', () => {
    const at = (reason: ExecReason, seconds: number) =>
      sweep({ execReadiness: [world.execReadiness(reason)] }, seconds);
    const since = (...events: readonly ControllerEvent[]) => only(...events).exec?.condition.since;
    expect(since(at('tagMissing', 0), at('tagMissing', 60))).toBe(iso(0));
    expect(since(at('tagMissing', 0), at('noTasks', 60))).toBe(iso(60));
  });

  it('stands as its task role where that is worse', () => {
    const change = world.change({ kind: 'restateTrust' }, { owner: world.bindingOwner() });
    const service = only(
      sweep({
        roles: [world.taskRole({ held: [world.held(change, 'breaker', 'too many at once')] })],
        services: [world.service({ held: [world.held(bind, 'afterHeldChange')] })],
      }),
    );
    expect(service.binding).toMatchObject({ reason: 'breaker', message: 'too many at once' });
    expect(service.binding?.held.map(({ reason }) => reason)).toEqual(['afterHeldChange', 'breaker']);
  });

  it('says why the call failed that had only to prepare the deployment', () => {
    const copy: ServiceWrite = {
      op: 'copyRevision',
      from: world.revisionArn(7),
      taskRoleArn: world.wantedTaskRole,
      tags: {},
      changes: [],
      effect: 'mixed',
    };
    const update = world.updateWrite(bind);
    const where = { object: 'Service', name: bind.name } as const;
    const outcomes = [
      world.outcome(copy, { ...where, result: 'failed', errorKind: 'denied', message: 'grant iam:PassRole' }),
      world.outcome(update, { ...where, result: 'dropped', message: 'an earlier write did not go through' }),
    ];
    const event = world.servicesSweep({ services: [applied({ writes: [copy, update] })] }, { outcomes });
    expect(only(event).binding).toMatchObject({ reason: 'WriteFailed', message: 'grant iam:PassRole' });
    expect(only(event).binding?.conditions.map(({ type }) => type)).toEqual(['Ready', 'Stalled']);
  });

  it('is not ready because its deployment has begun', () => {
    const write = world.updateWrite(bind);
    const service = only(sweep({ services: [applied({ writes: [write] })] }));
    expect(service.binding).toMatchObject({ state: 'held', reason: 'deploying', held: [] });
    expect(service.binding?.message).toMatch(/just begun/);
  });

  it('is there beside what the other loop says, and each keeps its own last sweep', () => {
    const document = start(
      world.sweep([world.role()]),
      sweep({ services: [world.service()] }, 30),
    ).snapshot();
    expect(document.policies.map(({ name }) => name)).toEqual(['payments']);
    expect(document.services.map(({ service }) => service)).toEqual(['api']);
    expect(document.accounts).toMatchObject([
      { lastSweep: { startedAt: iso(0) }, lastServicesSweep: { startedAt: iso(30) } },
    ]);
  });

  it('is gone with its account', () => {
    const status = start(sweep({ services: [world.service()] }));
    status.observe({ kind: 'accountRemoved', account: 'prod', lostBecause: undefined });
    expect(status.snapshot().services).toEqual([]);
  });

  it('is null where nothing is known, never missing', () => {
    const document = start(
      sweep({
        services: [world.service({ running: undefined, source: undefined })],
        execReadiness: [world.execReadiness('serviceMissing')],
      }),
    ).snapshot();
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });
});

describe('get', () => {
  const show = (part: Parameters<typeof world.servicesSweep>[0], wide = false): readonly string[] =>
    squeezed(
      renderStatus(start(world.sweep([world.role()]), world.servicesSweep(part)).snapshot(), 'text', {
        color: false,
        wide,
        now: new Date(world.startMs + 180_000),
      }),
    );

  it('has a table of services', () => {
    const said = show({
      services: [waiting({ running: mutable })],
      execReadiness: [
        world.execReadiness(),
        world.execReadiness('tagMissing', { place: { ...world.place, service: 'ledger' } }),
      ],
      sideDoors: [world.sideDoor()],
    });
    expect(said).toContain(
      'SERVICE CLUSTER ACCOUNT BINDING STATE REASON REVISION TASK-ROLE SHELLS SIDE-DOORS',
    );
    expect(said).toContain(
      'api eu-west-1/payments prod payments-api held mutableTags api:7 old-task Ready 1',
    );
    expect(said).toContain('ledger eu-west-1/payments prod - - - - - tagMissing -');
    expect(said).toContain('mutableTags for 3m: api in prod');
    expect(said).toContain('tagMissing for 3m: ledger in prod');
    expect(said).toContain('Side doors: 1 other way to these services; --wide lists them');
  });

  it('lists side doors when asked for width', () => {
    const said = show({ services: [world.service()], sideDoors: [world.sideDoor({ message: 'one' })] }, true);
    expect(said).toContain('prod/api: one');
  });

  it('has no such table where there are no services', () => {
    expect(show({}).join('\n')).not.toContain('SERVICE ');
  });
});

describe('the log', () => {
  const log = () => {
    const { entries, logger } = readableLog();
    const reporter = createLogReporter(logger);
    return (...events: readonly ControllerEvent[]): readonly string[] => {
      for (const event of events) reporter.observe(event);
      return entries().map(({ level, msg }) => `${level}: ${msg}`);
    };
  };
  const shells = (...reasons: readonly ExecReason[]) =>
    world.servicesSweep({ execReadiness: reasons.map((reason) => world.execReadiness(reason)) });

  it('tells once when shells would no longer open, when the reason changes, and when they would again', () => {
    const said = log();
    const about = (lines: readonly string[]) => lines.filter((line) => line.includes('shells'));
    expect(about(said(shells('Ready')))).toEqual([]);
    expect(about(said(shells('tagMissing')))).toEqual([
      'warn: account prod: shells in the service api (cluster payments, eu-west-1) would not open (tagMissing): no shell opens: tagMissing',
    ]);
    expect(about(said(shells('tagMissing')))).toEqual([]);
    expect(about(said(shells('noTasks')))).toHaveLength(1);
    expect(about(said(shells('Ready')))).toEqual([
      'info: account prod: shells in the service api (cluster payments, eu-west-1) would open',
    ]);
  });

  it('is not told by a sweep of the other loop that they are over', () => {
    const said = log();
    said(shells('tagMissing'));
    expect(said(world.sweep([world.role()])).join()).not.toContain('shells');
    expect(said(shells('tagMissing')).join()).not.toContain('shells');
  });

  it('tells what is held of a binding', () => {
    expect(log()(world.servicesSweep({ services: [waiting()] })).join('\n')).toContain('payments-api');
  });
});

describe('the journal', () => {
  it('names service, binding and revision for every call, those that only prepare too', () => {
    const copy: ServiceWrite = {
      op: 'copyRevision',
      from: world.revisionArn(7),
      taskRoleArn: world.wantedTaskRole,
      tags: {},
      changes: [],
      effect: 'mixed',
    };
    const update = world.updateWrite(bind);
    const outcomes = [
      world.outcome(copy, {
        object: 'Service',
        name: bind.name,
        written: { before: world.revisionArn(7), after: world.revisionArn(8) },
      }),
      world.outcome(update, { object: 'Service' }),
    ];
    const lines: string[] = [];
    createJournal((line) => lines.push(line)).observe(
      world.servicesSweep({ services: [applied({ writes: [copy, update] })] }, { outcomes }),
    );
    const frame = {
      role: null,
      service: 'eu-west-1/payments/api',
      policy: null,
      binding: 'payments-api',
      source: { file: 'policies/payments-api.yaml', line: 5 },
      result: 'done',
    };
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      {
        ...frame,
        event: 'write',
        op: 'copyRevision',
        before: world.revisionArn(7),
        after: world.revisionArn(8),
      },
      {
        ...frame,
        event: 'change',
        kind: 'bindTaskRole',
        before: { taskRoleArn: world.taskRoleArn('old-task') },
        after: { taskRoleArn: world.wantedTaskRole },
      },
      { ...frame, event: 'write', op: 'updateService' },
    ]);
  });
});
