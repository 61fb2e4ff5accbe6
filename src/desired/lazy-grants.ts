// The grants of a role, worked out anew at each look and kept by nobody: an account has hundreds of thousands of them,
// and they are needed one role at a time.

import { type TrustGrant, grantKey } from '../domain/trust-grants.ts';

/** By `grantKey`. Keys cost more than the grants themselves, so `values` does without (and may give one twice). */
export const lazyGrants = (list: () => readonly TrustGrant[]): ReadonlyMap<string, TrustGrant> => {
  const all = (): Map<string, TrustGrant> => new Map(list().map((grant) => [grantKey(grant), grant]));
  return {
    get size() {
      return all().size;
    },
    has: (key) => all().has(key),
    get: (key) => all().get(key),
    keys: () => all().keys(),
    values: () => list().values(),
    entries: () => all().entries(),
    forEach: (visit, thisArgument) => {
      all().forEach(visit, thisArgument);
    },
    [Symbol.iterator]: () => all().entries(),
  };
};
