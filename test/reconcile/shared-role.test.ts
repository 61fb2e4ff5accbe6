// A role that is somebody else's, followed through many sweeps: what we may touch, when, and who is put out meanwhile.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import type { AccessPolicy } from '../../src/domain/policy.ts';
import { acknowledgementAnnotation, renderAcknowledgement } from '../../src/domain/acknowledgement.ts';
import { present } from '../../src/domain/reading.ts';
import { denyPolicyName } from '../../src/domain/role.ts';
import { othersPart } from '../../src/domain/shared-role.ts';
import { type JsonObject, parseDocument, renderDocument, sidOf } from '../../src/domain/statement.ts';
import type { SweepReport } from '../../src/reconcile/sweep-report.ts';
import {
  account,
  accessPolicy,
  controllerConfig,
  groupIds,
  meta,
  person,
  policySet,
  samlAudience,
  samlProvider,
} from '../builders.ts';
import { type Harness, admittedIn, isDenied, startHarness, writesOf } from './harness.ts';

const minute = 60_000;
const { oncall } = groupIds;
const { instance } = controllerConfig();

const shared = (more: Parameters<typeof accessPolicy>[0] = {}): AccessPolicy =>
  accessPolicy({ statements: [], ...more, role: { ownership: 'statements', ...more.role } });

const pipeline: JsonObject = {
  Sid: 'Pipeline',
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::444455556666:role/pipeline' },
  Action: 'sts:AssumeRole',
};

const admits = (...numbers: readonly number[]): JsonObject => ({
  Sid: 'Legacy',
  Effect: 'Allow',
  Principal: { Federated: samlProvider },
  Action: 'sts:AssumeRoleWithSAML',
  Condition: { StringEquals: { 'saml:aud': samlAudience, 'saml:sub': numbers.map((n) => person(n).id) } },
});

const seed = (harness: Harness, ...others: readonly JsonObject[]): void => {
  harness.iam.seedRole({
    name: 'payments-debug',
    path: '/team/',
    tags: { 'rolewarden:adopt': instance, team: 'payments' },
    trustDocument: renderDocument(others),
    inlinePolicies: [
      { name: 'work', document: renderDocument([{ Effect: 'Allow', Action: 'ecs:*', Resource: '*' }]) },
    ],
  });
};

const roleOf = (harness: Harness) => {
  const role = harness.iam.roles.get('payments-debug');
  if (role === undefined) throw new Error('the role is gone');
  return role;
};
const statementsOf = (harness: Harness): readonly JsonObject[] => {
  const parsed = parseDocument(roleOf(harness).trustDocument);
  return parsed.ok ? parsed.statements : [];
};
const heldIn = (report: SweepReport): readonly string[] => [
  ...new Set(report.plan.roles.flatMap((role) => role.held.map(({ hold }) => hold.reason))),
];
const sweepAfter = async (harness: Harness, minutes: number): Promise<SweepReport> => {
  harness.clock.advance(minutes * minute);
  harness.iam.calls.length = 0;
  return harness.sweep();
};

const startShared = async (
  members: readonly number[],
  others: readonly JsonObject[],
  more: Parameters<typeof accessPolicy>[0] = {},
): Promise<Harness> => {
  const harness = startHarness({ members, policies: [shared(more)] });
  seed(harness, ...others);
  await harness.sweep();
  await sweepAfter(harness, 10);
  return harness;
};

