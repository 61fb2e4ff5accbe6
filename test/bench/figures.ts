// What the benchmark found, and the arithmetic on it.

import type { Requests } from './cloud-process.ts';
import type { LookAtLeavers } from './leavers.ts';
import type { Cost } from './measured.ts';

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
};

/** One process: its first run, and those after it. */
export interface Runs {
  readonly cold: Cost;
  readonly warm: readonly Cost[];
}

export interface Summary {
  readonly coldWallMs: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Of the process that had most. */
  readonly peakRssMb: number;
}

export const summaryOf = (processes: readonly Runs[]): Summary => {
  const warm = processes.flatMap((one) => one.warm);
  return {
    coldWallMs: median(processes.map(({ cold }) => cold.wallMs)),
    wallMs: median(warm.map(({ wallMs }) => wallMs)),
    cpuMs: median(warm.map(({ cpuMs }) => cpuMs)),
    peakRssMb: Math.max(...[...warm, ...processes.map(({ cold }) => cold)].map(({ peakRssMb }) => peakRssMb)),
  };
};

/** Bare read and sweep of one size, taken in turn. */
export interface SweepFigures {
  readonly roles: number;
  readonly bare: Summary;
  readonly sweep: Summary;
  /** The most that any bare read and any sweep asked; the first sweep of a process also asks STS who it is. */
  readonly bareRequests: number;
  readonly sweepRequests: number;
  /** Of the medians of the warm runs of one round, the median over the rounds. */
  readonly ratio: number;
}

const wallOf = ({ warm }: Runs): number => median(warm.map(({ wallMs }) => wallMs));

export const ratioOf = (rounds: readonly { readonly bare: Runs; readonly sweep: Runs }[]): number =>
  median(rounds.map(({ bare, sweep }) => wallOf(sweep) / wallOf(bare)));

export interface PollFigures {
  readonly groups: number;
  readonly requests: Requests;
  readonly cost: Cost;
}

/** One person added to one group. Times in milliseconds. */
export interface ChangeFigures {
  readonly pollIntervalMs: number;
  /** From the change until the write was acknowledged. */
  readonly requests: Requests;
  /** IAM writes until the sweep after it found nothing to do. */
  readonly writes: number;
  readonly fromChangeMs: number;
  /** From the start of the poll that saw it. */
  readonly fromPollMs: number;
}

/** Many people disabled at once. Times in milliseconds. */
export interface LeaverFigures extends LookAtLeavers {
  readonly people: number;
  readonly roles: number;
  readonly latencyMs: number;
  readonly writeLimit: { readonly perSecond: number; readonly burst: number };
  /** Sweeps that wrote. */
  readonly sweeps: number;
  /** Writes that did not go through, and were planned again. */
  readonly failed: number;
  /** From the start of the poll that saw them until the last was out: deny and trust policy written and read back. */
  readonly fromPollMs: number;
}

/** What Prometheus asks for. Times in milliseconds, medians. */
export interface ScrapeFigures {
  readonly policies: number;
  readonly isFirstDay: boolean;
  readonly samples: number;
  readonly bytes: number;
  readonly sweepMs: number;
  /** The first after a sweep. */
  readonly firstMs: number;
  readonly laterMs: number;
}

/** What the writes take if nothing but IAM's rate holds them up. */
export const writesAloneMs = ({ writes, writeLimit }: LeaverFigures): number =>
  (Math.max(0, writes - writeLimit.burst) / writeLimit.perSecond) * 1_000;

/** What was not measured is not there. */
export interface Figures {
  readonly sweeps: readonly SweepFigures[];
  readonly poll: PollFigures | undefined;
  readonly changes: readonly ChangeFigures[];
  readonly leavers: LeaverFigures | undefined;
  readonly scrapes: readonly ScrapeFigures[];
}

/** How much faster than the number of roles the time grows; 1 is linear. undefined without both sizes. */
export const growthOf = (
  sweeps: readonly SweepFigures[],
  kind: 'bare' | 'sweep',
  [small, large]: readonly [number, number],
): number | undefined => {
  const at = (roles: number): number | undefined => sweeps.find((one) => one.roles === roles)?.[kind].wallMs;
  const [from, to] = [at(small), at(large)];
  return from === undefined || to === undefined ? undefined : to / from / (large / small);
};
