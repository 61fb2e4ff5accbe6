import type { Account } from '../../src/domain/policy.ts';
import { hub, spoke, startSandbox } from './sandbox-harness.ts';
import { describeShellsContract, regions, type ShellsHarness } from './shells-contract.ts';

const taskStartMs = 10_000;

const harnessFor = async (account: Account): Promise<ShellsHarness> => {
  const sandbox = await startSandbox(account);
  const { cloud, clock } = sandbox;
  const { ecs, shells } = cloud;
  ecs.setTaskStartMs(taskStartMs);
  const placeIn = (region: string) => ({ accountId: account.accountId, region });
  const made = new Set<string>();
  const seedOnce = (key: string, seed: () => void): void => {
    if (!made.has(key)) seed();
    made.add(key);
  };
  return {
    account,
    port: sandbox.open(account).shells,
    readOnlyPort: sandbox.open({ ...account, ecsWrites: false }).shells,
    seedTask: (region, cluster) => {
      const place = placeIn(region);
      seedOnce(`${region}/${cluster}`, () => ecs.seedCluster(place, { name: cluster }));
      const containerDefinitions = [{ name: 'app', image: 'app:1' }];
      seedOnce(region, () => ecs.seedTaskDefinition(place, { family: 'app', containerDefinitions }));
      const arn = ecs.seedTask(place, { cluster, taskDefinition: 'app', enableExecuteCommand: true });
      return arn.split('/').at(-1) ?? '';
    },
    openShell: ({ region, taskId, ownerArn }) => {
      const task = ecs.tasks(placeIn(region)).find(({ arn }) => arn.endsWith(taskId));
      return shells.open(placeIn(region), { ownerArn, on: task?.arn ?? '' });
    },
    openElsewhere: (region, ownerArn) =>
      void shells.open(placeIn(region), { ownerArn, on: 'i-0123456789abcdef0' }),
    closeShell: (region, id) => shells.close(placeIn(region), id),
    ignoreEnds: () => void shells.ignoreTermination(),
    stopReasons: (region) => ecs.tasks(placeIn(region)).flatMap((task) => task.stoppedReason ?? []),
    settle: () => clock.advance(taskStartMs),
    stop: () => sandbox.stop(),
  };
};

describeShellsContract('the adapter with its own credentials', () => harnessFor({ ...hub, regions }));
describeShellsContract('the adapter through a spoke role', () => harnessFor({ ...spoke, regions }));
