// The promises, over random worlds.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DirectorySnapshot, Group, Person } from '../../src/domain/directory.ts';
import { AppError } from '../../src/domain/errors.ts';
import { present, type Reading, unreadable, absent } from '../../src/domain/reading.ts';
import type { ObservedRole } from '../../src/domain/role.ts';
import type { AccessPolicy, Mode } from '../../src/domain/policy.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { PlanInput } from '../../src/plan/plan-input.ts';
import {
  accessPolicy,
  controllerConfig,
  federation,
  group,
  groupSubject,
  meta,
  oidcFederation,
  person,
  samlFederation,
  servicePrincipal,
  servicePrincipalSubject,
  snapshotOf,
  uuid,
} from '../builders.ts';
import { respelled } from '../respelling.ts';
import { inputOf, desiredWith, roleInSync } from './scenario.ts';

const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 8 });
const arbitraryPerson = (n: number): fc.Arbitrary<Person> =>
  fc
    .record({
      accountEnabled: fc.oneof(
        { weight: 6, arbitrary: fc.constant<boolean | null>(true) },
        { weight: 1, arbitrary: fc.constantFrom<boolean | null>(false, null) },
      ),
    })
    .map((state) => person(n, state));
const people = numbers.chain((list) => fc.tuple(...list.map(arbitraryPerson)));
const arbitraryGroup = (id: string): fc.Arbitrary<Group> => people.map((members) => group(id, members));
const groupId = (n: number): string => uuid('b', n);

const policyShape = fc.record({
  group: fc.integer({ min: 1, max: 3 }),
  second: fc.option(fc.integer({ min: 1, max: 3 })),
  mode: fc.constantFrom<Mode>('enforce', 'enforce', 'enforce', 'narrow-only', 'observe'),
  appRole: fc.boolean(),
  workload: fc.boolean(),
  suspend: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  action: fc.constantFrom('s3:GetObject', 'ecs:DescribeTasks', 'logs:GetLogEvents'),
});

const policies: fc.Arbitrary<readonly AccessPolicy[]> = fc
  .array(policyShape, { minLength: 1, maxLength: 3 })
  .map((shapes) =>
    shapes.map((shape, index) =>
      accessPolicy({
        meta: meta(`policy-${index}`),
        mode: shape.mode,
        suspend: shape.suspend,
        groups: [...new Set([shape.group, shape.second ?? shape.group])].map((n) => groupSubject(groupId(n))),
        servicePrincipals: shape.workload ? [servicePrincipalSubject(uuid('c', 1))] : [],
        statements: [{ Effect: 'Allow', Action: shape.action, Resource: '*' }],
        role: { name: `role-${index}`, admission: shape.appRole && index === 2 ? 'appRole' : 'members' },
      }),
    ),
  );

const federations = fc
  .record({
    audiences: fc.constantFrom(1, 2),
    tags: fc.boolean(),
    source: fc.boolean(),
    version: fc.constantFrom<1 | 2>(1, 2),
  })
  .map(({ audiences, tags, source, version }) =>
    federation({
      saml: samlFederation({
        audiences: [
          'https://signin.aws.amazon.com/saml',
          'https://eu-west-1.signin.aws.amazon.com/saml',
        ].slice(0, audiences),
        sendsSessionTags: tags,
        sendsSourceIdentity: source,
      }),
      oidc: oidcFederation({ tokenVersion: version }),
    }),
  );

const snapshot = fc
  .tuple(
    arbitraryGroup(groupId(1)),
    arbitraryGroup(groupId(2)),
    arbitraryGroup(groupId(3)),
    fc.integer({ min: 1, max: 3 }),
  )
  .map(([one, two, three, emptyPolls]) =>
    snapshotOf({
      groups: { [one.id]: one, [two.id]: two, [three.id]: three },
      servicePrincipals: { [uuid('c', 1)]: servicePrincipal(1) },
      emptyPolls: Object.fromEntries(
        [one, two, three].filter((g) => g.people.length === 0).map((g) => [g.id, emptyPolls]),
      ),
    }),
  );

