// What is known of the roles and services of an account over time. One that cannot be judged just now keeps what the last
// sweep that could judge it found: drift does not end, and no hold is over, because something could not be read.

import { type Change, objectKey, subjectOf } from '../domain/change.ts';
import { type HeldChange, type PlannedRole, type PlannedService, objectsOf } from '../domain/plan.ts';
import type { SweepReport } from '../reconcile/sweep-report.ts';
import { createByScope } from './by-scope.ts';
import { deniesIn } from '../domain/denies.ts';
import { deniesWritten } from '../reconcile/written-denies.ts';
import { type Fullness, permissionsSize } from './outlook.ts';

export interface FoundChange {
  readonly change: Change;
  /** Milliseconds since the epoch: the first sweep that found it, while it lasted. */
  readonly sinceMs: number;
}

export interface KnownObject {
  /** The newest answer. */
  readonly planned: PlannedRole | PlannedService;
  /** All differences, applied and held; while it is unknown, those that were left when it last was not. */
  readonly found: readonly FoundChange[];
  readonly held: readonly HeldChange[];
  /** What there is of a role in AWS; undefined until it was first known, and for services. */
  readonly role: KnownRole | undefined;
  /** What people recognise of those whom changes and denies of a role concern, also of those who left; by sub. */
  readonly names: ReadonlyMap<string, string>;
}

export interface KnownRole {
  /** How full its trust policy would be with everyone in. */
  readonly trustChars: number;
  /** Of its permissions with nothing held. */
  readonly permissions: Fullness | undefined;
  /** The document of its denies after the sweep; undefined: there is none. */
  readonly denies: string | undefined;
  /** Milliseconds since the epoch; undefined: not told. */
  readonly lastUsedAtMs: number | undefined;
}

export interface KnownObjects {
  /** Whoever asks of the newest report again is told the same. */
  observe(report: SweepReport): readonly KnownObject[];
  forget(account: string): void;
}

/** What the last sweep of an account left. */
interface LastSweep {
  readonly report: SweepReport;
  readonly memories: ReadonlyMap<string, Memory>;
}

interface Memory {
  readonly known: KnownObject;
  /** What the sweep found and did not carry out, by change id. */
  readonly left: ReadonlyMap<string, FoundChange>;
}

/** Ids of the changes that the sweep carried out. */
export const carriedOutIn = (report: SweepReport): ReadonlySet<string> =>
  new Set(report.outcomes.flatMap((outcome) => outcome.carriedOut.map((change) => change.id)));

const nameless: ReadonlyMap<string, string> = new Map();
// Mostly there is nothing, and of thousands of roles each would hold an empty list, or map.
const nothingFound: readonly FoundChange[] = [];
const nothing: ReadonlyMap<string, FoundChange> = new Map();

/** Who has left is named by the last sweep that knew her. */
const namesFor = (
  planned: PlannedRole | PlannedService,
  found: readonly FoundChange[],
  denies: string | undefined,
  before: KnownObject | undefined,
): ReadonlyMap<string, string> => {
  if (planned.object !== 'Role') return nameless;
  const subs = new Set([
    ...found.flatMap(({ change }) => subjectOf(change) ?? []),
    ...(denies === undefined ? [] : deniesIn(denies).outs.keys()),
  ]);
  if (subs.size === 0) return nameless;
  const known = new Map(planned.names);
  for (const { sub, label } of planned.admitted()) known.set(sub, label);
  for (const [sub, name] of before?.names ?? []) if (!known.has(sub)) known.set(sub, name);
  const isMissing = [...subs].some((sub) => !known.has(sub));
  if (isMissing && before?.planned.object === 'Role')
    for (const { sub, label } of before.planned.admitted()) if (!known.has(sub)) known.set(sub, label);
  return new Map(
    [...subs].flatMap((sub) => {
      const name = known.get(sub);
      return name === undefined ? [] : [[sub, name] as const];
    }),
  );
};

const judged = (
  planned: PlannedRole | PlannedService,
  before: Memory | undefined,
  atMs: number,
  written: ReadonlyMap<string, string | undefined>,
): KnownObject => {
  const differences = [...planned.apply, ...planned.held.map(({ change }) => change)];
  const found =
    differences.length === 0
      ? nothingFound
      : differences.map((change) => ({
          change,
          sinceMs: before?.left.get(change.id)?.sinceMs ?? atMs,
        }));
  const isRole = planned.object === 'Role';
  const denies = isRole
    ? written.has(planned.name)
      ? written.get(planned.name)
      : planned.denies
    : undefined;
  return {
    planned,
    found,
    held: planned.held,
    role: isRole
      ? {
          trustChars: planned.trustChars,
          permissions: permissionsSize(planned),
          denies,
          lastUsedAtMs: planned.lastUsedAtMs,
        }
      : undefined,
    names: namesFor(planned, found, denies, before?.known),
  };
};

const unjudged = (planned: PlannedRole | PlannedService, before: Memory | undefined): KnownObject => ({
  planned,
  found: [...(before?.left.values() ?? [])],
  held: before?.known.held ?? [],
  role: before?.known.role,
  names: before?.known.names ?? nameless,
});

const remember = (known: KnownObject, carriedOut: ReadonlySet<string>): Memory => ({
  known,
  left:
    known.found.length === 0
      ? nothing
      : new Map(
          known.found.filter(({ change }) => !carriedOut.has(change.id)).map((one) => [one.change.id, one]),
        ),
});

/** Roles whose policy is gone are not in the plan of an account that could not be observed. */
const missingFrom = (
  report: SweepReport,
  before: ReadonlyMap<string, Memory>,
): readonly (PlannedRole | PlannedService)[] => {
  if (report.result !== 'unreadable') return [];
  const planned = new Set(objectsOf(report.plan).map(objectKey));
  return [...before]
    .filter(([key]) => !planned.has(key))
    .map(([, { known }]) => ({
      ...known.planned,
      state: 'unknown',
      unknownBecause: report.message,
      apply: [],
      writes: [],
      held: [],
    }));
};

/** One for all reporters: each feeds it every sweep, in order, and is answered with its roles and services in the plan's order. */
export const createKnownObjects = (): KnownObjects => {
  const sweeps = createByScope<LastSweep>();
  const knownIn = (memories: LastSweep['memories']) => [...memories.values()].map(({ known }) => known);
  return {
    observe: (report) => {
      const last = sweeps.get(report);
      if (last?.report === report) return knownIn(last.memories);
      const before = last?.memories ?? new Map<string, Memory>();
      const carriedOut = carriedOutIn(report);
      const written = deniesWritten(report.outcomes);
      const after = new Map<string, Memory>();
      for (const planned of [...objectsOf(report.plan), ...missingFrom(report, before)]) {
        const key = objectKey(planned);
        const memory = before.get(key);
        const known =
          planned.state === 'unknown'
            ? unjudged(planned, memory)
            : judged(planned, memory, report.plan.atMs, written);
        after.set(key, remember(known, carriedOut));
      }
      sweeps.set(report, { report, memories: after });
      return knownIn(after);
    },
    forget: (account) => {
      sweeps.forget(account);
    },
  };
};
