import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { present, unreadable } from '../../src/domain/reading.ts';
import { accessPolicyName } from '../../src/domain/role.ts';
import { createJournal } from '../../src/report/journal.ts';
import { accessPolicy, groupIds, person, policySet } from '../builders.ts';
import { type Harness, admittedIn, startHarness, writesOf } from './harness.ts';

const throttled = new AppError('transient', 'rate exceeded', { code: 'Throttling' });
const denied = new AppError('denied', 'not allowed', { code: 'AccessDenied' });
const role = 'payments-debug';

let harness: Harness;
beforeEach(() => {
  harness = startHarness({ members: [1, 2, 3] });
});

const trustOf = (name = role): string => harness.iam.roles.get(name)?.trustDocument ?? '';

describe('a sweep', () => {
  it('makes a role, and the next finds nothing to do', async () => {
    const first = await harness.sweep();
    expect([first.result, writesOf(harness)]).toEqual([
      'ok',
      ['createRole', 'putInlinePolicy', 'updateTrust'],
    ]);
    expect(admittedIn(harness)).toEqual([1, 2, 3]);
    harness.iam.calls.length = 0;
    const second = await harness.sweep();
    expect([second.plan.roles.map(({ state }) => state), writesOf(harness)]).toEqual([['inSync'], []]);
  });

  it('answers one changed group with exactly one write', async () => {
    await harness.sweep();
    harness.iam.calls.length = 0;
    harness.directory.addMember(groupIds.oncall, person(4).id);
    await harness.sweep();
    expect([writesOf(harness), admittedIn(harness)]).toEqual([['updateTrust'], [1, 2, 3, 4]]);
  });

  it('lets a leaver go in the same sweep, after a second read', async () => {
    await harness.sweep();
    harness.directory.removeMember(groupIds.oncall, person(3).id);
    await harness.sweep();
    expect(admittedIn(harness)).toEqual([1, 2]);
    expect(harness.directory.reads.filter(({ method }) => method === 'readGroups').length).toBe(3);
  });

  it('names a leaver in the journal, also after a restart, when no group shows her any more', async () => {
    await harness.sweep();
    harness.directory.removeMember(groupIds.oncall, person(3).id);
    harness.directory.deleteUser(person(2).id);
    harness.restart();
    const lines: { readonly event: string; readonly subject: string; readonly label: string }[] = [];
    const journal = createJournal((line) => void lines.push(JSON.parse(line) as (typeof lines)[number]));
    journal.observe({ kind: 'sweep', report: await harness.sweep() });
    expect(
      lines.filter(({ event }) => event === 'change').map(({ subject, label }) => [subject, label]),
    ).toEqual([2, 3].map((n) => [person(n).id, `oncall-${n}@contoso.com`]));
  });

  it('closes an emptied role only when the next poll agrees', async () => {
    await harness.sweep();
    for (const n of [1, 2, 3]) harness.directory.removeMember(groupIds.oncall, person(n).id);
    await harness.sweep();
    expect(admittedIn(harness)).toEqual([1, 2, 3]);
    await harness.sweep();
    expect(admittedIn(harness)).toEqual([]);
  });

  it('puts a purged user out after two polls, although her group cannot be read', async () => {
    await harness.sweep();
    harness.directory.deleteUser(person(2).id);
    harness.directory.purgeUser(person(2).id);
    harness.directory.addMember(groupIds.oncall, person(2).id);
    harness.directory.makeUnreadable(groupIds.oncall);
    await harness.sweep();
    await harness.sweep();
    // While no group answers, "not found" may be the directory's own trouble, so it proves nothing.
    expect(admittedIn(harness)).toEqual([1, 2, 3]);
  });

  it('puts a deleted user out at once, although her group cannot be read', async () => {
    await harness.sweep();
    harness.directory.deleteUser(person(2).id);
    harness.directory.makeUnreadable(groupIds.oncall);
    await harness.sweep();
    expect(admittedIn(harness)).toEqual([1, 3]);
  });

  it('changes nothing while Entra cannot be read', async () => {
    await harness.sweep();
    harness.iam.calls.length = 0;
    harness.directory.makeUnreadable('*');
    const report = await harness.sweep();
    expect([writesOf(harness), admittedIn(harness), report.plan.roles[0]?.held[0]?.hold.reason]).toEqual([
      [],
      [1, 2, 3],
      'unreadable',
    ]);
  });

  it('changes nothing while the account cannot be read, and says why', async () => {
    await harness.sweep();
    harness.iam.calls.length = 0;
    harness.iam.failNext('observe', throttled);
    const report = await harness.sweep();
    expect([report.result, report.message, writesOf(harness)]).toEqual(['unreadable', 'rate exceeded', []]);
    expect(report.plan.roles[0]).toMatchObject({ state: 'unknown', unknownBecause: 'rate exceeded' });
  });

  it('keeps the last good policies while the source cannot be read', async () => {
    await harness.sweep();
    harness.setPolicies(unreadable(new AppError('transient', 'empty checkout')));
    harness.directory.addMember(groupIds.oncall, person(4).id);
    await harness.sweep();
    expect(admittedIn(harness)).toEqual([1, 2, 3, 4]);
  });

  it('lets no newcomer in when the permissions could not be written', async () => {
    harness.iam.failNext('putInlinePolicy', denied);
    const report = await harness.sweep();
    expect(report.outcomes.map(({ write, result }) => [write.op, result])).toEqual([
      ['createRole', 'done'],
      ['putInlinePolicy', 'failed'],
      ['updateTrust', 'dropped'],
    ]);
    expect(admittedIn(harness)).toEqual([]);
    await harness.sweep();
    expect(admittedIn(harness)).toEqual([1, 2, 3]);
  });

  it('still takes access away when the boundary could not be put back', async () => {
    await harness.sweep();
    harness.iam.editRole(role, { permissionsBoundary: undefined });
    harness.directory.removeMember(groupIds.oncall, person(1).id);
    harness.directory.addMember(groupIds.oncall, person(5).id);
    harness.iam.failNext('putBoundary', denied);
    await harness.sweep();
    expect(admittedIn(harness)).toEqual([2, 3]);
  });
});