interface World {
  readonly policies: readonly AccessPolicy[];
  readonly federation: ReturnType<typeof federation>;
  readonly before: DirectorySnapshot;
  readonly now: DirectorySnapshot;
}
const world: fc.Arbitrary<World> = fc.record({
  policies,
  federation: federations,
  before: snapshot,
  now: snapshot,
});

/** AWS as the controller left it when `before` was true; decided now. */
const inputFor = (
  { policies: wanted, federation: used, before, now }: World,
  more: Partial<PlanInput> = {},
): PlanInput => {
  const parts = { policies: wanted, federation: used, config: controllerConfig() };
  const roles = (): readonly ObservedRole[] => desiredWith(before, parts).map((role) => roleInSync(role));
  return inputOf({
    ...parts,
    snapshot: now,
    roles,
    observed: { trustQuotaChars: 8_192 },
    confirmations: { groups: now.groups },
    input: more,
  });
};

const removedSubjects = (input: PlanInput): readonly string[] =>
  makePlan(input).roles.flatMap((role) =>
    role.apply.flatMap(({ detail }) =>
      detail.kind === 'revoke' &&
      detail.proof === undefined &&
      'sub' in detail.grant &&
      detail.grant.kind === 'person'
        ? [detail.grant.sub]
        : [],
    ),
  );

const failing = (reading: Reading<Group>): fc.Arbitrary<Reading<Group>> =>
  fc.constantFrom<Reading<Group>>(reading, unreadable(new AppError('transient', 'no')), absent);

