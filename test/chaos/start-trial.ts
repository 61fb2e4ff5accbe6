// Puts a trial together, and keeps one process of the controller alive in it.

// Loaded when the first shell is looked for; under vitest that takes a time that nothing here can see.
import '@aws-sdk/client-ssm';
import type { SweepReport } from '../../src/reconcile/sweep-report.ts';
import { openClouds } from './clouds.ts';
import { type ControllerProcess, startProcess } from './controller-process.ts';
import { createCountdowns } from './countdowns.ts';
import { randomFrom } from './dice.ts';
import { createGroupReads } from './group-reads.ts';
import { sweepInvariants } from './invariants/of-sweeps.ts';
import { createModel } from './model.ts';
import { createGitCheckout } from './policy-source.ts';
import { createRecords } from './records.ts';
import { watchRoles } from './role-watch.ts';
import type { AccountName } from './scene.ts';
import { watchSweeps } from './sweep-watch.ts';
import { createTimeline } from './timeline.ts';
import { lagMs, settleMs, type Trial, Violation } from './trial.ts';
import { firstWill, type Will } from './will.ts';

export interface TrialOptions {
  readonly seed: number;
  readonly will?: Will;
  /** Whether IAM shows from the beginning only later what is new. */
  readonly isLagging?: boolean;
}

/** The world before any process of the controller. */
const openWorld = async ({ seed, will = firstWill, isLagging = false }: TrialOptions) => {
  const timeline = createTimeline(Date.UTC(2026, 0, 1), randomFrom(seed + 1));
  const now = (): number => timeline.now();
  const skew = { controller: 0, clouds: 0 };
  const lag = { aws: isLagging ? lagMs : 0, entra: 0 };
  const cloudsNow = (): number => timeline.now() + skew.clouds;
  const clouds = await openClouds(cloudsNow);
  clouds.aws.setStaleReads(lag.aws);
  const model = createModel(clouds.entra, now);
  return {
    timeline,
    skew,
    lag,
    clouds,
    cloudsNow,
    model,
    git: createGitCheckout(will),
    groupReads: createGroupReads(model.tick),
    records: createRecords(now),
    random: randomFrom(seed),
    countdowns: createCountdowns(),
    sweeps: watchSweeps(model, { now, cloudsNow }, will),
  };
};

type World = Awaited<ReturnType<typeof openWorld>>;

interface Watchers {
  readonly onCrossing: Parameters<typeof startProcess>[0]['onCrossing'];
  readonly onReport: (report: SweepReport) => void;
  readonly violate: (message: string) => void;
}

const beginProcess = (world: World, number: number, watchers: Watchers): ControllerProcess => {
  const { clouds, countdowns, git, groupReads, random, records, skew, sweeps, timeline } = world;
  records.note(`process ${number} begins`);
  groupReads.clear();
  sweeps.forget();
  const process = startProcess({
    number,
    clouds,
    timeline,
    random,
    now: () => timeline.now() + skew.controller,
    source: (config) => git.source(config, (will) => sweeps.noteLoad(will)),
    onReadBegins: () => sweeps.noteRead(),
    onSweepBegins: (account) => {
      records.note(`sweep of ${account} begins`);
      sweeps.noteSweep(account as AccountName);
    },
    onRequest: (moment, setting) => {
      if (setting.lane === 'entra') world.model.notice();
      countdowns.onRequest(moment, setting, () => process.kill());
    },
    onCrossing: watchers.onCrossing,
    onEntraAnswer: groupReads.note,
    publish: (event) => {
      sweeps.noteEvent(event);
      if (event.kind === 'sweep') watchers.onReport(event.report);
    },
    onDefect: (error) => watchers.violate(`a defect: ${error.stack ?? error.message}`),
  });
  return process;
};

export const startTrial = async (options: TrialOptions): Promise<Trial> => {
  const world = await openWorld(options);
  const { clouds, cloudsNow, countdowns, groupReads, lag, model, records, skew, sweeps, timeline } = world;
  const violations: string[] = [];
  const dead: ControllerProcess[] = [];
  let isByHand = false;
  let lastTrouble = 0;

  const violate = (message: string): void => {
    violations.push(message);
    records.note(`!! ${message}`);
  };

  const roles = watchRoles({
    clouds,
    model,
    records,
    violate,
    now: cloudsNow,
    recordedNow: () => timeline.now(),
    isByHand: () => isByHand,
    witnesses: ({ account }) => {
      const sweep = sweeps.knowledge.get(account);
      const isDisturbed = trial.isDisturbed();
      return (
        sweep && {
          sweep,
          model,
          groupReads,
          records,
          isDisturbed,
          atMs: cloudsNow(),
          aheadMs: skew.controller - skew.clouds,
          lagMs: lag.aws,
        }
      );
    },
  });

  const onReport = (report: SweepReport): void => {
    const account = report.account as AccountName;
    records.note(`sweep of ${account} ended: ${report.result} ${report.message}`);
    const sweep = sweeps.knowledge.get(account);
    if (sweep === undefined || report.scope !== 'access') return;
    for (const { name, check } of sweepInvariants) {
      const broken = check(account, report, sweep, trial);
      if (broken !== undefined) violate(`${name}: the sweep of ${account} ended, and ${broken}`);
    }
  };

  const begin = (): ControllerProcess => {
    roles.forgetLooks();
    return beginProcess(world, dead.length + 1, {
      violate,
      onReport,
      onCrossing: (crossing) => {
        records.noteCrossing(crossing);
        roles.noteCrossing(crossing);
      },
    });
  };

  const trial: Trial = {
    clouds,
    timeline,
    cloudsNow,
    git: world.git,
    model,
    groupReads,
    records,
    skew,
    lag,
    reports: sweeps.reports,
    knowledge: sweeps.knowledge,
    process: () => process,
    setFuse: (fuse) => countdowns.setFuse(fuse),
    setAmbush: (ambush) => countdowns.setAmbush(ambush),
    disarm: () => countdowns.disarm(),
    trouble: () => {
      lastTrouble = model.tick();
    },
    lastTrouble: () => lastTrouble,
    isFaulty: false,
    wasFaulty: false,
    isDisturbed: () => {
      const editedAtMs = records.lastEditAtMs();
      return trial.wasFaulty || (editedAtMs !== undefined && timeline.now() - editedAtMs <= settleMs);
    },
    byHand: (edit) => {
      isByHand = true;
      clouds.aws.setStaleReads(0);
      try {
        edit();
      } finally {
        clouds.aws.setStaleReads(lag.aws);
        isByHand = false;
      }
    },
    restartIfDead: async () => {
      if (!process.life.aborted) return;
      dead.push(process);
      countdowns.disarm();
      trial.trouble();
      trial.wasFaulty = trial.isFaulty;
      // A new process knows nothing of what the last one wrote, so it begins when IAM shows that; what it costs to begin
      // earlier is among the honest limits in the README.
      await timeline.pass(lag.aws);
      process = begin();
      await timeline.settle();
    },
    check: () => {
      const [first] = violations;
      if (first !== undefined) throw new Violation(first);
    },
    end: async () => {
      process.kill();
      for (const one of [...dead, process]) await one.buried();
      await clouds.stop();
    },
  };

  let process = begin();
  await timeline.settle();
  return trial;
};
