// The journal: one JSON line for every decision and every write. Who, what, before, after, why. A hold is a decision when
// it begins, when its reason changes and when it ends; what merely goes on is not told again. Documents stand as they
// were planned; for a write that was worked out anew on a fresh read, `message` says so.

import { type Change, objectKey, subjectOf } from '../domain/change.ts';
import { objectsOf } from '../domain/plan.ts';
import type { ControllerEvent, Outcome, ShellOutcome, SweepReport } from '../reconcile/sweep-report.ts';
import { createActivationMemory } from './activation-memory.ts';
import { activationRecord, changeRecord, whatAndWhose, writeRecord } from './change-record.ts';
import { type TrackedHold, createHoldTracker } from './held-changes.ts';
import { type KnownObject, type KnownObjects, createKnownObjects } from './known-objects.ts';

export interface Journal {
  observe(event: ControllerEvent): void;
}

/**
 * `write`: one call. `change`: what became of one difference. `held`, `released`: a hold began, changed, ended. `shell`: an
 * open shell of somebody who was put out.
 */
type Entry = { readonly event: 'write' | 'change' | 'held' | 'released' | 'shell' } & Readonly<
  Record<string, unknown>
>;

/** A line of the journal as it is written; what else is in it depends on the event. */
export type JournalEntry = Entry & { readonly time: string; readonly account: string };

const describeError = ({ errorKind, errorCode, message }: Outcome) =>
  errorKind === undefined ? null : { kind: errorKind, code: errorCode ?? null, message };

/** Calls that only prepare for others carry out no change themselves; whose they are stands in the plan. */
const ownerIn = ({ write, object, name }: Outcome, { plan }: SweepReport) =>
  write.changes[0] ?? objectsOf(plan).find((one) => one.object === object && one.name === name);

const writeEntry = (outcome: Outcome, report: SweepReport): Entry => {
  const { owner, source } = ownerIn(outcome, report) ?? {};
  return {
    event: 'write',
    ...whatAndWhose({ ...outcome, owner }),
    source: source ?? null,
    result: outcome.result,
    message: outcome.message,
    error: describeError(outcome),
    ...writeRecord(outcome.write, outcome.written),
  };
};

/** What is known of the person whom a change concerns; all null for a change that concerns no one in particular. */
type PersonRecord = (change: Change) => {
  readonly label: string | null;
  readonly isBreakGlass: boolean | null;
  readonly activation: ReturnType<typeof activationRecord>;
};

const changeEntries = (outcome: Outcome, person: PersonRecord): readonly Entry[] => {
  const done = new Set(outcome.carriedOut.map((change) => change.id));
  return outcome.write.changes.map((change) => ({
    event: 'change',
    ...changeRecord(change),
    ...person(change),
    result: done.has(change.id) ? 'done' : outcome.result,
    message: done.has(change.id) ? '' : outcome.message,
    error: done.has(change.id) ? null : describeError(outcome),
  }));
};

const shellEntry = ({ session, roleName, sub, result, stoppedTask, message }: ShellOutcome): Entry => ({
  event: 'shell',
  role: roleName,
  subject: sub,
  result,
  message,
  stoppedTask,
  session: { ...session, startedAt: new Date(session.startedAtMs).toISOString() },
});

const heldEntry = ({ change, hold }: TrackedHold, was: string | null, person: PersonRecord): Entry => ({
  event: 'held',
  ...changeRecord(change),
  ...person(change),
  result: 'held',
  hold: { reason: hold.reason, message: hold.message, was },
});

const releasedEntry = ({ change, hold, sinceMs }: TrackedHold, how: string, person: PersonRecord): Entry => ({
  event: 'released',
  ...changeRecord(change),
  ...person(change),
  result: how,
  hold: { reason: hold.reason, since: new Date(sinceMs).toISOString() },
});

/** `write` gets one line of JSON at a time, without the newline, and what is in it. */
export const createJournal = (
  write: (line: string, entry: JournalEntry) => void,
  knownObjects: KnownObjects = createKnownObjects(),
): Journal => {
  const holds = createHoldTracker();
  const activations = createActivationMemory();

  const personIn = (report: SweepReport, objects: readonly KnownObject[]): PersonRecord => {
    const known = new Map(objects.map((one) => [objectKey(one.planned), one]));
    return (change) => {
      const sub = subjectOf(change);
      const of = known.get(objectKey(change));
      if (sub === undefined) return { label: null, isBreakGlass: null, activation: null };
      const isBreakGlass = of?.planned.object === 'Role' && of.planned.breakGlass.has(sub);
      const activation = activationRecord(activations.of(report, change));
      return { label: of?.names.get(sub) ?? null, isBreakGlass, activation };
    };
  };

  const observeSweep = (report: SweepReport): void => {
    const tell = (atMs: number, { event, ...entry }: Entry): void => {
      const { account, accountId, policyRevision, policyCommit = null, trigger } = report;
      const time = new Date(atMs).toISOString();
      const of = { account, accountId, policyRevision, policyCommit, trigger };
      const whole = { time, event, ...of, ...entry };
      write(JSON.stringify(whole), whole);
    };
    const decidedMs = report.plan.atMs;
    const objects = knownObjects.observe(report);
    activations.observe(report, objects);
    const person = personIn(report, objects);
    const { begun, changed, ended } = holds.observe(report, objects);
    for (const one of ended) tell(decidedMs, releasedEntry(one, one.how, person));
    for (const one of begun) tell(decidedMs, heldEntry(one, null, person));
    for (const one of changed) tell(decidedMs, heldEntry(one, one.was, person));
    for (const outcome of report.outcomes) {
      for (const entry of changeEntries(outcome, person)) tell(outcome.atMs, entry);
      tell(outcome.atMs, writeEntry(outcome, report));
    }
    for (const shell of report.shells.ended) tell(shell.atMs, shellEntry(shell));
  };

  return {
    observe: (event) => {
      if (event.kind === 'sweep') observeSweep(event.report);
      if (event.kind === 'accountRemoved') {
        knownObjects.forget(event.account);
        holds.forget(event.account);
        activations.forget(event.account);
      }
    },
  };
};
