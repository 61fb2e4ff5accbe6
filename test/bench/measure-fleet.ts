// What the program itself does over many accounts, as processes: how much it takes while nothing happens, how soon it has
// swept everything, how replicas share the accounts, and how soon one that is killed is replaced.

import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { startDynalite } from '../lease/dynalite.ts';
import type { Built } from './build.ts';
import { median } from './figures.ts';
import { type FleetSize, noSchedule, policiesOf, rolesOf, writeConfig, writeFleet } from './fleet.ts';
import type { FleetCloudAnswers, FleetCloudQuestion } from './fleet-cloud-process.ts';
import type { IdleFigures, IdleWindow, ReplicaFigures, StartFigures, Takeover } from './fleet-figures.ts';
import type { Say } from './measure.ts';
import { type Peer, startPeer } from './messages.ts';
import { type Program, startProgram } from './program-process.ts';
import { type SpreadSize, spreadOf } from './spread.ts';

interface Fleet {
  readonly size: FleetSize;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cloud: Peer<FleetCloudQuestion, FleetCloudAnswers>;
}

const withFleet = async <T>(size: FleetSize, work: (fleet: Fleet) => Promise<T>): Promise<T> => {
  const folder = await writeFleet(size);
  const cloud: Fleet['cloud'] = startPeer(new URL('./fleet-cloud-process.ts', import.meta.url), {});
  try {
    return await work({ size, folder, cloud, env: await cloud.ask({ kind: 'start', size, folder }) });
  } finally {
    await cloud.stop();
    await rm(folder, { recursive: true, force: true });
  }
};

const patienceMs = 180_000;

const until = async (what: string, isTrue: () => Promise<boolean>, everyMs = 250): Promise<void> => {
  const deadline = performance.now() + patienceMs;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`this did not come true: ${what}`);
    await pause(everyMs);
  }
};

/** When the last of so many accounts was first swept well, milliseconds since the epoch. */
const allSwept = async (program: Program, accounts: number): Promise<number> => {
  let times: readonly number[] = [];
  await until(`${accounts} accounts are swept`, async () => {
    times = await program.samples('rolewarden_last_sweep_success_timestamp_seconds', ['scope="access"']);
    return times.length === accounts && times.every((seconds) => seconds > 0);
  });
  return Math.max(...times) * 1_000;
};

/** CPU and memory of a while in which it is left alone. */
const watch = async (program: Program, { cloud }: Fleet, ms: number): Promise<IdleWindow> => {
  await cloud.ask({ kind: 'takeRequests' });
  const cpuBefore = await program.cpuMs();
  const startedMs = performance.now();
  const memory: number[] = [];
  while (performance.now() - startedMs < ms) {
    memory.push((await program.memoryMb()).nowMb);
    await pause(500);
  }
  const lastedMs = performance.now() - startedMs;
  const cpuMs = (await program.cpuMs()) - cpuBefore;
  const { aws, awsWrites, graph } = await cloud.ask({ kind: 'takeRequests' });
  if (awsWrites > 0) throw new Error(`${awsWrites} writes while nothing was to be written`);
  return {
    lastedMs,
    cpuMs,
    medianRssMb: median(memory),
    peakRssMb: Math.max(...memory),
    awsRequests: aws,
    graphRequests: graph,
  };
};

const idleSize: FleetSize = {
  accounts: 200,
  policiesPerAccount: 25,
  accountsPerPolicy: 5,
  membersPerGroup: 20,
};

/** After the first sweeps everything is once more: the garbage of the start is not that of an idle controller. */
const settleMs = 35_000;

export const measureIdle = (
  built: Built,
  windows: { readonly pollsMs: number; readonly sweepsMs: number },
  say: Say,
): Promise<IdleFigures> =>
  withFleet(idleSize, async (fleet) => {
    const run = async (
      schedule: string,
      ms: number,
    ): Promise<IdleWindow & { readonly highestRssMb: number }> => {
      const config = await writeConfig(fleet.folder, { pollInterval: '30s', schedule }, fleet.env);
      const program = await startProgram(built.program, config, fleet.env);
      try {
        await allSwept(program, idleSize.accounts);
        await pause(settleMs);
        const window = await watch(program, fleet, ms);
        return { ...window, highestRssMb: (await program.memoryMb()).peakMb };
      } finally {
        await program.kill('SIGTERM');
      }
    };
    say(`idle: ${rolesOf(idleSize)} roles in ${idleSize.accounts} accounts, polls only`);
    const polls = await run(noSchedule, windows.pollsMs);
    say('idle: the same with a sweep each minute, to tell what one takes');
    const sweeps = await run('* * * * *', windows.sweepsMs);
    return {
      accounts: idleSize.accounts,
      roles: rolesOf(idleSize),
      groups: policiesOf(idleSize),
      pollIntervalMs: 30_000,
      polls,
      sweeps,
      sweepsMade: Math.round(sweeps.lastedMs / 60_000),
      highestRssMb: polls.highestRssMb,
    };
  });

/** The same number of roles in one account, and in many: each account has to be entered, with clients of its own. */
const startSizes: readonly FleetSize[] = [
  { accounts: 1, policiesPerAccount: 1_000, accountsPerPolicy: 1, membersPerGroup: 20 },
  { accounts: 40, policiesPerAccount: 25, accountsPerPolicy: 5, membersPerGroup: 20 },
];

