// Writes that meet another role than the one that was planned for: what is told of them is what was really written.

import { beforeEach, describe, expect, it } from 'vitest';
import { type DenyEdit, editDenies, noDenies, renderDenies } from '../../src/domain/denies.ts';
import { denyPolicyName, tagKeys } from '../../src/domain/role.ts';
import type { RoleWrite } from '../../src/domain/write.ts';
import { perform } from '../../src/reconcile/role-writes.ts';
import { createWriteMemory } from '../../src/reconcile/write-memory.ts';
import { deniesWritten } from '../../src/reconcile/written-denies.ts';
import { type InMemoryIam, inMemoryIam } from '../aws/in-memory-iam.ts';
import { manualClock } from '../aws/manual-clock.ts';
import { account, person } from '../builders.ts';
import * as world from '../report/builders.ts';

const name = 'payments-debug';
const dayMs = 24 * 3_600_000;
const clock = manualClock(Date.UTC(2026, 0, 1));
const { signal } = new AbortController();

const putOut = (n: number): DenyEdit => ({
  kind: 'putOut',
  sub: person(n).id,
  how: 'left',
  atMs: clock.now(),
});
const deniesOf = (...numbers: readonly number[]): string | undefined =>
  renderDenies(editDenies(noDenies, numbers.map(putOut)), false);
const inline = (document: string | undefined) =>
  document === undefined ? [] : [{ name: denyPolicyName, document }];

let iam: InMemoryIam;
beforeEach(() => {
  iam = inMemoryIam({ account: account(), clock });
});

const put = (write: Pick<Extract<RoleWrite, { op: 'putDenies' }>, 'before' | 'after' | 'edits'>) => {
  const whole: RoleWrite = {
    ...write,
    op: 'putDenies',
    policyName: denyPolicyName,
    withSourceIdentity: false,
    serves: [],
    changes: [],
    effect: 'none',
  };
  const done = perform(name, whole, false, {
    iam,
    clock,
    memory: createWriteMemory(),
    instance: 'test',
    accountId: account().accountId,
    partition: 'aws',
    signal,
    stopping: signal,
  });
  return { write: whole, done };
};

describe('denies that changed between plan and write', () => {
  const forget: DenyEdit = { kind: 'forgetPast', atMs: clock.now() + 2 * dayMs };
  const standing = () => iam.roles.get(name)?.inlinePolicies.map(({ document }) => document) ?? [];

  it.each<[string, string | undefined, DenyEdit, string | undefined]>([
    ['to another document', deniesOf(2), putOut(3), deniesOf(2, 3)],
    ['to none, and nothing is denied any more', deniesOf(2), forget, undefined],
    ['to a first one', undefined, putOut(3), deniesOf(3)],
  ])('are told as they were written: %s', async (_, now, edit, expected) => {
    iam.seedRole({ name, tags: { [tagKeys.instance]: 'test' }, inlinePolicies: inline(now) });
    const { write, done } = put({ before: deniesOf(1), after: deniesOf(1), edits: [edit] });
    const { written } = await done;
    expect([written, standing()]).toEqual([
      { before: now, after: expected },
      expected === undefined ? [] : [expected],
    ]);
    const outcome = world.outcome(write, { name, written });
    expect([...deniesWritten([outcome])]).toEqual([[name, expected]]);
  });

  it('are told as planned where nothing changed', async () => {
    iam.seedRole({ name, tags: { [tagKeys.instance]: 'test' }, inlinePolicies: inline(deniesOf(1)) });
    const { write, done } = put({ before: deniesOf(1), after: undefined, edits: [forget] });
    expect([(await done).written, standing()]).toEqual([undefined, []]);
    expect([...deniesWritten([world.outcome(write, { name })])]).toEqual([[name, undefined]]);
  });
});
