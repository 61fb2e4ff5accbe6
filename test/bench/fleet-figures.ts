// What was found of the program over many accounts, and the arithmetic on it.

import { median } from './figures.ts';
import type { SpreadFigures } from './spread.ts';

/** A while in which the program was left alone. */
export interface IdleWindow {
  readonly lastedMs: number;
  readonly cpuMs: number;
  readonly medianRssMb: number;
  readonly peakRssMb: number;
  readonly awsRequests: number;
  readonly graphRequests: number;
}

export interface IdleFigures {
  readonly accounts: number;
  readonly roles: number;
  readonly groups: number;
  readonly pollIntervalMs: number;
  /** No sweep was scheduled. */
  readonly polls: IdleWindow;
  /** Another process: one each minute. */
  readonly sweeps: IdleWindow;
  readonly sweepsMade: number;
  /** Of the first process, since its start. */
  readonly highestRssMb: number;
}

export const sweepIntervalMs = 300_000;

/** Shares of a core. */
export const pollsShare = ({ polls }: IdleFigures): number => polls.cpuMs / polls.lastedMs;

/** What a sweep of all accounts takes, beyond the polls of the same time. */
export const sweepCpuMs = (idle: IdleFigures): number =>
  (idle.sweeps.cpuMs - pollsShare(idle) * idle.sweeps.lastedMs) / idle.sweepsMade;

export const withSweepsShare = (idle: IdleFigures): number =>
  pollsShare(idle) + sweepCpuMs(idle) / sweepIntervalMs;

export interface StartFigures {
  readonly accounts: number;
  readonly roles: number;
  readonly times: number;
  /** From the start of the process until the last account was swept: the median, and the slowest. */
  readonly ms: number;
  readonly slowestMs: number;
}

export interface Takeover {
  readonly accounts: number;
  /** From the kill until the last account was swept by another. */
  readonly ms: number;
  /** From the first of these sweeps until the end of the last. */
  readonly sweepsMs: number;
}

export interface ReplicaFigures {
  /** Of each replica. */
  readonly accounts: readonly number[];
  readonly spread: SpreadFigures;
  readonly leaseMs: number;
  readonly roles: number;
  readonly takeovers: readonly Takeover[];
}

export const mostByMean = ({ accounts }: ReplicaFigures): number =>
  Math.max(...accounts) / (accounts.reduce((sum, one) => sum + one, 0) / accounts.length);

export const takeoverMs = ({ takeovers }: ReplicaFigures): number => median(takeovers.map(({ ms }) => ms));
export const takeoverSweepsMs = ({ takeovers }: ReplicaFigures): number =>
  median(takeovers.map(({ sweepsMs }) => sweepsMs));

/** What was not measured is not there. */
export interface FleetFigures {
  readonly idle: IdleFigures | undefined;
  readonly starts: readonly StartFigures[];
  readonly replicas: ReplicaFigures | undefined;
}