describe('a role that changes between plan and write', () => {
  const meanwhile = (change: () => void): void => {
    const readRole = harness.iam.readRole.bind(harness.iam);
    let isFirst = true;
    harness.iam.readRole = (name, signal) => {
      if (isFirst) change();
      isFirst = false;
      return readRole(name, signal);
    };
  };
  const addByHand = (n: number): void =>
    harness.iam.editRole(role, {
      trustDocument: trustOf().replace(person(1).id, `${person(1).id}","${person(n).id}`),
    });

  it('gets no newcomer: that is planned again', async () => {
    await harness.sweep();
    harness.directory.addMember(groupIds.oncall, person(4).id);
    meanwhile(() => addByHand(9));
    const report = await harness.sweep();
    expect(report.outcomes.map(({ result, message }) => [result, message])).toEqual([
      ['dropped', 'the role changed between plan and write; it is planned again'],
    ]);
    expect(admittedIn(harness)).toEqual([1, 2, 3, 9]);
    await harness.sweep();
    expect(admittedIn(harness)).toEqual([1, 2, 3, 4]);
  });

  it('loses its leavers at once, worked out on what it is now', async () => {
    await harness.sweep();
    harness.directory.removeMember(groupIds.oncall, person(3).id);
    meanwhile(() => addByHand(9));
    await harness.sweep();
    expect(admittedIn(harness)).toEqual([1, 2, 9]);
  });

  it('is left alone when it is not ours any more', async () => {
    await harness.sweep();
    harness.directory.addMember(groupIds.oncall, person(4).id);
    meanwhile(() => harness.iam.editRole(role, { tags: {} }));
    const report = await harness.sweep();
    expect(report.outcomes[0]).toMatchObject({ result: 'failed', errorKind: 'conflict' });
    expect(admittedIn(harness)).toEqual([1, 2, 3]);
  });

  it('keeps a Deny that was put into an extra policy after the plan', async () => {
    await harness.sweep();
    const allow = { Effect: 'Allow', Action: 's3:*', Resource: '*' };
    const deny = { Effect: 'Deny', Action: '*', Resource: '*' };
    const withExtra = (...statements: readonly object[]) => ({
      inlinePolicies: [
        ...(harness.iam.roles.get(role)?.inlinePolicies.filter(({ name }) => name === accessPolicyName) ??
          []),
        { name: 'extra', document: JSON.stringify({ Statement: statements }) },
      ],
    });
    harness.iam.editRole(role, withExtra(allow));
    meanwhile(() => harness.iam.editRole(role, withExtra(allow, deny)));
    await harness.sweep();
    expect(
      harness.iam.roles.get(role)?.inlinePolicies.find(({ name }) => name === 'extra')?.document,
    ).toContain('Deny');
  });
});

