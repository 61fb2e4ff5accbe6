// What `run --once --output json` prints: how the sweep of each account ended, for pipelines.

import { type HoldReason, hasUnread, objectsOf } from '../domain/plan.ts';
import { compareText } from '../domain/statement.ts';
import type { Loaded } from '../reconcile/run-once.ts';
import type { Outcome, OutcomeResult, SweepReport } from '../reconcile/sweep-report.ts';

export interface AccountResult {
  readonly account: string;
  readonly accountId: string;
  /** The worse of both halves: what people enter, and what runs in ECS. */
  readonly result: SweepReport['result'];
  /** What is wrong, and what to do; empty when nothing is. */
  readonly message: string;
  readonly writes: Readonly<Record<OutcomeResult, number>>;
  /** Changes that wait, by reason. */
  readonly held: Readonly<Partial<Record<HoldReason, number>>>;
  /** Whether anything could not be read, so that nothing is known of it. */
  readonly unread: boolean;
}

export interface OnceResult {
  readonly schemaVersion: 1;
  readonly at: string;
  /** Everything was read and written: the exit code is 0. */
  readonly whole: boolean;
  readonly policyProblems: readonly string[];
  /** The first thing in Entra that could not be read; empty: all was. */
  readonly entraProblem: string;
  readonly accounts: readonly AccountResult[];
}

const worst: readonly SweepReport['result'][] = ['unreadable', 'incomplete', 'ok'];

const countResults = (outcomes: readonly Outcome[]): AccountResult['writes'] => {
  const count = (wanted: OutcomeResult): number => outcomes.filter(({ result }) => result === wanted).length;
  return { done: count('done'), failed: count('failed'), dropped: count('dropped') };
};

const heldIn = (reports: readonly SweepReport[]): AccountResult['held'] => {
  const reasons = reports
    .flatMap(({ plan }) => objectsOf(plan))
    .flatMap(({ held }) => held.map(({ hold }) => hold.reason))
    .sort(compareText);
  const counts: Partial<Record<HoldReason, number>> = {};
  for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
};

const ofAccount = (reports: readonly SweepReport[], first: SweepReport): AccountResult => ({
  account: first.account,
  accountId: first.accountId,
  result: worst.find((result) => reports.some((report) => report.result === result)) ?? 'ok',
  message: reports.map(({ message }) => message).find((message) => message !== '') ?? '',
  writes: countResults(reports.flatMap(({ outcomes }) => outcomes)),
  held: heldIn(reports),
  unread: reports.some(({ plan }) => hasUnread(plan)),
});

export const onceResult = (loaded: Loaded, reports: readonly SweepReport[], atMs: number): OnceResult => {
  const byAccount = new Map<string, SweepReport[]>();
  for (const report of reports)
    byAccount.set(report.account, [...(byAccount.get(report.account) ?? []), report]);
  const accounts = [...byAccount.values()]
    .flatMap((own) => own.slice(0, 1).map((first) => ofAccount(own, first)))
    .sort((a, b) => compareText(a.account, b.account));
  return {
    schemaVersion: 1,
    at: new Date(atMs).toISOString(),
    whole:
      accounts.every(({ result, unread }) => result === 'ok' && !unread) &&
      loaded.policies.errors === 0 &&
      loaded.poll.message === '',
    policyProblems: loaded.policies.messages,
    entraProblem: loaded.poll.message,
    accounts,
  };
};
