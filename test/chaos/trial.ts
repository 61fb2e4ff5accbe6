// One schedule under way: the clouds, the model beside them, the process of the controller, and what was broken.

import type { ControllerEvent, SweepReport } from '../../src/reconcile/sweep-report.ts';
import type { SandboxRole } from '../../src/sandbox/aws/aws-cloud.ts';
import { type Access, accessOf, noAccess } from './access.ts';
import { type Clouds, openClouds } from './clouds.ts';
import { type ControllerProcess, startProcess } from './controller-process.ts';
import { createGroupReads, type GroupReads } from './group-reads.ts';
import { sweepInvariants } from './invariants/of-sweeps.ts';
import { writeInvariants } from './invariants/of-writes.ts';
import { createModel, type Knowledge, type Model } from './model.ts';
import { createGitCheckout, type GitCheckout } from './policy-source.ts';
import { type AccountName, accountIds, accountNameOf, accountNames } from './scene.ts';
import type { RequestKind } from './wire.ts';
import { createTimeline, type Timeline } from './timeline.ts';
import { createRecords, type Records } from './records.ts';
import { firstWill, type Will } from './will.ts';

export class Violation extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Violation';
  }
}

/** Counts requests from now on: all of them, or only some. */
export interface Countdown {
  left: number;
  readonly of: 'requests' | 'roleReads' | 'writes';
}

/** When the process dies: as the last counted request sets out, or once that was performed and before its answer. */
export interface Fuse extends Countdown {
  readonly moment: 'before' | 'after';
}

/** Something that happens as the last counted request sets out. */
export interface Ambush extends Countdown {
  readonly strike: () => void;
}

const isCounted = ({ of }: Countdown, kind: RequestKind): boolean =>
  of === 'requests' || (of === 'writes' ? kind === 'write' : kind === 'roleRead');

export interface Trial {
  readonly clouds: Clouds;
  readonly timeline: Timeline;
  readonly git: GitCheckout;
  readonly model: Model;
  readonly groupReads: GroupReads;
  readonly records: Records;
  /** The clocks against the timeline, in milliseconds. */
  readonly skew: { controller: number; clouds: number };
  readonly lag: { aws: number; entra: number };
  /** How many sweeps of an account have ended, by the newest process. */
  readonly reports: ReadonlyMap<AccountName, readonly SweepReport[]>;
  /** What the newest sweep of an account rests on. */
  readonly knowledge: ReadonlyMap<AccountName, Knowledge>;
  process(): ControllerProcess;
  setFuse(fuse: Fuse | undefined): void;
  setAmbush(ambush: Ambush): void;
  /** Nothing that was set waits to happen any more. */
  disarm(): void;
  /** Says that something is wrong with the world from now on, or was until now. */
  trouble(): void;
  /** The moment of the last trouble. */
  lastTrouble(): number;
  isFaulty: boolean;
  /** Whether anything failed while this process lived. */
  wasFaulty: boolean;
  /** Whether the clock of this process was other than the clouds' at any time. */
  isClockTried: boolean;
  /** Changes AWS in somebody else's name; everyone sees it at once. */
  byHand(edit: () => void): void;
  /** Starts a new process if the last one was killed. */
  restartIfDead(): Promise<void>;
  /** Throws what was broken first, if anything was. */
  check(): void;
  end(): Promise<void>;
}

/** How long IAM and Entra hide what is new, while they do. */
export const lagMs = 30_000;
/** Full jitter as it would be, but the same in every run. */
const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

export interface TrialOptions {
  readonly seed: number;
  readonly will?: Will;
  /** Whether IAM shows from the beginning only later what is new. */
  readonly isLagging?: boolean;
}

