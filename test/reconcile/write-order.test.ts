// Which roles are written first where the budget lets few writes through: whoever has to leave comes before all else, and
// first of all whoever should have been out since the last sweep.

import { beforeEach, expect, it } from 'vitest';
import { writeBudget } from '../../src/aws/write-budget.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { AccessPolicy } from '../../src/domain/policy.ts';
import type { IamPort } from '../../src/domain/ports.ts';
import { present } from '../../src/domain/reading.ts';
import type { InMemoryIam } from '../aws/in-memory-iam.ts';
import type { ManualClock } from '../aws/manual-clock.ts';
import { accessPolicy, account, controllerConfig, groupIds, meta, person, policySet } from '../builders.ts';
import { type Harness, startHarness } from './harness.ts';

const minute = 60_000;
const policyNamed = (name: string, more: Partial<Omit<AccessPolicy, 'role'>> = {}): AccessPolicy =>
  accessPolicy({ meta: meta(name), role: { name }, ...more });
const numbered = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `role-${String(index + 1).padStart(2, '0')}`);

/** One write a second, first come first served; IAM refuses those of some roles. */
const slowIam =
  (refused: ReadonlySet<string>) =>
  (iam: InMemoryIam, clock: ManualClock): IamPort => {
    const budget = writeBudget({ ratePerSecond: 1, burst: 1, clock, sleep: clock.sleep });
    return {
      ...iam,
      putInlinePolicy: async (name, policy, document, signal) => {
        await budget.take(signal);
        if (refused.has(name)) throw new AppError('transient', 'IAM is unavailable');
        await iam.putInlinePolicy(name, policy, document, signal);
        written.push([name, clock.now()]);
      },
      updateTrust: async (name, document, signal) => {
        await budget.take(signal);
        await iam.updateTrust(name, document, signal);
        written.push([name, clock.now()]);
      },
    };
  };

const written: [role: string, atMs: number][] = [];
/** Roles in the order of their first writes, since the last look. */
const order = (): readonly string[] => [...new Set(written.splice(0).map(([name]) => name))];

/** One of them ends by itself after a while. */
const endsAtMs = Date.UTC(2026, 0, 1, 0, 20);
const twenty = numbered(20).map((name) =>
  policyNamed(name, name === 'role-12' ? { expiresAtMs: endsAtMs } : {}),
);

let harness: Harness;
let refused: Set<string>;
const become = (policies: readonly AccessPolicy[]): void => {
  harness.setPolicies(present(policySet({ configs: [controllerConfig()], accounts: [account()], policies })));
};
const leave = (n: number): void => {
  harness.directory.removeMember(groupIds.oncall, person(n).id);
};
beforeEach(async () => {
  refused = new Set();
  harness = startHarness({
    members: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    policies: twenty,
    throughIam: slowIam(refused),
  });
  await harness.sweep();
  harness.clock.advance(minute);
  order();
});

const others = (...not: readonly string[]): readonly string[] =>
  numbered(20).filter((name) => !not.includes(name));

it('roles that take access away come before those that only give some', async () => {
  become([...numbered(3), 'aaa', 'bbb'].map((name) => policyNamed(name)));
  leave(10);
  await harness.sweep();
  expect(order().slice(-2)).toEqual(['aaa', 'bbb']);
});

it('what failed last time comes first of all, even before what is proven', async () => {
  leave(10);
  refused.add('role-15').add('role-18');
  expect((await harness.sweep()).result).toBe('incomplete');
  expect(order()).toEqual(others('role-15', 'role-18'));
  harness.clock.advance(endsAtMs - harness.clock.now());
  refused.clear();
  leave(9);
  become([policyNamed('aaa'), ...twenty]);
  const beganMs = harness.clock.now();
  await harness.sweep();
  const firstMs = written.find(([name]) => name === 'role-15')?.[1] ?? 0;
  expect(order()).toEqual([
    'role-15',
    'role-18',
    'role-12',
    ...others('role-12', 'role-15', 'role-18'),
    'aaa',
  ]);
  expect(firstMs - beganMs).toBe(0);
});

it('and has no precedence any more once it went through', async () => {
  leave(10);
  refused.add('role-15');
  await harness.sweep();
  refused.clear();
  await harness.sweep();
  order();
  harness.clock.advance(minute);
  leave(9);
  await harness.sweep();
  expect(order()).toEqual(numbered(20));
});
