// Random services, random bindings, random misfortunes, and a crash after any write: whatever happens, a service that runs
// is changed only where the YAML lets it be, its images stay what they were, and nothing of anybody else's is undone.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import type { ServicePlace, TaskDefinition } from '../../src/domain/ecs.ts';
import type { EcsPort, IamPort, ServiceUpdate } from '../../src/domain/ports.ts';
import type { Mode, Rollout, TaskRoleBinding } from '../../src/domain/policy.ts';
import { meta, taskRoleBinding } from '../builders.ts';
import { type ServicesHarness, container, oldRoleArn, startServicesHarness } from './services-harness.ts';

/** The same histories in every run, so that a change is judged and not the dice; FAST_CHECK_SEED rolls others. */
const seed = Number(process.env['FAST_CHECK_SEED'] ?? 20_261_124);
const names = ['api', 'worker', 'ledger'] as const;
type Name = (typeof names)[number];
const placeOf = (service: Name): ServicePlace => ({ region: 'eu-west-1', cluster: 'payments', service });
const tagImage = 'contoso/x:1';

interface Will {
  readonly rollout: Rollout;
  readonly mode: Mode;
  readonly suspend: boolean;
  readonly exec: boolean;
  readonly allowMutableTags: boolean;
  readonly isBound: boolean;
  readonly action: string;
  readonly existing: boolean;
}

/** The first four times out of five. */
const mostly = <T extends string>(first: T, ...others: readonly T[]) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(first) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

const will: fc.Arbitrary<Will> = fc.record({
  rollout: mostly<Rollout>('deploy', 'notify'),
  mode: mostly<Mode>('enforce', 'narrow-only', 'observe'),
  suspend: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
  exec: fc.boolean(),
  allowMutableTags: fc.boolean(),
  isBound: fc.integer({ min: 0, max: 7 }).map((n) => n > 0),
  action: fc.constantFrom('sqs:SendMessage', 's3:GetObject'),
  existing: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
});

interface Start {
  readonly exec: boolean;
  readonly tagged: boolean;
  readonly isMutable: boolean;
  readonly controller: 'ECS' | 'CODE_DEPLOY' | 'EXTERNAL';
  readonly shortArns: boolean;
  readonly taken: boolean;
  readonly rollsBack: boolean;
  readonly count: number;
}

const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);
const startOf: fc.Arbitrary<Start> = fc.record({
  exec: fc.boolean(),
  tagged: fc.boolean(),
  isMutable: rarely,
  controller: mostly<Start['controller']>('ECS', 'CODE_DEPLOY', 'EXTERNAL'),
  shortArns: rarely,
  taken: rarely,
  rollsBack: fc.boolean(),
  count: fc.integer({ min: 0, max: 3 }),
});

type Step =
  | { readonly do: 'will'; readonly name: Name; readonly will: Will }
  | { readonly do: 'pipeline'; readonly name: Name; readonly image: string; readonly keepsRole: boolean }
  | { readonly do: 'edit'; readonly name: Name; readonly count: number; readonly exec: boolean }
  | { readonly do: 'task' | 'drain' | 'delete' | 'failCopies'; readonly name: Name }
  | { readonly do: 'unreadable'; readonly what: 'cluster' | Name }
  | { readonly do: 'readable' | 'restart' }
  | { readonly do: 'ecsFails'; readonly operation: keyof EcsPort; readonly applied: boolean }
  | { readonly do: 'iamFails'; readonly operation: keyof IamPort; readonly applied: boolean }
  | { readonly do: 'wait'; readonly minutes: number }
  | { readonly do: 'sweep'; readonly crashAfter: number; readonly between: boolean }
  /** Sweeps for three minutes, as nothing goes wrong. */
  | { readonly do: 'goOn' };

const name = fc.constantFrom(...names);
const only = <T extends string>(...values: readonly T[]) => fc.constantFrom(...values);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: only('will'), name, will }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: only('pipeline'),
      name,
      image: fc.constantFrom(tagImage, container.image, `contoso/y@sha256:${'1'.repeat(64)}`),
      keepsRole: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: only('edit'), name, count: fc.nat({ max: 3 }), exec: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: only('task', 'failCopies'), name }) },
  { weight: 1, arbitrary: fc.record({ do: only('drain', 'delete'), name }) },
  { weight: 2, arbitrary: fc.record({ do: only('unreadable'), what: fc.constantFrom('cluster', ...names) }) },
  { weight: 2, arbitrary: fc.record({ do: only('readable', 'restart') }) },
  { weight: 5, arbitrary: fc.record({ do: only('goOn') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: only('ecsFails'),
      operation: only<keyof EcsPort>('observe', 'readService', 'copyRevision', 'tagService', 'updateService'),
      applied: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: only('iamFails'),
      operation: only<keyof IamPort>('observe', 'createRole', 'updateTrust', 'putInlinePolicy'),
      applied: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: only('wait'), minutes: fc.constantFrom(0, 1, 2, 40, 300, 1_500) }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: only('sweep'),
      crashAfter: fc.integer({ min: 1, max: 12 }),
      between: rarely,
    }),
  },
);