export const startTrial = async ({
  seed,
  will = firstWill,
  isLagging = false,
}: TrialOptions): Promise<Trial> => {
  const timeline = createTimeline(Date.UTC(2026, 0, 1));
  const skew = { controller: 0, clouds: 0 };
  const lag = { aws: isLagging ? lagMs : 0, entra: 0 };
  const cloudNow = (): number => timeline.now() + skew.clouds;
  const clouds = await openClouds(cloudNow);
  clouds.aws.setStaleReads(lag.aws);
  const git = createGitCheckout(will);
  const model = createModel(clouds.entra, () => timeline.now());
  const groupReads = createGroupReads(model.tick);
  const records = createRecords(() => timeline.now());
  const random = randomFrom(seed);
  const violations: string[] = [];
  const reports = new Map<AccountName, SweepReport[]>();
  const knowledge = new Map<AccountName, Knowledge>();
  const dead: ControllerProcess[] = [];
  let handsOn = false;
  let lastTrouble = 0;
  let fuse: Fuse | undefined;
  let ambushes: Ambush[] = [];
  let processes = 0;

  const violate = (message: string): void => {
    violations.push(message);
    records.note(`!! ${message}`);
  };

  /** Every role as it was after the last change. */
  const known = new Map<string, { readonly access: Access; readonly role: SandboxRole | undefined }>();
  /** As the controller last read a role by itself. */
  const lastRead = new Map<string, { readonly moment: number; readonly access: Access }>();
  const key = (account: AccountName, roleName: string): string => `${account}/${roleName}`;
  const roleNow = (account: AccountName, roleName: string) =>
    clouds.aws.roles(accountIds[account]).find(({ name }) => name === roleName);
  const accessNow = (account: AccountName, roleName: string): Access =>
    accessOf(roleNow(account, roleName), account, cloudNow());

  clouds.aws.onMutation(({ accountId, operation, resource: roleName }) => {
    if (roleName === undefined) return;
    const account = accountNameOf(accountId);
    const last = known.get(key(account, roleName));
    const before = last?.access ?? noAccess;
    const after = accessNow(account, roleName);
    const role = roleNow(account, roleName);
    known.set(key(account, roleName), { access: after, role });
    const place = { account, roleName };
    const moment = model.tick();
    if (handsOn) {
      records.noteEdit(place, { moment, atMs: timeline.now(), before, after });
      return;
    }
    const sweep = knowledge.get(account);
    const read = lastRead.get(key(account, roleName));
    if (sweep === undefined) {
      violate(`${operation} on ${roleName} in ${account} without any sweep`);
      return;
    }
    const write = { operation, place, before, after, read, role, roleBefore: last?.role };
    for (const { name, check } of writeInvariants) {
      const broken = check(write, { sweep, model, groupReads, records, wasFaulty: trial.wasFaulty });
      if (broken !== undefined) violate(`${name}: ${operation} on ${roleName} in ${account} ${broken}`);
    }
  });

  let readsBeganAt: number | undefined;
  let polled: { readonly fromMoment: number; readonly fromMs: number } = { fromMoment: 0, fromMs: 0 };
  let readsBeganAtMs = 0;
  let loaded: Will = will;

  const onEvent = (event: ControllerEvent): void => {
    if (event.kind === 'poll') {
      polled =
        readsBeganAt === undefined
          ? { fromMoment: model.tick(), fromMs: timeline.now() }
          : { fromMoment: readsBeganAt, fromMs: readsBeganAtMs };
      readsBeganAt = undefined;
    }
    if (event.kind !== 'sweep') return;
    const { report } = event;
    const account = report.account as AccountName;
    records.note(`sweep of ${account} ended: ${report.result} ${report.message}`);
    reports.get(account)?.push(report);
    const sweep = knowledge.get(account);
    if (sweep === undefined || report.scope !== 'access') return;
    for (const { name, check } of sweepInvariants) {
      const broken = check(account, report, sweep, trial);
      if (broken !== undefined) violate(`${name}: the sweep of ${account} ended, and ${broken}`);
    }
  };

  const begin = (): ControllerProcess => {
    processes += 1;
    records.note(`process ${processes} begins`);
    groupReads.clear();
    knowledge.clear();
    lastRead.clear();
    for (const account of accountNames) reports.set(account, []);
    readsBeganAt = undefined;
    const process = startProcess({
      number: processes,
      clouds,
      timeline,
      random,
      now: () => timeline.now() + skew.controller,
      source: (config) =>
        git.source(config, (got) => {
          loaded = got;
        }),
      onReadBegins: () => {
        if (readsBeganAt !== undefined) return;
        readsBeganAt = model.tick();
        readsBeganAtMs = timeline.now();
      },
      onSweepBegins: (name) => {
        records.note(`sweep of ${name} begins`);
        knowledge.set(name as AccountName, { will: loaded, ...polled, beganAt: model.tick() });
      },
      onRequest: (moment, kind) => {
        if (moment === 'before') {
          for (const countdown of [...ambushes, ...(fuse === undefined ? [] : [fuse])])
            if (isCounted(countdown, kind)) countdown.left -= 1;
          const due = ambushes.filter(({ left }) => left <= 0);
          ambushes = ambushes.filter(({ left }) => left > 0);
          for (const { strike } of due) strike();
        }
        if (fuse !== undefined && fuse.left <= 0 && fuse.moment === moment) process.kill();
      },
      onCrossing: (crossing) => {
        records.noteCrossing(crossing);
        const [, roleName] = /^iam (?:GetRole|GetRolePolicy) (\S+)$/.exec(crossing.what) ?? [];
        if (roleName === undefined || crossing.accountId === undefined) return;
        const account = accountNameOf(crossing.accountId);
        lastRead.set(key(account, roleName), { moment: model.tick(), access: accessNow(account, roleName) });
      },
      onEntraAnswer: groupReads.note,
      publish: onEvent,
      onDefect: (error) => {
        violate(`a defect: ${error.stack ?? error.message}`);
      },
    });
    return process;
  };

  const trial: Trial = {
    clouds,
    timeline,
    git,
    model,
    groupReads,
    records,
    skew,
    lag,
    reports,
    knowledge,
    process: () => process,
    setFuse: (next) => {
      fuse = next;
    },
    setAmbush: (ambush) => void ambushes.push(ambush),
    disarm: () => {
      fuse = undefined;
      ambushes = [];
    },
    trouble: () => {
      lastTrouble = model.tick();
    },
    lastTrouble: () => lastTrouble,
    isFaulty: false,
    wasFaulty: false,
    isClockTried: false,
    byHand: (edit) => {
      handsOn = true;
      clouds.aws.setStaleReads(0);
      try {
        edit();
      } finally {
        clouds.aws.setStaleReads(lag.aws);
        handsOn = false;
      }
    },
    restartIfDead: async () => {
      if (!process.life.aborted) return;
      dead.push(process);
      trial.disarm();
      trial.trouble();
      trial.wasFaulty = trial.isFaulty;
      trial.isClockTried = skew.controller !== skew.clouds;
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
