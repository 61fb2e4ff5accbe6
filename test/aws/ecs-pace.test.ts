// How fast ECS is asked: counted by attempt, retries too, whoever asks and however many at once.

import {
  ECSClient,
  RegisterTaskDefinitionCommand,
  TagResourceCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { ecsPace } from '../../src/aws/ecs-pace.ts';
import { maxAttempts, retryStrategy } from '../../src/aws/retry.ts';
import { hub, type SandboxHarness, startSandbox } from './sandbox-harness.ts';
import { steppedClock } from './stepped-clock.ts';

const signal = new AbortController().signal;
const region = 'eu-west-1';

const operations = ['RegisterTaskDefinition', 'UpdateService', 'TagResource'] as const;
type Operation = (typeof operations)[number];

/** The most that may begin within one second, both ends included. */
const mostPerSecond: Readonly<Record<Operation, number>> = {
  RegisterTaskDefinition: 1,
  UpdateService: 5,
  TagResource: 5,
};

const answer = (status: number, body: object) => ({
  response: {
    statusCode: status,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'r-1' },
    body: Buffer.from(JSON.stringify(body)),
  },
});

/** A client that notes when each attempt begins; it throttles as the script says, and then answers. */
const noting = (clock: ReturnType<typeof steppedClock>, script: readonly boolean[]) => {
  const begunAtMs: number[] = [];
  const pace = ecsPace(clock, clock.sleep);
  const client = new ECSClient({
    region,
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' },
    maxAttempts,
    retryStrategy: retryStrategy({ sleep: clock.sleep, random: () => 0.5, closing: signal, clock }),
    requestHandler: {
      handle: async () => {
        const isThrottled = script[begunAtMs.length] ?? false;
        begunAtMs.push(clock.now());
        return isThrottled
          ? answer(400, { __type: 'ThrottlingException', message: 'Rate exceeded' })
          : answer(200, {});
      },
    } as never,
  });
  const send: Readonly<Record<Operation, () => Promise<unknown>>> = {
    RegisterTaskDefinition: () =>
      client.send(
        pace.paced(
          'RegisterTaskDefinition',
          new RegisterTaskDefinitionCommand({ family: 'x', containerDefinitions: [] }),
          signal,
        ),
      ),
    UpdateService: () =>
      client.send(pace.paced('UpdateService', new UpdateServiceCommand({ service: 'x' }), signal)),
    TagResource: () =>
      client.send(pace.paced('TagResource', new TagResourceCommand({ resourceArn: 'x', tags: [] }), signal)),
  };
  return { begunAtMs, send };
};

describe('attempts at', () => {
  it.each(operations)(
    '%s never come faster than they may, throttled ones and retries included',
    async (operation) => {
      const startMs = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 8_000 }));
      const starts = fc.array(startMs, { minLength: 1, maxLength: 20 });
      await fc.assert(
        fc.asyncProperty(starts, fc.array(fc.boolean(), { maxLength: 60 }), async (startsMs, script) => {
          const clock = steppedClock(1_000_000);
          const { begunAtMs, send } = noting(clock, script);
          const asked = startsMs.map(async (waitMs) => {
            if (waitMs > 0) await clock.sleep(waitMs, signal);
            await send[operation]().catch(() => undefined);
          });
          await clock.runTo(Promise.all(asked));
          expect(begunAtMs.length).toBeGreaterThanOrEqual(startsMs.length);
          for (const fromMs of begunAtMs) {
            const within = begunAtMs.filter((atMs) => atMs >= fromMs && atMs <= fromMs + 1_000);
            expect(within.length).toBeLessThanOrEqual(mostPerSecond[operation]);
          }
        }),
        { numRuns: 60 },
      );
    },
  );
});

describe('the adapter', () => {
  let sandbox: SandboxHarness | undefined;
  afterEach(async () => {
    await sandbox?.stop();
    sandbox = undefined;
  });

  const place = { region, cluster: 'prod', service: 'web' };
  const prepared = async (account = hub): Promise<SandboxHarness> => {
    sandbox = await startSandbox({ ...account, regions: [region, 'us-east-1'] });
    for (const each of [region, 'us-east-1']) {
      const there = { accountId: account.accountId, region: each };
      const content = { family: 'web', containerDefinitions: [{ name: 'app', image: 'web:1' }] };
      sandbox.cloud.ecs.seedCluster(there, { name: 'prod' });
      sandbox.cloud.ecs.seedTaskDefinition(there, content);
      sandbox.cloud.ecs.seedService(there, { name: 'web', cluster: 'prod', taskDefinition: 'web:1' });
    }
    return sandbox;
  };
  const arn = (resource: string): string => `arn:aws:ecs:${region}:${hub.accountId}:${resource}`;

  type Write = (harness: SandboxHarness) => Promise<unknown>;
  const writes: readonly (readonly [Operation, number, Write])[] = [
    [
      'RegisterTaskDefinition',
      1,
      ({ ecs }) =>
        ecs.copyRevision(
          {
            region,
            from: arn('task-definition/web:1'),
            taskRoleArn: `arn:aws:iam::${hub.accountId}:role/x`,
            tags: {},
          },
          signal,
        ),
    ],
    ['UpdateService', 5, ({ ecs }) => ecs.updateService(place, { forceNewDeployment: true }, signal)],
    ['TagResource', 5, ({ ecs }) => ecs.tagService(place, arn('service/prod/web'), { a: 'b' }, signal)],
  ];

  /** With this clock a wait passes at once and moves the time on, so the time that passed is what was waited for. */
  it.each(writes)('waits for every attempt at %s', async (operation, mostASecond, write) => {
    const harness = await prepared();
    const effect = { kind: 'error', status: 400, code: 'ThrottlingException' } as const;
    harness.cloud.addFault({ service: 'ecs', operation, skip: 2, times: 3, effect });
    const fromMs = harness.clock.now();
    await Promise.all(Array.from({ length: 12 }, () => write(harness)));
    const attempts = harness.seen.filter((request) => request.operation === operation).length;
    expect(attempts).toBe(15);
    expect(harness.clock.now() - fromMs).toBeGreaterThan(((attempts - mostASecond) * 1_000) / mostASecond);
  });

  it('waits in each region by itself', async () => {
    const { ecs, clock } = await prepared();
    await ecs.updateService(place, { forceNewDeployment: true }, signal);
    await ecs.updateService({ ...place, region: 'us-east-1' }, { forceNewDeployment: true }, signal);
    expect(clock.slept).toEqual([]);
    await ecs.updateService(place, { forceNewDeployment: true }, signal);
    expect(clock.slept).toEqual([250]);
  });

  it('asks slower after it was throttled', async () => {
    const { ecs, clock, cloud } = await prepared();
    const effect = { kind: 'error', status: 400, code: 'ThrottlingException' } as const;
    cloud.addFault({ service: 'ecs', operation: 'TagResource', times: 1, effect });
    const tag = () => ecs.tagService(place, arn('service/prod/web'), { a: 'b' }, signal);
    await tag();
    clock.slept.length = 0;
    await tag();
    expect(clock.slept).toEqual([500]);
  });

  it('gives up waiting when the caller stops, and sends nothing', async () => {
    const { ecs, cloud } = await prepared();
    await ecs.updateService(place, { forceNewDeployment: true }, signal);
    cloud.requests.clear();
    const stop = new AbortController();
    const waiting = ecs.updateService(place, { forceNewDeployment: true }, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    expect(cloud.requests.list()).toEqual([]);
  });
});