describe('a shared role', () => {
  it('gets our statements once others stood still for ten minutes, and nothing else is touched', async () => {
    const harness = startHarness({ members: [1, 2], policies: [shared()] });
    seed(harness, pipeline, admits(9));
    const before = roleOf(harness);
    const first = await harness.sweep();
    expect([heldIn(first), writesOf(harness)]).toEqual([['othersUnsettled'], []]);
    expect(first.plan.wakeAtMs).toBe(harness.clock.now() + 10 * minute);
    expect(heldIn(await sweepAfter(harness, 9))).toEqual(['othersUnsettled']);
    await sweepAfter(harness, 1);
    expect(writesOf(harness)).toEqual(['updateTrust']);
    expect(admittedIn(harness)).toEqual([1, 2, 9]);
    expect(statementsOf(harness).slice(0, 2)).toEqual([pipeline, admits(9)]);
    expect({ ...roleOf(harness), trustDocument: '' }).toEqual({ ...before, trustDocument: '' });
    const report = await sweepAfter(harness, 1);
    expect([report.plan.roles.map(({ state }) => state), writesOf(harness)]).toEqual([['inSync'], []]);
  });

  it.each([
    ['without the tag', {}],
    ['tagged for another instance', { 'rolewarden:adopt': 'other' }],
  ])('%s is left alone, and says which tag is missing', async (_, tags) => {
    const harness = startHarness({ members: [1], policies: [shared()] });
    seed(harness, pipeline);
    harness.iam.editRole('payments-debug', { tags });
    await harness.sweep();
    const report = await sweepAfter(harness, 20);
    expect([heldIn(report), writesOf(harness)]).toEqual([['notAdopted'], []]);
    expect(report.plan.roles[0]?.held[0]?.hold.message).toContain(`rolewarden:adopt=${instance}`);
    expect(report.plan.roles[0]?.warnings[0]).toContain(`rolewarden:adopt=${instance}`);
  });

  it('that does not exist is never made', async () => {
    const harness = startHarness({ members: [1], policies: [shared()] });
    await harness.sweep();
    const report = await sweepAfter(harness, 20);
    expect([heldIn(report), writesOf(harness), harness.iam.roles.size]).toEqual([['notAdopted'], [], 0]);
  });

  it('of a policy that makes its own is taken, whatever its tags say', async () => {
    const harness = startHarness({ members: [1], policies: [accessPolicy()] });
    seed(harness, pipeline);
    harness.iam.editRole('payments-debug', {
      tags: {
        'rolewarden:adopt': instance,
        'rolewarden:instance': instance,
        'rolewarden:policy': 'payments-debug',
      },
    });
    await harness.sweep();
    const report = await sweepAfter(harness, 20);
    expect([heldIn(report), writesOf(harness)]).toEqual([['roleNameTaken'], []]);
  });

  it('loses whoever left: deny first, then our statement', async () => {
    const harness = await startShared([1, 2], [pipeline]);
    harness.directory.removeMember(oncall, person(1).id);
    const begun = harness.clock.now();
    await sweepAfter(harness, 1);
    expect(writesOf(harness)).toEqual(['putInlinePolicy', 'updateTrust']);
    expect([admittedIn(harness), isDenied(harness, 1, begun), isDenied(harness, 2, begun)]).toEqual([
      [2],
      true,
      false,
    ]);
    expect(statementsOf(harness)[0]).toEqual(pipeline);
  });

  it('is denied to whoever leaves while others just changed, once; the trust policy follows', async () => {
    const harness = await startShared([1, 2], [pipeline]);
    const mine = statementsOf(harness).slice(1);
    const begun = harness.clock.now();
    harness.iam.editRole('payments-debug', { trustDocument: renderDocument([pipeline, admits(9), ...mine]) });
    harness.directory.removeMember(oncall, person(1).id);
    const report = await sweepAfter(harness, 1);
    expect([heldIn(report), writesOf(harness)]).toEqual([['othersUnsettled'], ['putInlinePolicy']]);
    expect([admittedIn(harness), isDenied(harness, 1, begun)]).toEqual([[1, 2, 9], true]);
    await sweepAfter(harness, 5);
    expect(writesOf(harness)).toEqual([]);
    await sweepAfter(harness, 5);
    expect([admittedIn(harness), isDenied(harness, 1, begun)]).toEqual([[2, 9], true]);
    expect(statementsOf(harness).slice(0, 2)).toEqual([pipeline, admits(9)]);
  });

  it('after a restart waits ten minutes again, and denies meanwhile', async () => {
    const harness = await startShared([1, 2], [pipeline]);
    harness.restart();
    harness.directory.removeMember(oncall, person(1).id);
    harness.directory.addMember(oncall, person(3).id);
    const begun = harness.clock.now();
    await sweepAfter(harness, 0);
    expect([writesOf(harness), admittedIn(harness), isDenied(harness, 1, begun)]).toEqual([
      ['putInlinePolicy'],
      [1, 2],
      true,
    ]);
    await sweepAfter(harness, 10);
    expect(admittedIn(harness)).toEqual([2, 3]);
  });

  it('is not written when others change it between plan and write', async () => {
    const harness = await startShared([1, 2], [pipeline]);
    const mine = statementsOf(harness).slice(1);
    harness.directory.addMember(oncall, person(3).id);
    harness.directory.removeMember(oncall, person(1).id);
    const begun = harness.clock.now();
    const readRole = harness.iam.readRole.bind(harness.iam);
    harness.iam.readRole = (name, signal) => {
      harness.iam.editRole('payments-debug', { trustDocument: renderDocument([admits(9), ...mine]) });
      return readRole(name, signal);
    };
    const report = await sweepAfter(harness, 1);
    expect(report.outcomes.map(({ result }) => result)).toEqual(['done', 'dropped']);
    expect([writesOf(harness), admittedIn(harness), isDenied(harness, 1, begun)]).toEqual([
      ['putInlinePolicy'],
      [1, 2, 9],
      true,
    ]);
  });

  it('keeps inside whom others admit too, and says so', async () => {
    const harness = await startShared([1, 2], [pipeline, admits(1)]);
    harness.directory.removeMember(oncall, person(1).id);
    const begun = harness.clock.now();
    const report = await sweepAfter(harness, 1);
    expect(writesOf(harness)).toEqual(['updateTrust']);
    expect([admittedIn(harness), isDenied(harness, 1, begun)]).toEqual([[1, 2], false]);
    expect(report.plan.roles[0]?.warnings.join()).toContain('stays in by a statement of others');
  });

  it.each([
    ['by them alone is not denied', [pipeline, admits(3)], false],
    ['by nobody else is', [pipeline], true],
  ])('whose lost answer may have let somebody in, who is inside %s', async (_, others, isOut) => {
    const harness = await startShared([1, 2], others);
    const begun = harness.clock.now();
    harness.directory.addMember(oncall, person(3).id);
    harness.iam.failNext('updateTrust', new AppError('transient', 'connection reset'));
    await sweepAfter(harness, 1);
    harness.directory.removeMember(oncall, person(3).id);
    harness.directory.removeMember(oncall, person(2).id);
    await sweepAfter(harness, 1);
    expect([isDenied(harness, 2, begun), isDenied(harness, 3, begun)]).toEqual([true, isOut]);
  });

  it('is denied to a leaver whoever else admits her', async () => {
    const harness = await startShared([1, 2], [pipeline, admits(1)]);
    harness.directory.disableUser(person(1).id);
    const begun = harness.clock.now();
    await sweepAfter(harness, 1);
    expect([writesOf(harness), isDenied(harness, 1, begun)]).toEqual([
      ['putInlinePolicy', 'updateTrust'],
      true,
    ]);
  });

  it('is denied to whom a Lockout names, even if only others ever admitted her', async () => {
    const harness = await startShared([1, 2], [admits(9)]);
    const lockout = {
      meta: meta('nine'),
      person: person(9).id,
      userPrincipalName: undefined,
      untilMs: harness.clock.now() + 3_600_000,
      reason: 'INC-1234',
    };
    harness.setPolicies(
      present(
        policySet({
          configs: [controllerConfig()],
          accounts: [account()],
          policies: [shared({ suspend: true })],
          lockouts: [lockout],
        }),
      ),
    );
    const begun = harness.clock.now();
    await sweepAfter(harness, 1);
    expect([writesOf(harness), isDenied(harness, 9, begun), isDenied(harness, 1, begun)]).toEqual([
      ['putInlinePolicy'],
      true,
      false,
    ]);
    await sweepAfter(harness, 1);
    expect(writesOf(harness)).toEqual([]);
  });

  it('whose policy ends denies its people by name, and nobody of the owner', async () => {
    const end = Date.UTC(2026, 0, 1) + 60 * minute;
    const harness = await startShared([1], [admits(9)], { expiresAtMs: end });
    const begun = harness.clock.now();
    harness.clock.advance(60 * minute);
    expect([admittedIn(harness), isDenied(harness, 1, begun), isDenied(harness, 9, begun)]).toEqual([
      [9],
      true,
      false,
    ]);
  });

  it('whose policy is gone loses our statements and then our denies; it is never deleted', async () => {
    const harness = await startShared([1, 2], [pipeline], { prune: true });
    harness.setPolicies(
      present(policySet({ configs: [controllerConfig()], accounts: [account()], policies: [] })),
    );
    await sweepAfter(harness, 1);
    expect([statementsOf(harness), isDenied(harness, 1, 0)]).toEqual([[pipeline], true]);
    const report = await sweepAfter(harness, 25 * 60);
    expect(roleOf(harness).inlinePolicies.map(({ name }) => name)).toEqual(['work']);
    expect(report.outcomes.map(({ result }) => result)).toEqual(['done']);
    expect((await sweepAfter(harness, 1)).plan.roles).toEqual([]);
  });

  it('whose policy is gone keeps its many people until somebody says that it is meant', async () => {
    const harness = await startShared([1, 2, 3, 4, 5], [pipeline]);
    harness.setPolicies(
      present(policySet({ configs: [controllerConfig()], accounts: [account()], policies: [] })),
    );
    const report = await sweepAfter(harness, 1);
    expect([heldIn(report), admittedIn(harness)]).toEqual([['breaker'], [1, 2, 3, 4, 5]]);
    const [found] = report.plan.roles[0]?.held ?? [];
    expect(found?.hold.message).toContain('rolewarden ack policy:dev/role/payments-debug');
    const { scope = '', subjects = [] } = found?.hold.acknowledgeable ?? {};
    const meant = renderAcknowledgement(scope, subjects, harness.clock.now() + 3_600_000);
    harness.setPolicies(
      present(
        policySet({
          configs: [
            {
              ...controllerConfig(),
              meta: meta('config', { annotations: { [acknowledgementAnnotation]: meant } }),
            },
          ],
          accounts: [account()],
          policies: [],
        }),
      ),
    );
    await sweepAfter(harness, 1);
    expect(statementsOf(harness)).toEqual([pipeline]);
  });

  it('whose tag is taken off is left as it is', async () => {
    const harness = await startShared([1, 2], [pipeline]);
    harness.iam.editRole('payments-debug', { tags: {} });
    harness.directory.removeMember(oncall, person(1).id);
    const report = await sweepAfter(harness, 20);
    expect([heldIn(report), writesOf(harness)]).toEqual([['notAdopted'], []]);
  });

  it('whose owner undoes our statements again and again gets no newcomers for a while', async () => {
    const harness = await startShared([1], [pipeline]);
    for (let times = 0; times < 3; times += 1) {
      harness.iam.editRole('payments-debug', { trustDocument: renderDocument([pipeline]) });
      await sweepAfter(harness, 6);
    }
    expect(heldIn(await sweepAfter(harness, 0))).toEqual(['contested']);
  });

  it('loses a statement with our Sid that somebody made admit anyone; whoever came by it is signed out', async () => {
    const harness = await startShared([1], [pipeline]);
    const [mine] = statementsOf(harness).slice(1);
    const forged = { ...mine, Condition: { StringEquals: { 'saml:aud': samlAudience } } };
    harness.iam.editRole('payments-debug', { trustDocument: renderDocument([pipeline, forged]) });
    const begun = harness.clock.now();
    await sweepAfter(harness, 1);
    expect([admittedIn(harness), isDenied(harness, 7, begun)]).toEqual([[1], true]);
    expect(statementsOf(harness)[0]).toEqual(pipeline);
  });

  it('survives any order of events: others stay as others left them, and whoever is gone is out or denied', async () => {
    const event = fc.oneof(
      fc.record({ kind: fc.constant('join' as const), n: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ kind: fc.constant('leave' as const), n: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ kind: fc.constant('others' as const), n: fc.integer({ min: 5, max: 8 }) }),
      fc.record({ kind: fc.constant('restart' as const), n: fc.constant(0) }),
      fc.record({ kind: fc.constant('wait' as const), n: fc.integer({ min: 1, max: 12 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 12 }), async (events) => {
        const harness = startHarness({ members: [1, 2, 3, 4], policies: [shared()] });
        seed(harness, pipeline, admits(5));
        let others: readonly JsonObject[] = [pipeline, admits(5)];
        const members = new Set([1, 2, 3, 4]);
        const begun = harness.clock.now();
        for (const { kind, n } of events) {
          if (kind === 'join') {
            members.add(n);
            harness.directory.addMember(oncall, person(n).id);
          } else if (kind === 'leave') {
            members.delete(n);
            harness.directory.removeMember(oncall, person(n).id);
          } else if (kind === 'others') {
            const mine = statementsOf(harness).filter((one) => sidOf(one).startsWith('Rolewarden'));
            others = [admits(n), pipeline];
            harness.iam.editRole('payments-debug', { trustDocument: renderDocument([...others, ...mine]) });
          } else if (kind === 'restart') harness.restart();
          else harness.clock.advance(n * minute);
          await harness.sweep();
          await harness.sweep();
          const document = roleOf(harness).trustDocument;
          expect(othersPart(document, instance)).toBe(othersPart(renderDocument(others), instance));
          expect(roleOf(harness).inlinePolicies.filter(({ name }) => name !== denyPolicyName)).toHaveLength(
            1,
          );
          // Emptying a group waits for one more poll.
          if (members.size === 0) continue;
          const inside = admittedIn(harness).filter((one) => one <= 4 && !members.has(one));
          expect(inside.filter((one) => !isDenied(harness, one, begun))).toEqual([]);
        }
        await harness.sweep();
        await sweepAfter(harness, 11);
        await sweepAfter(harness, 11);
        expect(admittedIn(harness).filter((one) => one <= 4)).toEqual([...members].toSorted((a, b) => a - b));
      }),
      { numRuns: 60 },
    );
  });
});
