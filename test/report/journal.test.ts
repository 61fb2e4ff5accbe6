import { describe, expect, it } from 'vitest';
import type { ControllerEvent } from '../../src/reconcile/sweep-report.ts';
import { createJournal } from '../../src/report/journal.ts';
import * as world from './builders.ts';

type Entry = Readonly<Record<string, unknown>> & { readonly event: string };

const start = (...events: readonly ControllerEvent[]) => {
  const lines: string[] = [];
  const journal = createJournal((line) => lines.push(line));
  for (const event of events) journal.observe(event);
  return {
    journal,
    lines,
    /** What was written since this was last asked. */
    entries: (): readonly Entry[] => lines.splice(0).map((line) => JSON.parse(line) as Entry),
  };
};

const holding = (reason: Parameters<typeof world.held>[1], message = 'full'): ControllerEvent =>
  world.sweep([world.role({ held: [world.held(world.grant('alice'), reason, message)] })]);

describe('a write', () => {
  it('that was worked out anew has the documents that were really written', () => {
    const alice = world.grant('alice');
    const written = { before: world.trustOf('mallory'), after: world.trustOf('bob') };
    const role = world.applying(alice);
    const [write] = role.writes;
    if (write === undefined) throw new Error('no write');
    const { entries } = start(
      world.sweep([role], { outcomes: [world.outcome(write, { result: 'dropped', written })] }),
    );
    expect(entries().at(-1)).toMatchObject({
      before: JSON.parse(written.before) as object,
      after: JSON.parse(written.after) as object,
    });
  });

  it('is a line for each of its changes, and one for the call with the documents', () => {
    const [alice, bob] = [world.grant('alice'), world.revoke('bob')];
    const policyCommit = world.commit(3).id;
    const { entries } = start(world.sweep([world.applying(alice, bob)], { policyCommit }));
    const [first, second, call] = entries();
    expect(first).toMatchObject({
      time: '2026-11-23T03:00:01.000Z',
      event: 'change',
      account: 'prod',
      accountId: '111122223333',
      policyRevision: 'rev-1',
      policyCommit: '3'.repeat(40),
      trigger: 'schedule',
      role: 'payments-exec',
      policy: 'payments',
      source: { file: 'policies/payments.yaml', line: 3 },
      kind: 'grant',
      effect: 'widens',
      subject: world.subOf('alice'),
      why: `alice@contoso.com is a member of ${world.groupId}`,
      result: 'done',
      error: null,
    });
    expect(second).toMatchObject({
      event: 'change',
      kind: 'revoke',
      subject: world.subOf('bob'),
      result: 'done',
    });
    expect(call).toMatchObject({
      event: 'write',
      op: 'updateTrust',
      result: 'done',
      changeIds: [alice.id, bob.id],
      before: JSON.parse(world.trustOf('zoe')) as unknown,
      after: JSON.parse(world.trustOf('alice')) as unknown,
    });
  });

  it('that failed says with which error, and what of it was done', () => {
    const [alice, bob] = [world.grant('alice'), world.revoke('bob')];
    const one = world.applying(alice, bob);
    const outcomes = one.writes.map((write) =>
      world.outcome(write, {
        result: 'failed',
        carriedOut: [bob],
        errorKind: 'denied',
        errorCode: 'AccessDenied',
        message: 'access denied',
      }),
    );
    const error = { kind: 'denied', code: 'AccessDenied', message: 'access denied' };
    expect(start(world.sweep([one], { outcomes })).entries()).toMatchObject([
      { event: 'change', subject: world.subOf('alice'), result: 'failed', error },
      { event: 'change', subject: world.subOf('bob'), result: 'done', error: null },
      { event: 'write', result: 'failed', error },
    ]);
  });

  it('of a document that is no JSON keeps the text', () => {
    const put = world.change({ kind: 'putPermissions', before: 'not json', after: '{"Statement":[]}' });
    const one = world.role({
      apply: [put],
      writes: [
        {
          op: 'putInlinePolicy',
          policyName: 'rolewarden-access',
          before: 'not json',
          after: '{"Statement":[]}',
          changes: [put],
          effect: 'mixed',
        },
      ],
    });
    expect(start(world.sweep([one])).entries()[1]).toMatchObject({
      policyName: 'rolewarden-access',
      before: 'not json',
      after: { Statement: [] },
    });
  });
});

