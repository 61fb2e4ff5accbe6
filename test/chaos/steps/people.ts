// Entra changes: people come and go, are disabled and deleted; groups are emptied, deleted, and put into each other.

import fc from 'fast-check';
import {
  type PlainGroupName,
  type PersonNumber,
  everybody,
  groupIds,
  plainGroupNames,
  personId,
  userOf,
} from '../scene.ts';
import type { Trial } from '../trial.ts';
import { type StepKind, stepKind } from './step.ts';

const person = fc.constantFrom<PersonNumber>(...everybody);
const group = fc.constantFrom<PlainGroupName>(...plainGroupNames);

const exists = ({ clouds }: Trial, name: PlainGroupName): boolean =>
  clouds.entra.groups().some(({ id }) => id === groupIds[name]);

/** A change of Entra, which the model then looks at. */
const inEntra = <A>(
  name: string,
  weight: number,
  given: fc.Arbitrary<A>,
  change: (trial: Trial, args: A) => void,
): StepKind =>
  stepKind({
    name,
    weight,
    arguments: given,
    run: (trial, args) => {
      change(trial, args);
      trial.model.look();
    },
  });

export const peopleSteps: readonly StepKind[] = [
  inEntra('somebody joins', 10, fc.record({ person, group }), (trial, args) => {
    const { entra } = trial.clouds;
    if (exists(trial, args.group) && entra.user(personId(args.person)) !== undefined)
      entra.addMember(groupIds[args.group], personId(args.person));
  }),
  inEntra('somebody leaves', 10, fc.record({ person, group }), (trial, args) => {
    if (exists(trial, args.group))
      trial.clouds.entra.removeMember(groupIds[args.group], personId(args.person));
  }),
  inEntra('somebody is disabled', 4, fc.record({ person }), ({ clouds: { entra } }, args) => {
    if (entra.user(personId(args.person)) !== undefined)
      entra.updateUser(personId(args.person), { accountEnabled: false });
  }),
  inEntra('somebody is enabled', 2, fc.record({ person }), ({ clouds: { entra } }, args) => {
    if (entra.user(personId(args.person)) !== undefined)
      entra.updateUser(personId(args.person), { accountEnabled: true });
  }),
  inEntra('somebody is deleted', 2, fc.record({ person }), ({ clouds: { entra } }, args) => {
    if (entra.user(personId(args.person)) !== undefined) entra.deleteUser(personId(args.person));
  }),
  inEntra('somebody is restored', 2, fc.record({ person }), ({ clouds: { entra } }, args) => {
    if (entra.user(personId(args.person)) === undefined) entra.addUser(userOf(args.person));
  }),
  inEntra('a group is emptied', 1, fc.record({ group }), (trial, args) => {
    if (!exists(trial, args.group)) return;
    for (const member of trial.clouds.entra.members(groupIds[args.group]))
      trial.clouds.entra.removeMember(groupIds[args.group], member);
  }),
  inEntra('a group is deleted', 1, fc.record({ group }), (trial, args) => {
    if (exists(trial, args.group)) trial.clouds.entra.deleteGroup(groupIds[args.group]);
  }),
  inEntra(
    'a group is there again',
    1,
    fc.record({ group, members: fc.uniqueArray(person) }),
    (trial, args) => {
      const { entra } = trial.clouds;
      if (exists(trial, args.group)) return;
      const members = args.members.map(personId).filter((id) => entra.user(id) !== undefined);
      entra.addGroup({ id: groupIds[args.group], displayName: args.group, members });
    },
  ),
  inEntra('a group is put into another', 1, fc.record({ inner: group, outer: group }), (trial, args) => {
    if (exists(trial, args.inner) && exists(trial, args.outer) && args.inner !== args.outer)
      trial.clouds.entra.addMember(groupIds[args.outer], groupIds[args.inner]);
  }),
];