interface History {
  readonly ecsWrites: boolean;
  readonly starts: readonly Start[];
  readonly wills: readonly Will[];
  readonly steps: readonly Step[];
}
const history: fc.Arbitrary<History> = fc.record({
  ecsWrites: fc.integer({ min: 0, max: 4 }).map((n) => n > 0),
  starts: fc.array(startOf, { minLength: names.length, maxLength: names.length }),
  wills: fc.array(will, { minLength: names.length, maxLength: names.length }),
  steps: fc.array(step, { minLength: 5, maxLength: 40 }),
});

class Violation extends Error {
  constructor(message: string) {
    super(`violation: ${message}`);
  }
}

/** All of a revision that must not change in a copy. */
const content = ({
  taskRoleArn: _role,
  tags: _tags,
  arn: _arn,
  revision: _number,
  registeredBy: _by,
  ...rest
}: TaskDefinition) => JSON.stringify(rest);

const roleNameOf = (service: Name): string => `${service}-task`;

class World {
  readonly harness: ServicesHarness;
  readonly wills = new Map<Name, Will>();
  readonly starts = new Map<Name, Start>();
  readonly ecsWrites: boolean;
  deploysPerService = new Map<Name, number>();

  constructor({ ecsWrites, starts, wills }: History) {
    this.ecsWrites = ecsWrites;
    this.harness = startServicesHarness({
      account: { ecsWrites },
      bindings: [],
      through: (ecs) => this.watched(ecs),
    });
    const { ecs } = this.harness;
    ecs.seedCluster(placeOf('api'));
    names.forEach((one, index) => {
      const start = starts[index] as Start;
      const definitionArn = ecs.seedDefinition('eu-west-1', {
        family: one,
        taskRoleArn: 'old-task',
        containers: [start.isMutable ? { ...container, image: tagImage } : container],
      });
      ecs.seedService(placeOf(one), {
        definitionArn,
        desiredCount: start.count,
        enableExecuteCommand: start.exec,
        rollsBack: start.rollsBack,
        controller: start.controller,
        tags: start.taken
          ? { 'rolewarden:instance': 'another' }
          : start.tagged
            ? { 'rolewarden:service': one }
            : {},
        propagateTags: start.tagged ? 'SERVICE' : 'NONE',
        ...(start.shortArns ? { shortArns: true } : {}),
      });
      this.starts.set(one, start);
      this.wills.set(one, wills[index] as Will);
    });
    this.applyWills();
    this.watchRoles();
  }

  applyWills(): void {
    const bindings = [...this.wills].flatMap(([one, wanted]): readonly TaskRoleBinding[] =>
      wanted.isBound
        ? [
            taskRoleBinding({
              meta: meta(one),
              place: placeOf(one),
              rollout: wanted.rollout,
              mode: wanted.mode,
              suspend: wanted.suspend,
              exec: wanted.exec,
              allowMutableTags: wanted.allowMutableTags,
              taskRole: wanted.existing
                ? { kind: 'existing', arn: oldRoleArn }
                : {
                    kind: 'made',
                    name: roleNameOf(one),
                    statements: [{ Effect: 'Allow', Action: wanted.action, Resource: '*' }],
                    boundary: 'arn:aws:iam::111122223333:policy/rolewarden-boundary',
                  },
            }),
          ]
        : [],
    );
    this.harness.setPolicies({ bindings, revision: JSON.stringify([...this.wills]) });
  }

  /** The YAML lets the service be changed, and it is one that can be. */
  mayChange(one: Name): boolean {
    const wanted = this.wills.get(one);
    const start = this.starts.get(one);
    return (
      this.ecsWrites &&
      wanted?.isBound === true &&
      wanted.rollout === 'deploy' &&
      wanted.mode === 'enforce' &&
      !wanted.suspend &&
      start?.controller === 'ECS' &&
      !start.taken &&
      !start.shortArns
    );
  }

  runningIn(one: Name): TaskDefinition | undefined {
    const { ecs } = this.harness;
    try {
      return ecs.definitions.get(ecs.serviceAt(placeOf(one)).taskDefinitionArn ?? '');
    } catch {
      return undefined;
    }
  }

