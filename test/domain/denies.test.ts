// What stands in `rolewarden-revoked`: read, changed person by person, written, and asked whether it really bites.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayAct } from '../../src/domain/access-evaluator.ts';
import {
  type DenyEdit,
  type Denies,
  editDenies,
  fitDenies,
  noDenies,
  readDenies,
  renderDenies,
  sameDenies,
} from '../../src/domain/denies.ts';
import { renderDocument } from '../../src/domain/statement.ts';
import { uuid } from '../builders.ts';
import { respelled } from '../respelling.ts';

const minute = 60_000;
const hour = 60 * minute;
const nowMs = Date.UTC(2026, 0, 1, 12, 7, 30);
const ann = uuid('a', 1);
const bob = uuid('a', 2);

const denied = (
  denies: Denies,
  sub: string,
  atMs: number,
  issuedAtMs: number,
  more: readonly (readonly [string, string])[] = [],
): boolean => {
  const allow = renderDocument([{ Effect: 'Allow', Action: '*', Resource: '*' }]);
  const document = renderDenies(denies, true);
  return (
    mayAct(
      { policies: document === undefined ? [allow] : [allow, document], boundary: undefined },
      {
        action: 's3:GetObject',
        resource: 'arn:aws:s3:::payments/ledger',
        context: new Map([
          ['saml:sub', [sub]],
          ['aws:tokenissuetime', [new Date(issuedAtMs).toISOString()]],
          ...more.map(([key, value]) => [key, [value]] as const),
        ]),
        atMs,
        openWorld: false,
      },
    ).decision === 'denied'
  );
};

const putOut = (sub: string, atMs = nowMs): DenyEdit => ({ kind: 'putOut', sub, how: 'removed', atMs });

describe('somebody who is put out', () => {
  const out = editDenies(noDenies, [putOut(ann)]);

  it('is denied whatever session she has, also one that a console makes later, for a day', () => {
    for (const at of [nowMs, nowMs + 12 * hour, nowMs + 24 * hour + 15 * minute - 1])
      expect(denied(out, ann, at, at - 1_000)).toBe(true);
  });

  it('leaves colleagues alone', () => {
    expect(denied(out, bob, nowMs, nowMs - hour)).toBe(false);
  });

  it('is forgotten once it is past, at a full quarter of an hour', () => {
    const until = Date.UTC(2026, 0, 2, 12, 30);
    expect(out.outs.get(ann)?.untilMs).toBe(until);
    expect(denied(out, ann, until, until - 1)).toBe(false);
    expect(editDenies(out, [{ kind: 'forgetPast', atMs: until - 1 }]).outs.size).toBe(1);
    expect(editDenies(out, [{ kind: 'forgetPast', atMs: until }]).outs.size).toBe(0);
  });

  it('shares a statement with whoever leaves in the same quarter of an hour', () => {
    const both = editDenies(noDenies, [putOut(ann), putOut(bob, nowMs + 5 * minute)]);
    expect(JSON.parse(renderDenies(both, false) ?? '')).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: `RolewardenRemoved${Math.ceil((nowMs + 5 * minute) / minute)}N1`,
          Effect: 'Deny',
          Action: '*',
          Resource: '*',
          Condition: {
            StringEquals: { 'saml:sub': [ann, bob] },
            DateLessThan: { 'aws:CurrentTime': '2026-01-02T12:30:00Z' },
          },
        },
      ],
    });
  });

  it('is denied by her source identity too, in roles that she assumed from this one', () => {
    const document = renderDenies(out, true) ?? '';
    expect(document).toContain(`"aws:SourceIdentity":"${ann}"`);
    expect(denied(out, 'unknown', nowMs, nowMs, [['aws:SourceIdentity'.toLowerCase(), ann]])).toBe(true);
  });

  it('keeps only her old sessions denied once she is let in again', () => {
    const again = editDenies(out, [{ kind: 'letIn', sub: ann, atMs: nowMs + hour }]);
    expect(denied(again, ann, nowMs + 2 * hour, nowMs + hour - 1_000)).toBe(true);
    expect(denied(again, ann, nowMs + 2 * hour, nowMs + hour + 1_000)).toBe(false);
  });

  it('and put out once more, is denied altogether', () => {
    const again = editDenies(out, [
      { kind: 'letIn', sub: ann, atMs: nowMs + hour },
      putOut(ann, nowMs + 2 * hour),
    ]);
    expect(denied(again, ann, nowMs + 3 * hour, nowMs + hour + 1_000)).toBe(true);
  });
});

