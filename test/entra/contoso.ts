// A small tenant for the tests of the directory.

import type { AppError } from '../../src/domain/errors.ts';
import type { Reading } from '../../src/domain/reading.ts';
import type { SandboxUser } from '../../src/sandbox/world.ts';
import type { DirectoryWorld } from './in-memory-directory.ts';

/** `uuid('a', 7)` is `a0000000-0000-4000-8000-000000000007`. */
export const uuid = (digit: string, n: number): string =>
  `${digit}0000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

export const user = (n: number, change: Partial<SandboxUser> = {}): SandboxUser => ({
  id: uuid('a', n),
  userPrincipalName: `user${n}@contoso.com`,
  displayName: `User ${n}`,
  mail: `user${n}@contoso.com`,
  accountEnabled: true,
  userType: 'Member',
  ...change,
});

export const ids = {
  tenant: uuid('f', 1),
  client: uuid('e', 1),
  team: uuid('b', 1),
  outer: uuid('b', 2),
  inner: uuid('b', 3),
  empty: uuid('b', 4),
  nobody: uuid('b', 99),
  guest: uuid('a', 3),
  principal: uuid('c', 1),
  principalApp: uuid('d', 1),
} as const;

export const contoso: DirectoryWorld = {
  users: [
    user(1),
    user(2, { mail: null }),
    user(3, { userPrincipalName: 'guest_fabrikam.com#EXT#@contoso.com', userType: 'Guest' }),
    user(4),
    user(5, { accountEnabled: false }),
  ],
  groups: [
    { id: ids.team, displayName: 'Payments On-call', members: [uuid('a', 2), uuid('a', 1), ids.guest] },
    { id: ids.outer, displayName: 'Outer', members: [uuid('a', 4), ids.inner, ids.principal] },
    { id: ids.inner, displayName: 'Inner', members: [uuid('a', 5), uuid('a', 4)] },
    { id: ids.empty, displayName: 'Empty', members: [] },
  ],
  servicePrincipals: [
    { id: ids.principal, appId: ids.principalApp, displayName: 'deployer', accountEnabled: true },
  ],
};

/** The value of a reading that must be present. */
export const valueOf = <T>(reading: Reading<T> | undefined): T => {
  if (reading?.state === 'present') return reading.value;
  throw new Error(`the reading is ${describeReading(reading)}`);
};

/** The problem of a reading that must be unreadable. */
export const problemOf = (reading: Reading<unknown> | undefined): AppError => {
  if (reading?.state === 'unreadable') return reading.problem;
  throw new Error(`the reading is ${describeReading(reading)}`);
};

const describeReading = (reading: Reading<unknown> | undefined): string =>
  reading?.state === 'unreadable' ? `unreadable: ${reading.problem.message}` : (reading?.state ?? 'missing');
