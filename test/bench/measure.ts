// The measurements. Everything measured runs in fresh processes, and the embedded cloud in another, so that each has only
// its own time and memory.

import type { Built } from './build.ts';
import type { CloudAnswers, CloudQuestion, Requests } from './cloud-process.ts';
import type { ControllerAnswers, ControllerQuestion } from './controller-process.ts';
import {
  type ChangeFigures,
  type LeaverFigures,
  type PollFigures,
  type Runs,
  type ScrapeFigures,
  type SweepFigures,
  median,
  ratioOf,
  summaryOf,
} from './figures.ts';
import type { Cost, MeasuredAnswers, MeasuredQuestion } from './measured.ts';
import { type Peer, startPeer } from './messages.ts';
import { nodeEnvironment, nodeFlags } from './runtime.ts';
import { type Size, writeLimit } from './scene.ts';
import type { ScrapeAnswers, ScrapeQuestion } from './scrape-process.ts';
import type { SweepAnswers, SweepQuestion } from './sweep-process.ts';

type Cloud = Peer<CloudQuestion, CloudAnswers>;
type Environment = Readonly<Record<string, string>>;
export type Say = (text: string) => void;

const membersPerGroup = 20;
const sizeOf = (roles: number): Size => ({ roles, membersPerGroup });

const withCloud = async <T>(size: Size, work: (cloud: Cloud, env: Environment) => Promise<T>): Promise<T> => {
  const cloud: Cloud = startPeer(new URL('./cloud-process.ts', import.meta.url), {});
  try {
    return await work(cloud, await cloud.ask({ kind: 'start', size }));
  } finally {
    await cloud.stop();
  }
};

/** As the image runs the program. */
const startMeasured = <Question, Answers>(file: URL, env: Environment): Peer<Question, Answers> =>
  startPeer(file, { ...nodeEnvironment, ...env }, nodeFlags);

const startBare = (built: Built, env: Environment): Peer<MeasuredQuestion, MeasuredAnswers> =>
  startMeasured(built.file('bare'), env);

const startSweeper = async (
  built: Built,
  size: Size,
  env: Environment,
): Promise<Peer<SweepQuestion, SweepAnswers>> => {
  const sweeper: Peer<SweepQuestion, SweepAnswers> = startMeasured(built.file('sweep'), env);
  await sweeper.ask({ kind: 'open', size });
  return sweeper;
};

interface Stage {
  readonly cloud: Cloud;
  readonly env: Environment;
  readonly built: Built;
}

interface Round {
  readonly bare: Runs;
  readonly sweep: Runs;
  readonly bareRequests: number;
  readonly sweepRequests: number;
}

const runsOf = ([cold, ...warm]: readonly Cost[]): Runs => {
  if (cold === undefined || warm.length === 0) throw new Error('nothing was measured');
  return { cold, warm };
};

/** Both processes live side by side, and only one of them works at a time: bare, sweep, bare, sweep. */
const round = async ({ cloud, env, built }: Stage, size: Size, warmRuns: number): Promise<Round> => {
  const bare = startBare(built, env);
  const sweeper = await startSweeper(built, size, env);
  await sweeper.ask({ kind: 'poll' });
  await cloud.ask({ kind: 'takeRequests' });
  const costs: { readonly bare: Cost[]; readonly sweep: Cost[] } = { bare: [], sweep: [] };
  const requests: { readonly bare: Requests[]; readonly sweep: Requests[] } = { bare: [], sweep: [] };
  for (let run = 0; run <= warmRuns; run += 1) {
    costs.bare.push(await bare.ask({ kind: 'run' }));
    requests.bare.push(await cloud.ask({ kind: 'takeRequests' }));
    costs.sweep.push(await sweeper.ask({ kind: 'run' }));
    requests.sweep.push(await cloud.ask({ kind: 'takeRequests' }));
  }
  await Promise.all([bare.stop(), sweeper.stop()]);
  if (requests.sweep.some(({ awsWrites }) => awsWrites > 0))
    throw new Error('a no-op sweep has written something');
  return {
    bare: runsOf(costs.bare),
    sweep: runsOf(costs.sweep),
    bareRequests: Math.max(...requests.bare.map(({ aws }) => aws)),
    sweepRequests: Math.max(...requests.sweep.map(({ aws }) => aws)),
  };
};

export const measureSweeps = (
  built: Built,
  roles: number,
  counts: { readonly rounds: number; readonly warmRuns: number },
  say: Say,
): Promise<SweepFigures> =>
  withCloud(sizeOf(roles), async (cloud, env) => {
    const rounds: Round[] = [];
    for (let number = 1; number <= counts.rounds; number += 1) {
      say(`${roles} roles, round ${number} of ${counts.rounds}`);
      rounds.push(await round({ cloud, env, built }, sizeOf(roles), counts.warmRuns));
    }
    return {
      roles,
      bare: summaryOf(rounds.map(({ bare }) => bare)),
      sweep: summaryOf(rounds.map(({ sweep }) => sweep)),
      bareRequests: Math.max(...rounds.map(({ bareRequests }) => bareRequests)),
      sweepRequests: Math.max(...rounds.map(({ sweepRequests }) => sweepRequests)),
      ratio: ratioOf(rounds),
    };
  });

/** The first poll of a process: sign-in included. */
export const measurePoll = (built: Built, groups: number, say: Say): Promise<PollFigures> =>
  withCloud(sizeOf(groups), async (cloud, env) => {
    say(`a poll over ${groups} groups`);
    const sweeper = await startSweeper(built, sizeOf(groups), env);
    await cloud.ask({ kind: 'takeRequests' });
    const cost = await sweeper.ask({ kind: 'poll' });
    const requests = await cloud.ask({ kind: 'takeRequests' });
    await sweeper.stop();
    return { groups, requests, cost };
  });