describe('over random worlds', () => {
  it('plan(x, x) is empty, however AWS spells x', () => {
    fc.assert(
      fc.property(world, fc.infiniteStream(fc.integer({ min: 0, max: 1_000 })), (given, stream) => {
        const input = inputFor({ ...given, before: given.now });
        const roles = input.observed.roles.map((role) => ({
          ...role,
          trustDocument: respelled(role.trustDocument, stream),
          inlinePolicies: role.inlinePolicies.map((policy) => ({
            ...policy,
            document: respelled(policy.document, stream),
          })),
        }));
        const plan = makePlan({ ...input, observed: { ...input.observed, roles } });
        // Members whose state is unknown are no difference, but they are named.
        const differences = plan.roles.flatMap((role) => [
          ...role.apply,
          ...role.held
            .filter(
              ({ hold }) =>
                hold.reason !== 'standingUnknown' &&
                hold.reason !== 'suspended' &&
                hold.reason !== 'observeOnly' &&
                hold.reason !== 'narrowOnly',
            )
            .map(({ change }) => change),
        ]);
        expect(differences).toEqual([]);
        expect(plan.roles.flatMap((role) => role.writes)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('what cannot be read removes nobody without proof', () => {
    const scenario = world.chain((given) =>
      fc.record({
        given: fc.constant(given),
        first: fc.tuple(
          ...[...given.now.groups].map(([key, reading]) =>
            failing(reading).map((one) => [key, one] as const),
          ),
        ),
        second: fc.tuple(
          ...[...given.now.groups].map(([key, reading]) =>
            failing(reading).map((one) => [key, one] as const),
          ),
        ),
      }),
    );
    fc.assert(
      fc.property(scenario, ({ given, first, second }) => {
        const now = { ...given.now, groups: new Map(first) };
        const input = {
          ...inputFor({ ...given, now }),
          confirmations: { ...inputFor(given).confirmations, groups: new Map(second) },
        };
        const unread = new Set(
          [...first, ...second].filter(([, reading]) => reading.state !== 'present').map(([key]) => key),
        );
        const affected = new Set(
          given.policies
            .filter((policy) => policy.groups.some(({ id }) => unread.has(id)))
            .map((policy) => policy.role.name),
        );
        for (const role of makePlan(input).roles) {
          if (!affected.has(role.name)) continue;
          const stillMembers = new Set(role.admitted().map(({ sub }) => sub));
          for (const { detail } of role.apply) {
            if (detail.kind !== 'revoke' || detail.grant.kind !== 'person' || detail.proof !== undefined)
              continue;
            expect(stillMembers.has(detail.grant.sub)).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('nobody goes who is in either of the two reads', () => {
    fc.assert(
      fc.property(world, snapshot, (given, other) => {
        const input = {
          ...inputFor(given),
          confirmations: { ...inputFor(given).confirmations, groups: other.groups },
        };
        for (const sub of removedSubjects(input)) {
          const inSecond = [...other.groups.values()].some(
            (reading) => reading.state === 'present' && reading.value.people.some(({ id }) => id === sub),
          );
          const groupsOf = given.policies.flatMap((policy) => policy.groups.map(({ id }) => id));
          const inUsedGroup = [...other.groups].some(
            ([key, reading]) =>
              groupsOf.includes(key) &&
              reading.state === 'present' &&
              reading.value.people.some(({ id }) => id === sub),
          );
          // A person may leave one policy's group and stay in another's; single-policy worlds make the claim exact.
          if (given.policies.length === 1) expect(inSecond && inUsedGroup).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('the order of inputs never matters, and the same world gives the same bytes', () => {
    fc.assert(
      fc.property(world, (given) => {
        const input = inputFor(given);
        const turned: PlanInput = {
          ...input,
          desired: { roles: input.desired.roles.toReversed() },
          observed: { ...input.observed, roles: input.observed.roles.toReversed() },
          confirmations: {
            ...input.confirmations,
            groups: new Map([...input.confirmations.groups].toReversed()),
          },
        };
        expect(JSON.stringify(makePlan(turned))).toBe(JSON.stringify(makePlan(input)));
      }),
      { numRuns: 200 },
    );
  });

  it('weaker modes and suspension never add a change', () => {
    fc.assert(
      fc.property(
        world,
        fc.constantFrom<Partial<AccessPolicy>>(
          { mode: 'observe' },
          { mode: 'narrow-only' },
          { suspend: true },
        ),
        (given, weaker) => {
          const ids = (wanted: readonly AccessPolicy[]) =>
            new Set(
              makePlan(inputFor({ ...given, policies: wanted })).roles.flatMap((role) =>
                role.apply.map(({ id }) => id),
              ),
            );
          const strong = ids(
            given.policies.map((policy) => ({ ...policy, mode: 'enforce', suspend: false })),
          );
          for (const id of ids(
            given.policies.map((policy) => ({ ...policy, mode: 'enforce', suspend: false, ...weaker })),
          ))
            expect(strong.has(id)).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('every change is either applied or held, and every applied one is carried by a write', () => {
    fc.assert(
      fc.property(world, (given) => {
        for (const role of makePlan(inputFor(given)).roles) {
          const carried = role.writes.flatMap((write) => write.changes.map(({ id }) => id));
          expect(carried.toSorted()).toEqual(role.apply.map(({ id }) => id).toSorted());
          const both = new Set(role.apply.map(({ id }) => id));
          expect(role.held.filter(({ change }) => both.has(change.id))).toEqual([]);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('a person taken out of both reads goes when enough of her colleagues stay', () => {
    const reading = present(group(groupId(1), [person(2), person(3), person(4)]));
    const given: World = {
      policies: [accessPolicy({ groups: [groupSubject(groupId(1))] })],
      federation: federation(),
      before: snapshotOf({
        groups: { [groupId(1)]: group(groupId(1), [person(1), person(2), person(3), person(4)]) },
      }),
      now: snapshotOf({ groups: { [groupId(1)]: reading } }),
    };
    expect(removedSubjects(inputFor(given))).toEqual([uuid('a', 1)]);
  });
});
