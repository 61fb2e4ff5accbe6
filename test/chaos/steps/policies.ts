// Git changes: what policies say, and whether they can be read.

import fc from 'fast-check';
import type { Mode } from '../../../src/domain/policy.ts';
import {
  type AccountName,
  type Action,
  type GroupName,
  type PlainGroupName,
  type PersonNumber,
  actions,
  everybody,
  groupIds,
  groupNames,
  plainGroupNames,
  personId,
} from '../scene.ts';
import type { Trial } from '../trial.ts';
import { type PolicyName, type PolicyWill, policyNames } from '../will.ts';
import { type StepKind, stepKind } from './step.ts';

const policy = fc.constantFrom<PolicyName>(...policyNames);
const group = fc.constantFrom<PlainGroupName>(...plainGroupNames);
const anyGroup = fc.constantFrom<GroupName>(...groupNames);
const person = fc.constantFrom<PersonNumber>(...everybody);

const commit = (
  { git }: Trial,
  name: PolicyName,
  change: (policy: PolicyWill) => Partial<PolicyWill>,
): void => {
  const will = git.will();
  const before = will.policies[name];
  git.commit({ ...will, policies: { ...will.policies, [name]: { ...before, ...change(before) } } });
};

const edit = <A>(
  name: string,
  weight: number,
  given: fc.Arbitrary<A>,
  change: (args: A, policy: PolicyWill) => Partial<PolicyWill>,
): StepKind =>
  stepKind({
    name,
    weight,
    arguments: fc.record({ policy, args: given }),
    run: (trial, { policy: of, args }) => {
      commit(trial, of, (before) => change(args, before));
    },
  });

export const policySteps: readonly StepKind[] = [
  edit(
    'a policy gives another action',
    6,
    fc.record({ action: fc.constantFrom<Action>(...actions) }),
    ({ action }) => ({ action }),
  ),
  stepKind({
    // People and permissions at once: the hardest to carry out in an order that gives nobody too much.
    name: 'a policy is handed over',
    weight: 8,
    arguments: fc.record({
      policy,
      action: fc.constantFrom<Action>(...actions),
      group,
      leave: fc.uniqueArray(person, { maxLength: 5 }),
      join: fc.uniqueArray(person, { maxLength: 3 }),
    }),
    run: (trial, args) => {
      const { entra } = trial.clouds;
      const id = groupIds[args.group];
      if (entra.groups().some((one) => one.id === id)) {
        for (const n of args.leave) entra.removeMember(id, personId(n));
        for (const n of args.join)
          if (entra.user(personId(n)) !== undefined) entra.addMember(id, personId(n));
        trial.model.look();
      }
      commit(trial, args.policy, () => ({ action: args.action }));
    },
  }),
  edit('a policy names another group', 3, fc.record({ group, nested: fc.boolean() }), (args, { groups }) => ({
    groups: [...groups.filter(({ name }) => name !== args.group), { name: args.group, nested: args.nested }],
  })),
  edit('a policy admits whoever is on duty', 5, fc.constant({}), (_, { groups }) => ({
    groups: [...groups.filter(({ name }) => name !== 'duty'), { name: 'duty', nested: false }],
  })),
  edit('a policy names a group no more', 3, fc.record({ group: anyGroup }), (args, { groups }) => {
    const rest = groups.filter(({ name }) => name !== args.group);
    return rest.length === 0 ? {} : { groups: rest };
  }),
  edit('a policy is removed', 2, fc.constant({}), () => ({ file: 'removed' })),
  edit('a policy is broken', 1, fc.constant({}), () => ({ file: 'broken' })),
  stepKind({
    name: 'all policies are there again',
    weight: 4,
    arguments: fc.constant({}),
    run: (trial) => {
      for (const name of policyNames) commit(trial, name, () => ({ file: 'good' }));
    },
  }),
  edit(
    'a policy has another mode',
    2,
    fc.record({ mode: fc.constantFrom<Mode>('observe', 'narrow-only', 'enforce', 'enforce') }),
    ({ mode }) => ({ mode }),
  ),
  stepKind({
    name: 'the federation counts as verified or not',
    weight: 2,
    arguments: fc.record({ isVerified: fc.boolean() }),
    run: ({ git }, { isVerified }) => {
      git.commit({ ...git.will(), isVerified });
    },
  }),
  edit('a policy is suspended or not', 2, fc.record({ suspend: fc.boolean() }), ({ suspend }) => ({
    suspend,
  })),
  edit('a policy may be pruned or not', 1, fc.record({ prune: fc.boolean() }), ({ prune }) => ({ prune })),
  edit(
    'a policy covers other accounts',
    1,
    fc.record({
      accounts: fc.constantFrom<readonly AccountName[]>(['dev'], ['prod'], ['dev', 'prod']),
    }),
    ({ accounts }) => ({ accounts }),
  ),
];