const change = async (
  cloud: Cloud,
  controller: Peer<ControllerQuestion, ControllerAnswers>,
  group: number,
  pollIntervalMs: number,
): Promise<ChangeFigures> => {
  // Right after a poll, so that the next one sees the change whole: the longest wait.
  await controller.ask({ kind: 'nextPoll' });
  await cloud.ask({ kind: 'takeRequests' });
  const written = controller.ask({ kind: 'nextWrite' });
  const changedAtMs = await cloud.ask({ kind: 'addNewcomer', group });
  const { writes, pollStartedAtMs, acknowledgedAtMs } = await written;
  const requests = await cloud.ask({ kind: 'takeRequests' });
  await controller.ask({ kind: 'nextQuietSweep' });
  const after = await cloud.ask({ kind: 'takeRequests' });
  if (requests.awsWrites !== writes)
    throw new Error(`${writes} writes were reported, and ${requests.awsWrites} served`);
  return {
    pollIntervalMs,
    requests,
    writes: requests.awsWrites + after.awsWrites,
    fromChangeMs: acknowledgedAtMs - changedAtMs,
    fromPollMs: acknowledgedAtMs - pollStartedAtMs,
  };
};

/** One person joins one of the groups, then another group, and so on. */
export const measureChanges = (
  built: Built,
  groups: number,
  count: number,
  pollIntervalMs: number,
  say: Say,
): Promise<readonly ChangeFigures[]> =>
  withCloud(sizeOf(groups), async (cloud, env) => {
    const controller: Peer<ControllerQuestion, ControllerAnswers> = startMeasured(
      built.file('controller'),
      env,
    );
    await controller.ask({ kind: 'start', size: sizeOf(groups), settings: { pollIntervalMs } });
    const found: ChangeFigures[] = [];
    for (let number = 1; number <= count; number += 1) {
      say(`one member added to one of ${groups} groups, ${number} of ${count}`);
      found.push(await change(cloud, controller, (number * 37) % groups, pollIntervalMs));
    }
    await controller.stop();
    return found;
  });

interface Scraped {
  readonly ms: number;
  readonly body: string;
}

/** Until the whole body is there, as Prometheus would have it without compression. */
const scrape = async (url: string): Promise<Scraped> => {
  const startedMs = performance.now();
  const response = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
  const body = await response.text();
  if (!response.ok) throw new Error(`the scrape was answered ${response.status}: ${body.slice(0, 200)}`);
  return { ms: performance.now() - startedMs, body };
};

/** Sweeps, and scrapes after each of them. */
export const measureScrapes = (
  built: Built,
  { policies, isFirstDay }: Pick<ScrapeFigures, 'policies' | 'isFirstDay'>,
  counts: { readonly sweeps: number; readonly scrapes: number },
  say: Say,
): Promise<ScrapeFigures> => {
  const size: Size = { ...sizeOf(policies), isFirstDay };
  return withCloud(size, async (_cloud, env) => {
    say(`scrapes with ${policies} policies, ${isFirstDay ? 'all of which differ' : 'all in sync'}`);
    const scraped: Peer<ScrapeQuestion, ScrapeAnswers> = startMeasured(built.file('scrape'), env);
    const url = await scraped.ask({ kind: 'serve', size });
    const [sweepsMs, first, later]: readonly [number[], Scraped[], Scraped[]] = [[], [], []];
    for (let run = 0; run < counts.sweeps; run += 1) {
      sweepsMs.push(await scraped.ask({ kind: 'sweep' }));
      first.push(await scrape(url));
      for (let again = 1; again < counts.scrapes; again += 1) later.push(await scrape(url));
    }
    await scraped.stop();
    const body = first[0]?.body ?? '';
    return {
      policies,
      isFirstDay,
      samples: body.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length,
      bytes: Buffer.byteLength(body),
      sweepMs: median(sweepsMs),
      firstMs: median(first.map(({ ms }) => ms)),
      laterMs: median(later.map(({ ms }) => ms)),
    };
  });
};

/** Of one call within an AWS region; IAM's own region is far for most. */
const latencyMs = 100;

/** All are disabled at once, and IAM takes no more writes than the controller is set to make. */
export const measureLeavers = (
  built: Built,
  { people, roles }: Pick<LeaverFigures, 'people' | 'roles'>,
  pollIntervalMs: number,
  say: Say,
): Promise<LeaverFigures> =>
  withCloud(sizeOf(roles), async (cloud, env) => {
    say(`${people} leavers in ${roles} roles`);
    const controller: Peer<ControllerQuestion, ControllerAnswers> = startMeasured(
      built.file('controller'),
      env,
    );
    const settings = { pollIntervalMs, provenLeavers: people };
    await controller.ask({ kind: 'start', size: sizeOf(roles), settings });
    await cloud.ask({ kind: 'slowDown', latencyMs });
    await controller.ask({ kind: 'nextPoll' });
    await cloud.ask({ kind: 'takeRequests' });
    const written = controller.ask({ kind: 'allWritten' });
    await cloud.ask({ kind: 'disable', people });
    const { sweeps, failed, pollStartedAtMs, lastOutAtMs } = await written;
    const look = await cloud.ask({ kind: 'lookAtLeavers', people });
    await controller.stop();
    return {
      ...look,
      people,
      roles,
      latencyMs,
      writeLimit,
      sweeps,
      failed,
      fromPollMs: lastOutAtMs - pollStartedAtMs,
    };
  });
