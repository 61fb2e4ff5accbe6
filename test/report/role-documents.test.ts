import { describe, expect, it } from 'vitest';
import type { PlannedRole } from '../../src/domain/plan.ts';
import type { SweepReport } from '../../src/reconcile/sweep-report.ts';
import { comparableLines } from '../../src/report/document-lines.ts';
import { createStatus } from '../../src/report/status.ts';
import * as world from './builders.ts';

const documentsOf = (role: PlannedRole, other: Partial<SweepReport> = {}) => {
  const status = createStatus({ instance: 'contoso-main', version: '1.2.3', clock: world.manualClock() });
  status.observe(world.sweep([role], other));
  return status.documents('payments').flatMap(({ documents }) => documents);
};

const [zoe, alice] = [world.trustOf('zoe'), world.trustOf('alice')];
const differing = { before: zoe, wanted: alice };
const held = [world.held(world.grant('alice'), 'observeOnly')];

describe('the trust policy of a role', () => {
  it('that is held stands as it was read', () => {
    expect(documentsOf(world.role({ held, trust: differing }))).toEqual([
      { name: 'trust policy', standing: zoe, wanted: alice, isSame: false },
    ]);
  });

  it('that was written stands as it was written', () => {
    const role = world.role({ ...world.applying(world.grant('alice')), trust: differing });
    expect(documentsOf(role)).toEqual([
      { name: 'trust policy', standing: alice, wanted: alice, isSame: true },
    ]);
  });

  it('that was written otherwise than planned stands as it was written', () => {
    const role = world.role({ ...world.applying(world.grant('alice')), trust: differing });
    const both = world.trustOf('alice', 'bob');
    const outcomes = role.writes.map((write) =>
      world.outcome(write, { written: { before: zoe, after: both } }),
    );
    expect(documentsOf(role, { outcomes })).toMatchObject([{ standing: both, isSame: false }]);
  });

  it.each(['failed', 'dropped'] as const)('whose write %s stands as it was read', (result) => {
    const role = world.role({ ...world.applying(world.grant('alice')), trust: differing });
    const outcomes = role.writes.map((write) => world.outcome(write, { result }));
    expect(documentsOf(role, { outcomes })).toMatchObject([{ standing: zoe, wanted: alice, isSame: false }]);
  });

  it('of a role that does not exist yet is none', () => {
    const role = world.role({ held, trust: { before: undefined, wanted: alice } });
    expect(documentsOf(role)).toEqual([
      { name: 'trust policy', standing: undefined, wanted: alice, isSame: false },
    ]);
  });

  it('that says just what the policy wants is told once', () => {
    expect(documentsOf(world.role({ trustInSync: () => alice }))).toEqual([
      { name: 'trust policy', standing: alice, wanted: alice, isSame: true },
    ]);
  });

  it('of a role that could not be looked at is not told', () => {
    expect(documentsOf(world.unknownRole('half seen'))).toEqual([]);
  });
});

describe('other documents', () => {
  const put = world.change({ kind: 'putPermissions', before: '{"a":1}', after: '{"a":2}' });
  const strip = world.change({ kind: 'stripPolicy', policyName: 'extra', before: '{"b":1}', keep: [] });

  it('are told while they differ', () => {
    expect(
      documentsOf(world.role({ held: [put, strip].map((one) => world.held(one, 'observeOnly')) })),
    ).toEqual([
      { name: 'permissions', standing: '{"a":1}', wanted: '{"a":2}', isSame: false },
      { name: 'inline policy extra', standing: '{"b":1}', wanted: undefined, isSame: false },
    ]);
  });

  it('are told no more once they are written', () => {
    expect(documentsOf(world.applying(put))).toEqual([]);
  });
});

describe('documents that are compared', () => {
  const document = (...statements: readonly object[]): string =>
    JSON.stringify({ Version: '2012-10-17', Statement: statements });
  const [get, put] = [
    { Sid: 'Get', Effect: 'Allow', Action: ['s3:Get*', 's3:List*'], Resource: '*' },
    {
      Effect: 'Deny',
      Action: 's3:Put*',
      Resource: '*',
      Condition: { StringEquals: { 'aws:a': ['x', 'y'] } },
    },
  ];

  it.each([
    ['in another order', document(put, get)],
    ['with lists in another order', document({ ...get, Action: ['s3:List*', 's3:Get*'] }, put)],
    ['with a list of one', document(get, { ...put, Action: ['s3:Put*'] })],
    ['with one statement more', undefined],
  ])('are the same %s', (_name, other) => {
    const one = comparableLines(document(get, put));
    if (other === undefined) expect(comparableLines(document(get, put, get))).not.toEqual(one);
    else expect(comparableLines(other)).toEqual(one);
  });

  it('that are no policy documents stay as they are', () => {
    expect(comparableLines('no JSON\nat all')).toEqual(['no JSON', 'at all']);
    expect(comparableLines(undefined)).toEqual([]);
  });
});
