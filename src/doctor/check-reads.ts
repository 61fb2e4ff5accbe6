// What the role of an account may read, by calls that were made.

import type { Check } from '../domain/check.ts';
import type { AccountExamination, Trial } from '../domain/examination.ts';
import { type Checks, takenApart } from './check.ts';
import { groupedBySid, lackingCheck, worstFirst } from './lacking.ts';
import { adviceFor, type NeededAction, neededActions } from './needed-actions.ts';
import type { AccountNeeds } from './needs.ts';

const whereOf = ({ region }: Trial): string => (region === undefined ? '' : ` in ${region}`);

/** The worst of the trials of one action, which may have been made in several regions. */
const worstTrial = (trials: readonly Trial[], action: string): Trial | undefined => {
  const made = trials.filter((one) => one.action === action);
  return worstFirst.flatMap((outcome) => made.find((one) => one.outcome === outcome) ?? [])[0];
};

/** An administrator of the organization has to act, whatever the role's own policies say. */
const isByOthers = (because: string): boolean => /AWS organization|an explicit deny/.test(because);

const triedCheck = (
  checks: Checks,
  needed: NeededAction,
  needs: AccountNeeds,
  trial: Trial | undefined,
): Check => {
  const what = `${needed.action}${trial === undefined ? '' : whereOf(trial)}`;
  // The call before it, which would have said what to ask for, brought nothing.
  if (trial === undefined) return checks.unknown(what, 'it was not tried, for what it asks for is not there');
  const { found, advice } = takenApart(trial.because);
  if (trial.outcome === 'unknown') return checks.unknown(what, found, advice);
  return needed.isForDoctor === true
    ? checks.unknown(what, `${found}; the controller works without it`, adviceFor([needed], needs))
    : checks.missing(what, found, isByOthers(trial.because) ? advice : adviceFor([needed], needs));
};

export const readChecks = (
  checks: Checks,
  needs: AccountNeeds,
  { trials }: AccountExamination,
): readonly Check[] => {
  const tried = neededActions
    .filter((one) => one.isTried && one.isNeeded(needs))
    .map((needed) => ({ needed, trial: worstTrial(trials, needed.action) }))
    .filter(({ trial }) => trial?.outcome !== 'allowed');
  if (tried.length === 0) {
    const count = new Set(trials.map(({ action }) => action)).size;
    return [checks.ok('reads', `all ${count} actions that look at something go through`)];
  }
  const isPlain = ({ needed, trial }: (typeof tried)[number]): boolean =>
    trial?.outcome === 'denied' && needed.isForDoctor !== true && !isByOthers(trial.because);
  return [
    ...groupedBySid(tried.filter(isPlain).map(({ needed }) => needed)).map((lacking) =>
      lackingCheck(checks, lacking, needs, (all) => `AWS refuses the role ${all}`),
    ),
    ...tried
      .filter((one) => !isPlain(one))
      .map(({ needed, trial }) => triedCheck(checks, needed, needs, trial)),
  ];
};