const measureStartOf = (built: Built, size: FleetSize, times: number, say: Say): Promise<StartFigures> =>
  withFleet(size, async (fleet) => {
    const foundMs: number[] = [];
    for (let number = 1; number <= times; number += 1) {
      say(`start over ${rolesOf(size)} roles in ${size.accounts} accounts, ${number} of ${times}`);
      const settings = { pollInterval: '30s', schedule: noSchedule };
      const config = await writeConfig(fleet.folder, settings, fleet.env);
      const program = await startProgram(built.program, config, fleet.env);
      foundMs.push((await allSwept(program, size.accounts)) - program.startedAtMs);
      await program.kill('SIGTERM');
    }
    const { accounts } = size;
    return { accounts, roles: rolesOf(size), times, ms: median(foundMs), slowestMs: Math.max(...foundMs) };
  });

export const measureStarts = async (
  built: Built,
  times: number,
  say: Say,
): Promise<readonly StartFigures[]> => {
  const found: StartFigures[] = [];
  for (const size of startSizes) found.push(await measureStartOf(built, size, times, say));
  return found;
};

const replicaSize: FleetSize = {
  accounts: 200,
  policiesPerAccount: 5,
  accountsPerPolicy: 5,
  membersPerGroup: 20,
};
const spread: SpreadSize = { accounts: replicaSize.accounts, shards: 32, replicas: 4 };
const leaseMs = 15_000;
const table = 'rolewarden-leases';

const replicaSpec = `  replicas:
    shards: ${spread.shards}
    lease: { table: ${table}, region: us-east-1, duration: ${leaseMs / 1_000}s }
`;

const accountsOf = (program: Program): Promise<number> => program.metric('rolewarden_replica_accounts');

/** All accounts are somebody's, nobody has much more than the others, and that lasts. */
const shared = async (programs: readonly Program[]): Promise<readonly number[]> => {
  let counts: readonly number[] = [];
  let sameFor = 0;
  await until(
    'every account is swept by somebody, and no shard moves any more',
    async () => {
      const now = await Promise.all(programs.map(accountsOf));
      const swept = await Promise.all(
        programs.map((one) =>
          one.samples('rolewarden_last_sweep_success_timestamp_seconds', ['scope="access"']),
        ),
      );
      const isWhole = swept.flat().length === spread.accounts;
      sameFor = isWhole && String(now) === String(counts) ? sameFor + 1 : 0;
      counts = now;
      return sameFor >= 20;
    },
    1_000,
  );
  return counts;
};

interface SweptAccount {
  readonly name: string;
  readonly lastSweep: { readonly startedAt: string; readonly endedAt: string };
}

const sweptBy = async (program: Program): Promise<readonly SweptAccount[]> => {
  const response = await fetch(`${program.apiUrl}/api/v1/status`);
  return ((await response.json()) as { readonly accounts: readonly SweptAccount[] }).accounts;
};

/** Kills one, and waits until all that was hers has been swept by others. */
const kill = async (victim: Program, others: readonly Program[]): Promise<Takeover> => {
  const hers = new Set((await sweptBy(victim)).map(({ name }) => name));
  const killedAtMs = Date.now();
  await victim.kill('SIGKILL');
  let taken: readonly SweptAccount[] = [];
  await until('what was hers is swept', async () => {
    const all = (await Promise.all(others.map(sweptBy))).flat();
    taken = all.filter(
      ({ name, lastSweep }) => hers.has(name) && Date.parse(lastSweep.startedAt) > killedAtMs,
    );
    return new Set(taken.map(({ name }) => name)).size === hers.size;
  });
  const [begun, ended] = [
    Math.min(...taken.map(({ lastSweep }) => Date.parse(lastSweep.startedAt))),
    Math.max(...taken.map(({ lastSweep }) => Date.parse(lastSweep.endedAt))),
  ];
  return { accounts: hers.size, ms: ended - killedAtMs, sweepsMs: ended - begun };
};

export const measureReplicas = (
  built: Built,
  counts: { readonly sets: number; readonly kills: number },
  say: Say,
): Promise<ReplicaFigures> =>
  withFleet(replicaSize, async (fleet) => {
    const dynalite = await startDynalite();
    await dynalite.createTable(table);
    const env = { ...fleet.env, AWS_ENDPOINT_URL_DYNAMODB: dynalite.url };
    const settings = { pollInterval: '30s', schedule: noSchedule, more: replicaSpec };
    const start = async (): Promise<Program> =>
      startProgram(built.program, await writeConfig(fleet.folder, settings, fleet.env), env);
    const programs: Program[] = [];
    try {
      say(`${spread.accounts} accounts, ${spread.shards} shards, ${spread.replicas} replicas`);
      for (let number = 0; number < spread.replicas; number += 1) programs.push(await start());
      const accounts = await shared(programs);
      const takeovers: Takeover[] = [];
      for (let number = 1; number <= counts.kills; number += 1) {
        say(`one of them is killed, ${number} of ${counts.kills}`);
        const victim = programs.shift();
        if (victim === undefined) throw new Error('there is nobody to kill');
        takeovers.push(await kill(victim, programs));
        programs.push(await start());
        await shared(programs);
      }
      return {
        accounts,
        spread: spreadOf(spread, counts.sets),
        leaseMs,
        roles: rolesOf(replicaSize),
        takeovers,
      };
    } finally {
      await Promise.all(programs.map((one) => one.kill('SIGKILL')));
      // Requests of theirs may still be in the table's hands, which takes it badly to be closed then.
      await pause(1_000);
      await dynalite.stop();
    }
  });
