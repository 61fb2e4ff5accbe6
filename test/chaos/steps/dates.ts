// Words in Git that hold until a date: Lockouts, ends of policies, and that a large removal is meant.

import fc from 'fast-check';
import { acknowledgementsIn } from '../converge.ts';
import { type PersonNumber, everybody } from '../scene.ts';
import type { Trial } from '../trial.ts';
import { type PolicyName, policyNames } from '../will.ts';
import { type StepKind, stepKind } from './step.ts';

const person = fc.constantFrom<PersonNumber>(...everybody);
const policy = fc.constantFrom<PolicyName>(...policyNames);
const minuteMs = 60_000;

const inMinutes = ({ cloudsNow }: Trial, minutes: number): number =>
  Math.floor(cloudsNow() / 1_000) * 1_000 + minutes * minuteMs;

const withoutLockout = ({ git }: Trial, of: PersonNumber) =>
  git.will().lockouts.filter((lockout) => lockout.person !== of);

const setEnd = ({ git }: Trial, name: PolicyName, expiresAtMs: number | undefined): void => {
  const will = git.will();
  git.commit({
    ...will,
    policies: { ...will.policies, [name]: { ...will.policies[name], expiresAtMs } },
  });
};

export const dateSteps: readonly StepKind[] = [
  stepKind({
    name: 'somebody is locked out',
    weight: 6,
    arguments: fc.record({ person, minutes: fc.constantFrom(2, 15, 120, 6_000) }),
    run: (trial, { person: of, minutes }) => {
      const lockout = { person: of, untilMs: inMinutes(trial, minutes) };
      trial.git.commit({ ...trial.git.will(), lockouts: [...withoutLockout(trial, of), lockout] });
    },
  }),
  stepKind({
    name: 'a Lockout is taken back',
    weight: 2,
    arguments: fc.record({ person }),
    run: (trial, { person: of }) => {
      trial.git.commit({ ...trial.git.will(), lockouts: withoutLockout(trial, of) });
    },
  }),
  stepKind({
    name: 'a policy is to end',
    weight: 3,
    arguments: fc.record({ policy, minutes: fc.constantFrom(-1, 1, 1, 5, 20, 300) }),
    run: (trial, { policy: name, minutes }) => {
      setEnd(trial, name, inMinutes(trial, minutes));
    },
  }),
  stepKind({
    name: 'a policy is to end no more',
    weight: 2,
    arguments: fc.record({ policy }),
    run: (trial, { policy: name }) => {
      setEnd(trial, name, undefined);
    },
  }),
  stepKind({
    name: 'what the breaker holds is acknowledged',
    weight: 3,
    arguments: fc.record({ minutes: fc.constantFrom(3, 1_440) }),
    run: (trial, { minutes }) => {
      const will = trial.git.will();
      const lines = acknowledgementsIn(trial, minutes * minuteMs);
      trial.git.commit({ ...will, acknowledged: [...new Set([...will.acknowledged, ...lines])] });
    },
  }),
];