describe('somebody whose access ends', () => {
  const end = Date.UTC(2026, 0, 1, 13);
  const ending = editDenies(noDenies, [{ kind: 'cutOff', sub: ann, fromMs: end }]);

  it('keeps her session until then, and not a second longer', () => {
    expect(denied(ending, ann, end - 1, nowMs)).toBe(false);
    expect(denied(ending, ann, end, nowMs)).toBe(true);
    expect(denied(ending, ann, end + 30 * 24 * hour, nowMs)).toBe(true);
    expect(denied(ending, bob, end, nowMs)).toBe(false);
  });

  it('and who comes back does not get her old session back', () => {
    const back = editDenies(ending, [
      { kind: 'letIn', sub: ann, atMs: end + hour },
      { kind: 'cutOff', sub: ann, fromMs: end + 2 * hour },
    ]);
    expect(denied(back, ann, end + hour + 1, nowMs)).toBe(true);
    expect(denied(back, ann, end + hour + minute, end + hour + 1_000)).toBe(false);
    expect(denied(back, ann, end + 2 * hour, end + hour + 1_000)).toBe(true);
  });

  it('and who gets longer access before the end keeps her session', () => {
    const longer = editDenies(ending, [
      { kind: 'letIn', sub: ann, atMs: nowMs },
      { kind: 'cutOff', sub: ann, fromMs: end + hour },
    ]);
    expect(denied(longer, ann, end + 1, nowMs - hour)).toBe(false);
  });
});

describe('a policy that ends', () => {
  const end = Date.UTC(2026, 0, 1, 13);
  const closing = editDenies(noDenies, [{ kind: 'close', fromMs: end, atMs: nowMs }]);

  it('ends all sessions', () => {
    expect([denied(closing, ann, end - 1, nowMs), denied(closing, bob, end, nowMs)]).toEqual([false, true]);
  });

  it('and opened again after its end, leaves old sessions denied', () => {
    const open = editDenies(closing, [{ kind: 'close', fromMs: undefined, atMs: end + hour }]);
    expect(denied(open, ann, end + 2 * hour, nowMs)).toBe(true);
    expect(denied(open, ann, end + 2 * hour, end + hour + 1_000)).toBe(false);
  });
});

it('without a name, everyone has to sign in again, also those who came in while the trust policy spread', () => {
  const all = editDenies(noDenies, [{ kind: 'signOutEveryone', atMs: nowMs }]);
  expect(denied(all, bob, nowMs + hour, nowMs + 30_000)).toBe(true);
  expect(denied(all, bob, nowMs + hour, nowMs + 2 * minute)).toBe(false);
});

describe('what is not ours', () => {
  const brake = {
    Sid: 'AWSRevokeOlderSessions',
    Effect: 'Deny',
    Action: ['*'],
    Resource: ['*'],
    Condition: { DateLessThan: { 'aws:TokenIssueTime': '2026-01-01T00:00:00Z' } },
  };
  it.each([
    ['a brake without an end', brake],
    ['a Deny of something', { Effect: 'Deny', Action: 's3:*', Resource: '*' }],
    [
      'a Deny of a person without an end',
      { Effect: 'Deny', Action: '*', Resource: '*', Condition: { StringEquals: { 'saml:sub': ann } } },
    ],
    [
      'another operator',
      {
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: {
          StringLike: { 'saml:sub': ann },
          DateLessThan: { 'aws:CurrentTime': '2026-01-02T00:00:00Z' },
        },
      },
    ],
  ])('is kept verbatim: %s', (_, statement) => {
    const read = readDenies(renderDocument([statement]));
    expect(read).toEqual({ ok: true, denies: { ...noDenies, foreign: [statement] } });
    const after = editDenies(read.ok ? read.denies : noDenies, [putOut(ann)]);
    const again = readDenies(renderDenies(after, false));
    expect(again.ok && again.denies.foreign).toEqual([statement]);
  });

  it('an Allow is dropped', () => {
    expect(readDenies(renderDocument([{ Effect: 'Allow', Action: '*', Resource: '*' }]))).toEqual({
      ok: true,
      denies: noDenies,
    });
  });

  it('a document that cannot be read says why', () => {
    expect(readDenies('{')).toMatchObject({ ok: false });
  });
});