describe("IAM's lag", () => {
  it('is no drift and no second write', async () => {
    harness.iam.setStaleMs(60_000);
    await harness.sweep();
    harness.iam.calls.length = 0;
    const report = await harness.sweep();
    expect([report.plan.roles[0]?.state, report.plan.roles[0]?.isSettling, writesOf(harness)]).toEqual([
      'inSync',
      true,
      [],
    ]);
    harness.directory.addMember(groupIds.oncall, person(4).id);
    await harness.sweep();
    expect([writesOf(harness), admittedIn(harness)]).toEqual([['updateTrust'], [1, 2, 3, 4]]);
    harness.clock.advance(60_000);
    harness.iam.calls.length = 0;
    const later = await harness.sweep();
    expect([later.plan.roles[0]?.isSettling, writesOf(harness)]).toEqual([false, []]);
  });

  /** Somebody lets person 9 in by hand, always in the same way. */
  const letIn = (): void => {
    const { trustDocument } = harness.iam.roles.get('payments-debug') ?? { trustDocument: '' };
    const first = person(1).id;
    harness.iam.editRole('payments-debug', {
      trustDocument: trustDocument.replace(first, `${first}","${person(9).id}`),
    });
  };

  it('does not hide for long that somebody does the same again', async () => {
    await harness.sweep();
    letIn();
    await harness.sweep();
    expect(admittedIn(harness)).toEqual([1, 2, 3]);
    await harness.sweep();
    harness.clock.advance(60_001);
    letIn();
    const report = await harness.sweep();
    expect(report.outcomes.map(({ write }) => write.op)).toEqual(['putDenies', 'updateTrust']);
    expect(admittedIn(harness)).toEqual([1, 2, 3]);
  });

  it('hides it at most for as long as IAM may lag, if no read has shown the repair', async () => {
    await harness.sweep();
    letIn();
    harness.clock.advance(1_000);
    // Reads show the world of a second ago, so that none shows the repair.
    harness.iam.setStaleMs(1_000);
    await harness.sweep();
    letIn();
    harness.clock.advance(299_000);
    expect((await harness.sweep()).outcomes).toEqual([]);
    harness.clock.advance(2_000);
    await harness.sweep();
    expect(admittedIn(harness)).toEqual([1, 2, 3]);
  });

  it('after a restart costs at most a write of the same', async () => {
    await harness.sweep();
    harness.clock.advance(600_000);
    harness.iam.setStaleMs(60_000);
    harness.directory.addMember(groupIds.oncall, person(4).id);
    await harness.sweep();
    harness.restart();
    await harness.sweep();
    expect(admittedIn(harness)).toEqual([1, 2, 3, 4]);
  });
});

describe('a removed policy', () => {
  const gone = () => present(policySet({ policies: [] }));

  it('closes its role at once, and deletes it after two good loads ten minutes apart', async () => {
    harness = startHarness({ members: [1, 2, 3], policies: [accessPolicy({ prune: true })] });
    await harness.sweep();
    harness.setPolicies(gone());
    await harness.sweep();
    expect(admittedIn(harness)).toEqual([]);
    await harness.sweep();
    expect(harness.iam.roles.has(role)).toBe(true);
    harness.clock.advance(600_000);
    await harness.sweep();
    expect(harness.iam.roles.has(role)).toBe(false);
  });

  it('has been gone for as long where the clock was set back', async () => {
    harness = startHarness({ members: [1], policies: [accessPolicy({ prune: true })] });
    await harness.sweep();
    harness.setPolicies(gone());
    await harness.sweep();
    harness.clock.advance(400_000);
    await harness.sweep();
    harness.clock.advance(-7_200_000);
    await harness.sweep();
    harness.clock.advance(199_999);
    await harness.sweep();
    expect(harness.iam.roles.has(role)).toBe(true);
    harness.clock.advance(1);
    await harness.sweep();
    expect(harness.iam.roles.has(role)).toBe(false);
  });

  it('counts from anew after a restart, and when the policy came back', async () => {
    harness = startHarness({ members: [1], policies: [accessPolicy({ prune: true })] });
    await harness.sweep();
    harness.setPolicies(gone());
    await harness.sweep();
    harness.clock.advance(600_000);
    harness.restart();
    await harness.sweep();
    expect(harness.iam.roles.has(role)).toBe(true);
    harness.setPolicies(present(policySet({ policies: [accessPolicy({ prune: true })] })));
    await harness.sweep();
    expect(admittedIn(harness)).toEqual([1]);
    harness.setPolicies(gone());
    harness.clock.advance(600_000);
    await harness.sweep();
    expect(harness.iam.roles.has(role)).toBe(true);
  });

  it('does not exist while a file is invalid', async () => {
    await harness.sweep();
    harness.setPolicies(present(policySet({ policies: [], complete: false })));
    await harness.sweep();
    expect(admittedIn(harness)).toEqual([1, 2, 3]);
  });
});

it('a role with the breaker on lets everyone in and nobody out', async () => {
  harness = startHarness({ members: [1, 2, 3, 4, 5] });
  await harness.sweep();
  for (const n of [1, 2, 3, 4]) harness.directory.removeMember(groupIds.oncall, person(n).id);
  harness.directory.addMember(groupIds.oncall, person(6).id);
  await harness.sweep();
  expect(admittedIn(harness)).toEqual([1, 2, 3, 4, 5, 6]);
});
