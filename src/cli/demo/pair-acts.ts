// One of two replicas dies, or is told to stop, and the other goes on. Who works is what the replicas themselves tell.

import { demoIds } from '../../sandbox/demo-world.ts';
import { platformInDev, platformLeaver } from './cast.ts';
import { leaseSeconds, type Pair, type Replica } from './pair.ts';
import type { Act, Stage } from './stage.ts';

const { groups } = demoIds;

const isAtWork = async ({ watch }: Stage, { metricsUrl }: Replica): Promise<boolean> => {
  const lines = await watch.readMetricsOf(metricsUrl, 'rolewarden_lease_held{shard="0"}');
  return lines.some((line) => line.endsWith(' 1'));
};

interface Standing {
  readonly working: Replica;
  readonly other: Replica;
}

/** Of two that are both there; while neither has the lease it waits. */
const standingOf = (stage: Stage, [first, second]: Pair): Promise<Standing> =>
  stage.watch.untilKnown('one of the replicas should work', async () => {
    const [isFirst, isSecond] = [await isAtWork(stage, first), await isAtWork(stage, second)];
    if (isFirst === isSecond) return undefined;
    return isFirst ? { working: first, other: second } : { working: second, other: first };
  });

const untilAtWork = async (stage: Stage, replica: Replica, sinceMs: number): Promise<void> => {
  const { narrator, watch } = stage;
  await watch.untilKnown(
    `replica ${replica.name} should work`,
    async () => ((await isAtWork(stage, replica)) ? true : undefined),
    sinceMs,
  );
  narrator.result(true, `replica ${replica.name} has taken over after ${watch.seconds(sinceMs)}`);
};

const comeBack = async (stage: Stage, pair: Pair, replica: Replica): Promise<void> => {
  await replica.start();
  const { working } = await standingOf(stage, pair);
  stage.narrator.result(
    true,
    `replica ${replica.name}, started again, ${working === replica ? 'works' : 'stands by'}`,
  );
};

/** Answers which one was killed. */
const workingIsKilled = async (stage: Stage, pair: Pair): Promise<Replica> => {
  const { sandbox, narrator, watch } = stage;
  const { working, other } = await standingOf(stage, pair);
  narrator.act(
    `Replica ${working.name} works, and replica ${other.name} stands by. ${platformLeaver.name} is in "Platform Engineers"`,
  );
  await watch.until(platformLeaver, platformInDev, true);
  await watch.pause();

  narrator.act(`Replica ${working.name} is killed (kill -9), and she leaves the group in that very moment`);
  const killedAtMs = Date.now();
  const gone = working.kill();
  sandbox.entra.removeMember(groups.platformEngineers, platformLeaver.id);
  await gone;
  narrator.say(`    Its lease, of ${leaseSeconds} seconds, has to lapse first.`);
  await untilAtWork(stage, other, killedAtMs);
  await watch.until(platformLeaver, platformInDev, false, killedAtMs);
  await comeBack(stage, pair, working);
  return working;
};

const workingIsTold = async (stage: Stage, pair: Pair): Promise<void> => {
  const { working, other } = await standingOf(stage, pair);
  stage.narrator.act(
    `Replica ${working.name} is told to stop (SIGTERM): it finishes what it is writing, and gives its lease away`,
  );
  const toldAtMs = Date.now();
  const gone = working.stop();
  await untilAtWork(stage, other, toldAtMs);
  await gone;
  await comeBack(stage, pair, working);
};

/** In every round both acts; their order is such that not the same one is killed twice running. */
export const replicasTakeOver = (pair: Pair): Act => {
  let killedLast: Replica | undefined;
  return async (stage) => {
    const { working } = await standingOf(stage, pair);
    const isSparedNow = working === killedLast;
    if (isSparedNow) {
      await workingIsTold(stage, pair);
      await stage.watch.pause();
    }
    killedLast = await workingIsKilled(stage, pair);
    if (isSparedNow) return;
    await stage.watch.pause();
    await workingIsTold(stage, pair);
  };
};