  checkUpdate(one: Name, update: ServiceUpdate): void {
    const { ecs } = this.harness;
    const wanted = this.wills.get(one);
    const running = this.runningIn(one);
    const next =
      update.taskDefinitionArn === undefined ? running : ecs.definitions.get(update.taskDefinitionArn);
    const deploys = update.forceNewDeployment === true || next?.arn !== running?.arn;
    if (!deploys) return;
    this.deploysPerService.set(one, (this.deploysPerService.get(one) ?? 0) + 1);
    if (next === undefined || running === undefined) throw new Violation(`${one} is given what is not there`);
    if (content(next) !== content(running)) throw new Violation(`${one} is given more than another role`);
    const isMutable = next.containers.some(({ image }) => !image.includes('@sha256:'));
    if (isMutable && wanted?.allowMutableTags !== true)
      throw new Violation(`${one} is deployed though its image is named by a tag`);
  }

  /** Checked before each call that writes: what runs is still what ran before it. */
  watched(ecs: EcsPort): EcsPort {
    const mustBeAllowed = (one: Name, what: string): void => {
      if (!this.mayChange(one)) throw new Violation(`${what} on ${one}, which may not be changed`);
    };
    return {
      ...ecs,
      updateService: async (place, update, signal) => {
        mustBeAllowed(place.service as Name, 'updateService');
        this.checkUpdate(place.service as Name, update);
        return ecs.updateService(place, update, signal);
      },
      tagService: async (place, ...rest) => {
        mustBeAllowed(place.service as Name, 'tagService');
        return ecs.tagService(place, ...rest);
      },
      copyRevision: async (copy, signal) => {
        mustBeAllowed(copy.from.replace(/^.*\//, '').replace(/:\d+$/, '') as Name, 'copyRevision');
        return ecs.copyRevision(copy, signal);
      },
    };
  }

  watchRoles(): void {
    this.harness.iam.onWrite(({ operation, resource }) => {
      const one = names.find((each) => roleNameOf(each) === resource);
      const wanted = one === undefined ? undefined : this.wills.get(one);
      if (one === undefined || wanted === undefined) throw new Violation(`${operation} on ${resource}`);
      if (!wanted.isBound || wanted.existing || wanted.mode === 'observe' || wanted.suspend)
        throw new Violation(`${operation} on ${resource}, which may not be changed`);
      if (wanted.rollout === 'notify' && this.tasksRunWith(resource))
        throw new Violation(`${operation} on ${resource} reaches tasks, and the rollout is notify`);
    });
  }

  tasksRunWith(role: string): boolean {
    const arn = `arn:aws:iam::111122223333:role/rolewarden/${role}`;
    const { ecs } = this.harness;
    return names.some((one) => {
      try {
        const service = ecs.serviceAt(placeOf(one));
        const revisions = [
          service.taskDefinitionArn,
          ...service.deployments.map((each) => each.taskDefinitionArn),
        ];
        return revisions.some((each) => ecs.definitions.get(each ?? '')?.taskRoleArn === arn);
      } catch {
        return false;
      }
    });
  }

  async sweep(crashAfter: number, between: boolean): Promise<void> {
    const { ecs } = this.harness;
    const crash = new AbortController();
    let writes = 0;
    const stop = ecs.onWrite(({ resource }) => {
      writes += 1;
      const one = names.find((each) => resource.includes(each));
      // Somebody deploys between two of our writes.
      if (between && writes === 1 && one !== undefined && this.starts.get(one)?.controller === 'ECS')
        this.pipeline(one, container.image, false);
      if (writes >= crashAfter) {
        crash.abort(new Error('crash'));
        crash.signal.throwIfAborted();
      }
    });
    try {
      const { outcomes } = await this.harness.sweep(crash.signal);
      const violation = outcomes.find(({ message }) => message.includes('violation:'));
      if (violation !== undefined) throw new Violation(violation.message);
    } catch (error) {
      if (!crash.signal.aborted) throw error;
      this.harness.restart();
    } finally {
      stop();
    }
  }

  pipeline(one: Name, image: string, keepsRole: boolean): void {
    const running = this.runningIn(one);
    if (running === undefined) return;
    const { status } = this.harness.ecs.serviceAt(placeOf(one));
    if (status !== 'ACTIVE') return;
    this.harness.ecs.pipelineDeploys(placeOf(one), {
      tags: {},
      containers: [{ ...container, image }],
      ...(keepsRole ? {} : { taskRoleArn: oldRoleArn }),
    });
  }

  async step(next: Step): Promise<void> {
    const { ecs, iam, clock } = this.harness;
    const isThere = (one: Name): boolean => this.runningIn(one) !== undefined;
    switch (next.do) {
      case 'will':
        this.wills.set(next.name, next.will);
        this.applyWills();
        return;
      case 'pipeline':
        if (this.starts.get(next.name)?.controller === 'ECS')
          this.pipeline(next.name, next.image, next.keepsRole);
        return;
      case 'edit':
        if (isThere(next.name))
          ecs.editService(placeOf(next.name), { desiredCount: next.count, enableExecuteCommand: next.exec });
        return;
      case 'task': {
        const running = this.runningIn(next.name);
        if (running !== undefined) ecs.seedTask(placeOf(next.name), running.arn, oldRoleArn);
        return;
      }
      case 'failCopies':
        for (const { arn, tags } of ecs.definitions.values())
          if (tags['rolewarden:binding'] === next.name) ecs.failDeploymentsOf(arn);
        return;
      case 'drain':
        if (isThere(next.name)) ecs.drainService(placeOf(next.name));
        return;
      case 'delete':
        ecs.deleteService(placeOf(next.name));
        return;
      case 'unreadable': {
        const key = next.what === 'cluster' ? 'eu-west-1/payments' : `eu-west-1/payments/${next.what}`;
        ecs.unreadable.set(key, new AppError('transient', 'ECS answered 503'));
        return;
      }
      case 'readable':
        ecs.unreadable.clear();
        return;
      case 'restart':
        this.harness.restart();
        return;
      case 'ecsFails':
        ecs.failNext(next.operation, new AppError('transient', 'no answer'), { applied: next.applied });
        return;
      case 'iamFails':
        iam.failNext(next.operation, new AppError('transient', 'no answer'), { applied: next.applied });
        return;
      case 'wait':
        clock.advance(next.minutes * 60_000);
        return;
      case 'sweep':
        await this.sweep(next.crashAfter, next.between);
        return;
      case 'goOn':
        for (let count = 0; count < 6; count += 1) {
          await this.sweep(100, false);
          clock.advance(30_000);
        }
        return;
    }
  }
}

const live = async (given: History): Promise<World> => {
  const world = new World(given);
  for (const next of given.steps) await world.step(next);
  return world;
};

describe('over random histories with crashes after any write', () => {
  it('a service is changed only where the YAML lets it be, and its images stay what they were', async () => {
    let deployments = 0;
    await fc.assert(
      fc.asyncProperty(history, async (given) => {
        const { deploysPerService } = await live(given);
        for (const count of deploysPerService.values()) deployments += count;
      }),
      { numRuns: 1_000, seed },
    );
    // Histories in which nothing ever happens would prove nothing.
    expect(deployments).toBeGreaterThan(300);
  });

  it('what may be changed is as it should be once the world is calm, and then nothing more is written', async () => {
    let bound = 0;
    await fc.assert(
      fc.asyncProperty(history, async (given) => {
        const world = await live({
          ...given,
          steps: given.steps.filter((next) => next.do !== 'failCopies'),
        });
        const { ecs, clock } = world.harness;
        ecs.unreadable.clear();
        // As often as it may have to wait for its turn after what happened before, each time up to a day.
        for (let count = 0; count < 60; count += 1) {
          clock.advance(60 * 60_000);
          await world.harness.sweep();
          clock.advance(2 * 60_000);
          await world.harness.sweep();
        }
        ecs.calls.length = 0;
        const { plan } = await world.harness.sweep();
        for (const planned of plan.services) {
          const one = planned.place.service as Name;
          const running = world.runningIn(one);
          const status = running === undefined ? undefined : ecs.serviceAt(placeOf(one)).status;
          if (!world.mayChange(one) || running === undefined || status !== 'ACTIVE') continue;
          const isMutable = running.containers.some(({ image }) => !image.includes('@sha256:'));
          const reasons = planned.held
            .filter(({ change }) => change.detail.kind !== 'stopTasks')
            .map(({ hold }) => hold.reason);
          if (isMutable && world.wills.get(one)?.allowMutableTags !== true) continue;
          expect({ one, reasons }).toEqual({ one, reasons: [] });
          expect(running.taskRoleArn).toBe(planned.wantedTaskRoleArn);
          bound += 1;
        }
        expect(ecs.calls.filter(({ operation }) => operation !== 'observe')).toEqual([]);
      }),
      { numRuns: 150, seed },
    );
    expect(bound).toBeGreaterThan(60);
  });
});
