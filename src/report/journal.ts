// The journal: one JSON line for every decision and every write. Who, what, before, after, why. A hold is a decision when
// it begins, when its reason changes and when it ends; what merely goes on is not told again. Documents stand as they
// were planned; for a write that was worked out anew on a fresh read, `message` says so.

import { type Change, type ChangeDetail, subjectOf } from '../domain/change.ts';
import type { Write } from '../domain/plan.ts';
import type { ControllerEvent, Outcome, SweepReport } from '../reconcile/sweep-report.ts';
import { type TrackedHold, createHoldTracker } from './held-changes.ts';
import { createKnownRoles } from './known-roles.ts';

export interface Journal {
  observe(event: ControllerEvent): void;
}

/** `write`: one call. `change`: what became of one difference. `held`, `released`: a hold began, changed, ended. */
type Entry = { readonly event: 'write' | 'change' | 'held' | 'released' } & Readonly<Record<string, unknown>>;

/** Documents as JSON, so that the journal can be searched by their parts; text that is none stays text. */
const document = (text: string | undefined): unknown => {
  if (text === undefined) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

interface BeforeAfter {
  readonly before: unknown;
  readonly after: unknown;
}

const ofDetail = (detail: ChangeDetail): BeforeAfter => {
  switch (detail.kind) {
    case 'createRole': {
      const { boundary, tags, settings } = detail;
      return { before: null, after: { boundary, tags, settings } };
    }
    case 'grant':
      return { before: detail.before ?? null, after: detail.grant };
    case 'revoke':
      return { before: detail.grant, after: detail.after ?? null };
    case 'putPermissions':
      return { before: document(detail.before), after: document(detail.after) };
    case 'stripPolicy':
      return {
        before: { policyName: detail.policyName, document: document(detail.before) },
        after: { policyName: detail.policyName, keptStatements: detail.keep },
      };
    case 'detachPolicy':
      return { before: detail.policyArn, after: null };
    case 'setBoundary':
    case 'updateSettings':
    case 'tagRole':
      return { before: detail.before ?? null, after: detail.after };
    case 'restateTrust':
    case 'deleteRole':
      return { before: null, after: null };
  }
};

const ofWrite = (write: Write): BeforeAfter => {
  switch (write.op) {
    case 'createRole':
      return { before: null, after: { ...write.role, trustDocument: document(write.role.trustDocument) } };
    case 'updateTrust':
    case 'putInlinePolicy':
      return { before: document(write.before), after: document(write.after) };
    case 'deleteInlinePolicy':
      return { before: document(write.before), after: null };
    case 'detachPolicy':
      return { before: write.policyArn, after: null };
    case 'putBoundary':
    case 'updateSettings':
    case 'tagRole':
      return { before: write.before ?? null, after: write.after };
    case 'deleteRole':
      return { before: null, after: null };
  }
};

const proofOf = (change: Change): string | null =>
  change.detail.kind === 'revoke' ? (change.detail.proof ?? null) : null;

const describeChange = (change: Change) => ({
  changeId: change.id,
  role: change.roleName,
  policy: change.policy ?? null,
  source: change.source ?? null,
  kind: change.detail.kind,
  effect: change.effect,
  class: change.driftClass,
  subject: subjectOf(change) ?? null,
  proof: proofOf(change),
  why: change.why,
  ...ofDetail(change.detail),
});

const describeError = ({ errorKind, errorCode, message }: Outcome) =>
  errorKind === undefined ? null : { kind: errorKind, code: errorCode ?? null, message };

const writeEntry = (outcome: Outcome): Entry => {
  const { write } = outcome;
  return {
    event: 'write',
    role: outcome.roleName,
    policy: write.changes[0]?.policy ?? null,
    source: write.changes[0]?.source ?? null,
    op: write.op,
    policyName: 'policyName' in write ? write.policyName : null,
    effect: write.effect,
    result: outcome.result,
    message: outcome.message,
    error: describeError(outcome),
    changeIds: write.changes.map((change) => change.id),
    ...ofWrite(write),
  };
};

const changeEntries = (outcome: Outcome): readonly Entry[] => {
  const done = new Set(outcome.carriedOut.map((change) => change.id));
  return outcome.write.changes.map((change) => ({
    event: 'change',
    ...describeChange(change),
    result: done.has(change.id) ? 'done' : outcome.result,
    message: done.has(change.id) ? '' : outcome.message,
    error: done.has(change.id) ? null : describeError(outcome),
  }));
};

const heldEntry = ({ change, hold }: TrackedHold, was: string | null): Entry => ({
  event: 'held',
  ...describeChange(change),
  result: 'held',
  hold: { reason: hold.reason, message: hold.message, was },
});

const releasedEntry = ({ change, hold, sinceMs }: TrackedHold, how: string): Entry => ({
  event: 'released',
  ...describeChange(change),
  result: how,
  hold: { reason: hold.reason, since: new Date(sinceMs).toISOString() },
});

/** `write` gets one line of JSON at a time, without the newline. */
export const createJournal = (write: (line: string) => void): Journal => {
  const knownRoles = createKnownRoles();
  const holds = createHoldTracker();

  const observeSweep = (report: SweepReport): void => {
    const tell = (atMs: number, { event, ...entry }: Entry): void => {
      const { account, accountId, policyRevision, trigger } = report;
      const time = new Date(atMs).toISOString();
      write(JSON.stringify({ time, event, account, accountId, policyRevision, trigger, ...entry }));
    };
    const decidedMs = report.plan.atMs;
    const { begun, changed, ended } = holds.observe(report, knownRoles.observe(report));
    for (const one of ended) tell(decidedMs, releasedEntry(one, one.how));
    for (const one of begun) tell(decidedMs, heldEntry(one, null));
    for (const one of changed) tell(decidedMs, heldEntry(one, one.was));
    for (const outcome of report.outcomes) {
      for (const entry of changeEntries(outcome)) tell(outcome.atMs, entry);
      tell(outcome.atMs, writeEntry(outcome));
    }
  };

  return {
    observe: (event) => {
      if (event.kind === 'sweep') observeSweep(event.report);
      if (event.kind === 'accountRemoved') {
        knownRoles.forget(event.account);
        holds.forget(event.account);
      }
    },
  };
};
