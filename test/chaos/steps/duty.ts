// People go on duty for a while: activations and assignments of Privileged Identity Management, which begin and end by
// themselves, or are ended.

import fc from 'fast-check';
import { type PersonNumber, everybody, groupIds, personId } from '../scene.ts';
import type { Trial } from '../trial.ts';
import { type StepKind, stepKind } from './step.ts';

const person = fc.constantFrom<PersonNumber>(...everybody);
const minuteMs = 60_000;

const onDuty = <A extends { readonly person: PersonNumber }>(
  name: string,
  weight: number,
  given: fc.Arbitrary<A>,
  change: (trial: Trial, args: A, id: string) => void,
): StepKind =>
  stepKind({
    name,
    weight,
    arguments: given,
    run: (trial, args) => {
      const id = personId(args.person);
      if (trial.clouds.entra.user(id) === undefined) return;
      change(trial, args, id);
      trial.model.look();
    },
  });

export const dutySteps: readonly StepKind[] = [
  onDuty(
    'somebody goes on duty',
    8,
    fc.record({ person, minutes: fc.constantFrom(4, 7, 12, 30, 300) }),
    ({ clouds: { entra } }, { minutes }, id) => {
      entra.activate(id, groupIds.duty, { durationMs: minutes * minuteMs });
    },
  ),
  onDuty(
    'somebody is to be on duty later',
    2,
    fc.record({ person, from: fc.constantFrom(1, 10), minutes: fc.constantFrom(7, 60) }),
    ({ clouds: { entra }, cloudsNow }, { from, minutes }, id) => {
      const startMs = cloudsNow() + from * minuteMs;
      entra.assign(id, groupIds.duty, { startMs, endMs: startMs + minutes * minuteMs });
    },
  ),
  onDuty('somebody goes off duty early', 4, fc.record({ person }), ({ clouds: { entra } }, _args, id) => {
    entra.endAssignment(id, groupIds.duty);
  }),
];
