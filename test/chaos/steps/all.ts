// All kinds of steps. A new kind is an entry of one of these lists; `changes`
// may also happen in the middle of a sweep.

import fc from 'fast-check';
import type { Place } from '../model.ts';
import type { Trial } from '../trial.ts';
import { policyOfRole } from '../will.ts';
import { countdown, crashSteps } from './crashes.ts';
import { dutySteps } from './duty.ts';
import { dateSteps } from './dates.ts';
import { faultSteps } from './faults.ts';
import { handSteps, type Where } from './hands.ts';
import { peopleSteps } from './people.ts';
import { policySteps } from './policies.ts';
import { type Step, type StepKind, stepKind } from './step.ts';
import { timeSteps } from './time.ts';

const changes: readonly StepKind[] = [
  ...peopleSteps,
  ...dutySteps,
  ...policySteps,
  ...dateSteps,
  ...handSteps,
];

const stepsOf = (kinds: readonly StepKind[]): fc.Arbitrary<Step> =>
  fc.oneof(
    ...kinds.map(({ name, weight, arguments: given }) => ({
      weight,
      arbitrary: (given as fc.Arbitrary<unknown>).map((args): Step => ({ do: name, with: args })),
    })),
  );

const kinds: ReadonlyMap<string, StepKind> = new Map(
  [...changes, ...faultSteps, ...crashSteps, ...timeSteps].map((kind) => [kind.name, kind]),
);

const perform = (trial: Trial, step: Step): void | Promise<void> => {
  const kind = kinds.get(step.do) ?? (step.do === lastMoment.name ? lastMoment : ambush);
  trial.records.note(`-- ${renderStep(step)}`);
  return kind.run(trial, step.with as never);
};

/** Something happens while requests are under way. */
const ambush: StepKind = stepKind({
  name: 'in the middle of a sweep',
  weight: 12,
  arguments: fc.record({ countdown, step: stepsOf(changes) }),
  run: (trial, { countdown: { left, of }, step }) => {
    trial.setAmbush({ left, of, strike: () => void perform(trial, step) });
  },
});

/** The same edit of another role. */
const aimedAt = (step: Step, place: Place | undefined): Step => {
  const policy = policyOfRole(place?.roleName ?? '');
  if (place === undefined || policy === undefined) return step;
  const where: Where = { account: place.account, policy };
  return { ...step, with: { ...(step.with as object), where } };
};

/** The narrowest moment: the controller has planned, and is about to look at the role once more and write. */
const lastMoment: StepKind = stepKind({
  name: 'right before a role is written',
  weight: 6,
  arguments: fc.record({
    countdown: fc.record({
      of: fc.constantFrom('roleReads' as const, 'writes' as const),
      left: fc.integer({ min: 1, max: 3 }),
    }),
    step: stepsOf(handSteps),
  }),
  run: (trial, { countdown: { left, of }, step }) => {
    trial.setAmbush({ left, of, strike: (place) => void perform(trial, aimedAt(step, place)) });
  },
});

export const renderStep = ({ do: what, with: args }: Step): string => {
  const nested = (args as { readonly step?: Step }).step;
  if (nested !== undefined)
    return `${what}, at ${rendered((args as { countdown: unknown }).countdown)}: ${renderStep(nested)}`;
  const text = rendered(args);
  return text === '{}' ? what : `${what} ${text}`;
};

const rendered = (args: unknown): string => JSON.stringify(args).replaceAll('"', '');

const change = stepsOf(changes);
const trouble = stepsOf([...faultSteps, ...crashSteps, ambush, lastMoment]);
const timePasses = stepsOf(timeSteps);

/** Something changes, mostly something goes wrong as well, and then the controller has to do with it. */
const episode: fc.Arbitrary<readonly Step[]> = fc
  .tuple(
    fc.array(change, { minLength: 1, maxLength: 4, size: 'max' }),
    fc.array(trouble, { maxLength: 3, size: 'max' }),
    fc.array(timePasses, { minLength: 1, maxLength: 2, size: 'max' }),
  )
  .map((parts) => parts.flat());

export const anySchedule: fc.Arbitrary<readonly Step[]> = fc
  .array(episode, { minLength: 2, maxLength: 7, size: 'max' })
  .map((episodes) => episodes.flat());

export const runStep = async (trial: Trial, step: Step): Promise<void> => {
  await perform(trial, step);
  await trial.timeline.settle();
};
