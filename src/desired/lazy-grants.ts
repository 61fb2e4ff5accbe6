// The grants of a role, worked out anew at each look and kept by nobody: an account has hundreds of thousands of them,
// and they are needed one role at a time.

import { type TrustGrant, grantKey } from '../domain/trust-grants.ts';

/** By `grantKey`. A class, because thousands of roles each hold one. */
export class LazyGrants implements ReadonlyMap<string, TrustGrant> {
  readonly #list: () => readonly TrustGrant[];

  constructor(list: () => readonly TrustGrant[]) {
    this.#list = list;
  }

  #all(): ReadonlyMap<string, TrustGrant> {
    return new Map(this.#list().map((grant) => [grantKey(grant), grant]));
  }

  get size(): number {
    return this.#all().size;
  }

  has(key: string): boolean {
    return this.#all().has(key);
  }

  get(key: string): TrustGrant | undefined {
    return this.#all().get(key);
  }

  keys(): MapIterator<string> {
    return this.#all().keys();
  }

  /** Keys cost more than the grants themselves, so this does without (and may give one twice). */
  values(): MapIterator<TrustGrant> {
    return this.#list().values();
  }

  entries(): MapIterator<[string, TrustGrant]> {
    return this.#all().entries();
  }

  forEach(
    visit: (grant: TrustGrant, key: string, all: ReadonlyMap<string, TrustGrant>) => void,
    thisArgument?: unknown,
  ): void {
    this.#all().forEach(visit, thisArgument);
  }

  [Symbol.iterator](): MapIterator<[string, TrustGrant]> {
    return this.entries();
  }
}
