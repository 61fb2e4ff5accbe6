// What reporters keep of each account, apart for the two loops that sweep it: neither says anything of what the other
// looks after.

import type { SweepReport } from '../reconcile/sweep-report.ts';

type Scoped = Pick<SweepReport, 'account' | 'scope'>;

export interface ByScope<T> {
  get(of: Scoped): T | undefined;
  set(of: Scoped, value: T): void;
  /** Both scopes of an account. */
  forget(account: string): void;
  /** By account, then by scope, in the order in which they came. */
  entries(): readonly (readonly [Scoped, T])[];
}

export const createByScope = <T>(): ByScope<T> => {
  const kept = new Map<string, readonly [Scoped, T]>();
  const keyOf = ({ account, scope }: Scoped): string => `${scope} ${account}`;
  return {
    get: (of) => kept.get(keyOf(of))?.[1],
    set: (of, value) => {
      kept.set(keyOf(of), [{ account: of.account, scope: of.scope }, value]);
    },
    forget: (account) => {
      for (const scope of ['access', 'services'] as const) kept.delete(keyOf({ account, scope }));
    },
    entries: () => [...kept.values()],
  };
};