describe('a hold', () => {
  it('is told when it begins, when its reason changes and when it ends, and not in between', () => {
    const { entries, journal } = start(holding('standingUnknown'));
    expect(entries()).toMatchObject([
      {
        event: 'held',
        time: '2026-11-23T03:00:00.000Z',
        subject: world.subOf('alice'),
        result: 'held',
        hold: { reason: 'standingUnknown', message: 'full', was: null },
      },
    ]);
    journal.observe(holding('standingUnknown', 'full, in other words'));
    expect(entries()).toEqual([]);
    journal.observe(holding('trustFull'));
    expect(entries()).toMatchObject([
      { event: 'held', hold: { reason: 'trustFull', was: 'standingUnknown' } },
    ]);
    journal.observe(world.sweep([world.role()]));
    expect(entries()).toMatchObject([{ event: 'released', result: 'gone', hold: { reason: 'trustFull' } }]);
    journal.observe(world.sweep([world.role()]));
    expect(entries()).toEqual([]);
  });

  it('that ends because it was let go on says so, before the write', () => {
    const { entries, journal } = start(holding('breaker'));
    entries();
    journal.observe(world.sweep([world.applying(world.grant('alice'))]));
    expect(entries().map(({ event, result }) => `${event} ${String(result)}`)).toEqual([
      'released applied',
      'change done',
      'write done',
    ]);
  });

  it('does not end because the account cannot be read', () => {
    const { entries, journal } = start(holding('trustFull'));
    entries();
    journal.observe(world.unreadableSweep([world.unknownRole('denied')]));
    journal.observe(holding('trustFull'));
    expect(entries()).toEqual([]);
  });

  it('of one account is not taken for that of another', () => {
    const { entries, journal } = start(holding('trustFull'));
    entries();
    journal.observe(
      world.sweep([world.role({ held: [world.held(world.grant('alice'), 'trustFull')] })], {
        account: 'dev',
      }),
    );
    expect(entries()).toMatchObject([{ event: 'held', account: 'dev' }]);
  });
});

describe('a person', () => {
  const endMs = world.startMs + world.hourMs;
  const inside = world.role({
    ends: new Map([[world.subOf('alice'), endMs]]),
    admitted: () => [world.activated('alice', endMs)],
  });
  const told = {
    requestId: world.activation.requestId,
    justification: 'payments are stuck',
    ticketNumber: 'INC-42',
    ticketSystem: 'ServiceNow',
    requestedAt: '2026-11-23T02:59:00.000Z',
  };
  const letIn = {
    ...world.applying(world.grant('alice')),
    ends: inside.ends,
    admitted: inside.admitted,
  };
  const out = { ...world.applying(world.revoke('alice')), admitted: () => [] };

  it('who is let in is told with her name, and what she said when she activated it', () => {
    expect(start(world.sweep([letIn])).entries()[0]).toMatchObject({
      subject: world.subOf('alice'),
      label: 'alice@contoso.com',
      isBreakGlass: false,
      activation: told,
    });
  });

  it('who is out again is told with the same, although Entra shows neither any more', () => {
    const failed = out.writes.map((write) => world.outcome(write, { result: 'failed' }));
    const { entries, journal } = start(world.sweep([inside]), world.sweep([out], { outcomes: failed }));
    entries();
    journal.observe(world.sweep([out]));
    expect(entries()[0]).toMatchObject({ kind: 'revoke', label: 'alice@contoso.com', activation: told });
    journal.observe(world.sweep([world.role({ admitted: () => [] })]));
    journal.observe(world.sweep([out]));
    expect(entries()[0]).toMatchObject({ kind: 'revoke', activation: null });
  });

  it('of whom nothing more is known is told without', () => {
    expect(start(world.sweep([out])).entries()[0]).toMatchObject({ label: null, activation: null });
  });

  it('of the break-glass group is marked', () => {
    const role = { ...letIn, breakGlass: new Set([world.subOf('alice')]) };
    expect(start(world.sweep([role])).entries()[0]).toMatchObject({ isBreakGlass: true });
  });

  it('is none where a change concerns nobody in particular', () => {
    const restate = world.change({ kind: 'restateTrust' });
    expect(start(world.sweep([world.applying(restate)])).entries()[0]).toMatchObject({
      label: null,
      isBreakGlass: null,
      activation: null,
    });
  });
});

describe('the journal', () => {
  it('is one line each, whatever is in the text', () => {
    const { lines } = start(holding('trustFull', 'two\nlines\r\n'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/[\r\n]/);
  });

  it('says nothing of a sweep that decided and did nothing, nor of polls', () => {
    expect(start(world.sweep([world.role()]), world.poll(), world.policies()).lines).toEqual([]);
  });

  it('forgets an account that is removed', () => {
    const { entries, journal } = start(holding('trustFull'));
    entries();
    journal.observe({ kind: 'accountRemoved', account: 'prod', lostBecause: undefined });
    journal.observe(holding('trustFull'));
    expect(entries()).toMatchObject([{ event: 'held' }]);
  });
});

it('an open shell that was ended is a line of its own', () => {
  const shells = { ended: [world.endedShell('alice')], held: [], unattributed: 0, problem: undefined };
  const { entries } = start(world.sweep([world.role()], { shells }));
  expect(entries()).toMatchObject([
    {
      event: 'shell',
      role: 'payments-exec',
      subject: world.subOf('alice'),
      result: 'done',
      stoppedTask: false,
      session: { id: 'ecs-execute-command-1', taskId: 'a'.repeat(32) },
    },
  ]);
});