describe('for want of room', () => {
  const everyone = Array.from({ length: 300 }, (_, index) => uuid('a', index));
  const all = editDenies(
    noDenies,
    everyone.map((sub, index) => putOut(sub, nowMs + index * minute)),
  );
  const fitted = fitDenies(all, true, 4_096);

  it('those who left last stay named, and everyone else is denied by the age of her session', () => {
    expect(renderDenies(fitted.denies, true)?.length).toBeLessThanOrEqual(4_096);
    expect(fitted.shared).toBeGreaterThan(200);
    for (const [index, sub] of everyone.entries()) {
      const leftAt = nowMs + index * minute;
      expect(denied(fitted.denies, sub, nowMs + 6 * hour, leftAt)).toBe(true);
    }
    expect(denied(fitted.denies, uuid('d', 1), nowMs + 6 * hour, nowMs + 5 * hour)).toBe(false);
    expect(denied(fitted.denies, uuid('d', 1), nowMs + 6 * hour, nowMs)).toBe(true);
  });

  it('nothing is given up while there is room', () => {
    const few = editDenies(
      noDenies,
      everyone.slice(0, 20).map((sub) => putOut(sub)),
    );
    expect(fitDenies(few, true, 4_096)).toEqual({ denies: few, shared: 0 });
  });

  it('cut-offs stay', () => {
    const cut = editDenies(all, [{ kind: 'cutOff', sub: 'carol', fromMs: nowMs + hour }]);
    expect(fitDenies(cut, true, 4_096).denies.cutOffs).toEqual(new Map([['carol', nowMs + hour]]));
  });
});

const times = fc.integer({ min: 0, max: 400 }).map((n) => Date.UTC(2026, 0, 1) + n * 5 * minute);
const subs = fc.constantFrom('a', 'b', 'c', 'd');
const anEdit: fc.Arbitrary<DenyEdit> = fc.oneof(
  fc.record({
    kind: fc.constant('putOut' as const),
    sub: subs,
    how: fc.constantFrom('removed' as const, 'left' as const, 'ended' as const),
    atMs: times,
  }),
  fc.record({ kind: fc.constant('letIn' as const), sub: subs, atMs: times }),
  fc.record({
    kind: fc.constant('cutOff' as const),
    sub: subs,
    fromMs: fc.option(times, { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('signOutEveryone' as const), atMs: times }),
  fc.record({
    kind: fc.constant('close' as const),
    fromMs: fc.option(times, { nil: undefined }),
    atMs: times,
  }),
  fc.record({ kind: fc.constant('forgetPast' as const), atMs: times }),
);
const someDenies = fc.array(anEdit, { maxLength: 12 }).map((edits) => editDenies(noDenies, edits));

describe('any denies', () => {
  it('read back as written, however AWS spells them', () => {
    fc.assert(
      fc.property(someDenies, fc.boolean(), fc.infiniteStream(fc.nat()), (denies, twins, stream) => {
        const document = renderDenies(denies, twins);
        const read = readDenies(document === undefined ? undefined : respelled(document, stream));
        expect(read.ok && sameDenies(renderDenies(read.denies, twins), document)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('mean the same in fewer characters, or more', () => {
    fc.assert(
      fc.property(someDenies, fc.nat(1_500), subs, times, times, (denies, room, sub, atMs, issuedAtMs) => {
        const { denies: fitted } = fitDenies(denies, true, room);
        // A session cannot be younger than the moment at which its holder was put out and the trust policy had spread.
        const sinceMs = denies.outs.get(sub)?.sinceMs ?? Infinity;
        if (issuedAtMs >= Math.min(sinceMs + minute, atMs + 1)) return;
        if (denied(denies, sub, atMs, issuedAtMs)) expect(denied(fitted, sub, atMs, issuedAtMs)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('are not less after somebody else is put out', () => {
    fc.assert(
      fc.property(someDenies, subs, times, times, times, (denies, sub, atMs, issuedAtMs, nowIs) => {
        const after = editDenies(denies, [putOut('zoe', nowIs)]);
        expect(denied(after, sub, atMs, issuedAtMs)).toBe(denied(denies, sub, atMs, issuedAtMs));
      }),
      { numRuns: 300 },
    );
  });
});
