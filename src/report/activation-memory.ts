// Which activation gave somebody her access. Once it is over Entra shows it no more, so whoever tells of its end has to
// remember it; after a restart that is only known again while it lasts.

import { type Change, objectKey, subjectOf } from '../domain/change.ts';
import type { Activation } from '../domain/directory.ts';
import type { SweepReport } from '../reconcile/sweep-report.ts';
import { createByScope } from './by-scope.ts';
import type { KnownObject } from './known-objects.ts';

export interface ActivationMemory {
  /** Fed with what `KnownObjects` says of every sweep, in order. */
  observe(report: SweepReport, objects: readonly KnownObject[]): void;
  /** Of the person whom a change of that sweep concerns. */
  of(scope: Pick<SweepReport, 'account' | 'scope'>, change: Change): Activation | undefined;
  forget(account: string): void;
}

/** By sub. */
type Activations = ReadonlyMap<string, Activation>;

const none: Activations = new Map();

/** Those that last; and those of people whose leaving is not told to its end yet. */
const activationsOf = ({ planned, found }: KnownObject, before: Activations): Activations => {
  if (planned.object !== 'Role') return none;
  const leaving = new Set(found.flatMap(({ change }) => subjectOf(change) ?? []));
  const kept = [...before].filter(([sub]) => leaving.has(sub));
  // An activation always has an end, and looking through everybody costs something.
  const lasting =
    planned.ends.size === 0
      ? []
      : planned
          .admitted()
          .flatMap(({ sub, activation }) => (activation === undefined ? [] : [[sub, activation] as const]));
  return kept.length + lasting.length === 0 ? none : new Map([...kept, ...lasting]);
};

export const createActivationMemory = (): ActivationMemory => {
  const memories = createByScope<ReadonlyMap<string, Activations>>();
  return {
    observe: (report, objects) => {
      const before = memories.get(report);
      memories.set(
        report,
        new Map(
          objects.flatMap((known) => {
            const key = objectKey(known.planned);
            const activations = activationsOf(known, before?.get(key) ?? none);
            return activations.size === 0 ? [] : [[key, activations] as const];
          }),
        ),
      );
    },
    of: (scope, change) => {
      const sub = subjectOf(change);
      return sub === undefined ? undefined : memories.get(scope)?.get(objectKey(change))?.get(sub);
    },
    forget: (account) => {
      memories.forget(account);
    },
  };
};
