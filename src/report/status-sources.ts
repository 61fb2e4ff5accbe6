// Policies and Entra in the status document: what was read, when, and what is wrong.

import { type Commit, type Lockout, lockoutsInForce } from '../domain/policy.ts';
import { compareText } from '../domain/statement.ts';
import type { ControllerEvent, PoliciesReport, PollReport } from '../reconcile/sweep-report.ts';
import { readSomething } from './source-figures.ts';
import type { EntraSource, LockoutStatus, PoliciesSource, StatusDocument } from './status-document.ts';

export interface SourceStatus {
  observe(event: ControllerEvent): void;
  describe(nowMs: number): StatusDocument['sources'];
  /** Those in force, by name. */
  lockouts(nowMs: number, labelOf: (person: string) => string | undefined): readonly LockoutStatus[];
}

const iso = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());
const ageSeconds = (ms: number | undefined, nowMs: number): number | null =>
  ms === undefined ? null : Math.round((nowMs - ms) / 1_000);
const nothingRead = { present: 0, absent: 0, unreadable: 0 };

const inForce = (newest: PoliciesReport | undefined, nowMs: number): readonly Lockout[] =>
  newest === undefined ? [] : lockoutsInForce(newest, nowMs);

const describeLockout = (
  { meta, person, userPrincipalName, untilMs, reason }: Lockout,
  label: string | undefined,
): LockoutStatus => ({
  name: meta.name,
  person,
  label: userPrincipalName ?? label ?? null,
  until: new Date(untilMs).toISOString(),
  reason,
  source: { file: meta.source.file, line: meta.source.line },
});

const describeCommit = (commit: Commit | undefined): PoliciesSource['commit'] =>
  commit === undefined ? null : { id: commit.id, committedAt: new Date(commit.committedAtMs).toISOString() };

const describePolicies = (
  newest: PoliciesReport | undefined,
  good: PoliciesReport | undefined,
  nowMs: number,
): PoliciesSource => ({
  revision: good?.revision ?? null,
  commit: describeCommit(good?.commit),
  isReadable: newest?.revision !== undefined,
  isComplete: newest?.isComplete ?? false,
  policies: newest?.policies ?? 0,
  bindings: newest?.bindings ?? 0,
  lockouts: inForce(newest, nowMs).length,
  accounts: newest?.accounts ?? 0,
  errors: newest?.errors ?? 0,
  warnings: newest?.warnings ?? 0,
  messages: newest?.messages ?? [],
  triedAt: iso(newest?.atMs),
  readAt: iso(good?.atMs),
  ageSeconds: ageSeconds(good?.atMs, nowMs),
});

const describeEntra = (
  newest: PollReport | undefined,
  good: PollReport | undefined,
  nowMs: number,
): EntraSource => ({
  groups: newest?.groups ?? nothingRead,
  servicePrincipals: newest?.servicePrincipals ?? nothingRead,
  assignments: newest?.assignments ?? nothingRead,
  message: newest?.message ?? '',
  durationMs: newest?.durationMs ?? null,
  triedAt: iso(newest?.atMs),
  readAt: iso(good?.atMs),
  ageSeconds: ageSeconds(good?.atMs, nowMs),
});

export const createSourceStatus = (): SourceStatus => {
  let load: PoliciesReport | undefined;
  let goodLoad: PoliciesReport | undefined;
  let poll: PollReport | undefined;
  let goodPoll: PollReport | undefined;
  return {
    observe: (event) => {
      if (event.kind === 'policies') {
        load = event.report;
        if (load.revision !== undefined) goodLoad = load;
      } else if (event.kind === 'poll') {
        poll = event.report;
        if (readSomething(poll)) goodPoll = poll;
      }
    },
    describe: (nowMs) => ({
      policies: describePolicies(load, goodLoad, nowMs),
      entra: describeEntra(poll, goodPoll, nowMs),
    }),
    lockouts: (nowMs, labelOf) =>
      inForce(load, nowMs)
        .map((lockout) => describeLockout(lockout, labelOf(lockout.person)))
        .sort((a, b) => compareText(a.name, b.name)),
  };
};
