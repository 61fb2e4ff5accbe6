// What the role of an account may do: reads by calls that were made, writes by its documents as IAM shows them, and one write
// that IAM had to refuse.

import { type AccessRequest, type IdentityPolicies, mayAct } from '../domain/access-evaluator.ts';
import type { Check } from '../domain/check.ts';
import type { AccountExamination, OwnPermissions, Trial } from '../domain/examination.ts';
import type { Reading } from '../domain/reading.ts';
import type { Verdict } from '../domain/condition-evaluator.ts';
import { type Checks, takenApart } from './check.ts';
import { type Asking, type NeededAction, adviceFor, neededActions } from './needed-actions.ts';
import type { AccountNeeds } from './needs.ts';

const worstFirst = ['denied', 'unknown', 'allowed'] as const;

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
  trials: readonly Trial[],
): Check | undefined => {
  const trial = worstTrial(trials, needed.action);
  if (trial?.outcome === 'allowed') return undefined;
  const what = `${needed.action}${trial === undefined ? '' : whereOf(trial)}`;
  // The call before it, which would have said what to ask for, brought nothing.
  if (trial === undefined) return checks.unknown(what, 'it was not tried, for what it asks for is not there');
  const { found, advice } = takenApart(trial.because);
  if (trial.outcome === 'unknown') return checks.unknown(what, found, advice);
  const mending = isByOthers(trial.because) ? advice : adviceFor(needed, needs);
  return needed.isForDoctor === true
    ? checks.unknown(what, `${found}; the controller works without it`, mending)
    : checks.missing(what, found, mending);
};

const readChecks = (
  checks: Checks,
  needs: AccountNeeds,
  { trials }: AccountExamination,
): readonly Check[] => {
  const tried = neededActions.filter((one) => one.isTried && one.isNeeded(needs));
  const problems = tried.flatMap((one) => triedCheck(checks, one, needs, trials) ?? []);
  return problems.length > 0
    ? problems
    : [checks.ok('reads', `all ${tried.length} actions that look at something go through`)];
};

/** Keys of every request that documents may ask for, besides those of the action. */
const withCaller = (asking: Asking, own: OwnPermissions, needs: AccountNeeds): Asking => ({
  ...asking,
  context: new Map([
    ['aws:principalarn', [own.roleArn]],
    ['aws:principalaccount', [needs.account.accountId]],
    ['aws:principaltype', ['AssumedRole']],
    ['aws:resourceaccount', [needs.account.accountId]],
    ['aws:securetransport', ['true']],
    ...asking.context,
  ]),
});

interface Weighed {
  readonly asking: Asking;
  readonly verdict: Verdict;
}

/** The worst of everything that the action is asked for. A key that is not known of a request leaves its answer open. */
const weigh = (
  needed: NeededAction,
  needs: AccountNeeds,
  own: OwnPermissions,
  atMs: number,
): Weighed | undefined => {
  const identity: IdentityPolicies = { policies: own.policies, boundary: own.boundary };
  const weighed = needed.asks(needs).map((asking): Weighed => {
    const request: AccessRequest = { ...withCaller(asking, own, needs), atMs, openWorld: true };
    return { asking, verdict: mayAct(identity, request) };
  });
  return worstFirst.flatMap(
    (outcome) => weighed.find(({ verdict }) => verdict.decision === outcome) ?? [],
  )[0];
};

/** Policies that could not be read may allow what the others do not; what they deny nobody can tell either. */
const weighedCheck = (
  checks: Checks,
  needed: NeededAction,
  needs: AccountNeeds,
  own: OwnPermissions,
  atMs: number,
): Check | undefined => {
  const worst = weigh(needed, needs, own, atMs);
  if (worst === undefined) return undefined;
  const { decision, because } = worst.verdict;
  const isExplicit = because.endsWith('explicitly');
  if (own.unread.length > 0 && !(decision === 'denied' && isExplicit)) {
    const found = `it cannot be told, for the policy ${own.unread.join(', ')} could not be read`;
    return checks.unknown(needed.action, found, 'allow iam:GetPolicy and iam:GetPolicyVersion on it');
  }
  if (decision === 'allowed') return undefined;
  if (decision === 'unknown')
    return checks.unknown(
      needed.action,
      because,
      'look at the conditions of the policies of the role by hand',
    );
  const advice = isExplicit ? `take that deny off the role ${own.roleArn}` : adviceFor(needed, needs);
  return checks.missing(needed.action, because, advice);
};

const isCreationOpen = (needs: AccountNeeds, own: Reading<OwnPermissions>, atMs: number): boolean =>
  own.state === 'present' &&
  neededActions.some(
    (one) =>
      one.action === 'iam:CreateRole' && weigh(one, needs, own.value, atMs)?.verdict.decision === 'denied',
  );

const creationCheck = (
  checks: Checks,
  needs: AccountNeeds,
  { creation, own }: AccountExamination,
  atMs: number,
): readonly Check[] => {
  if (creation === undefined) return [];
  const what = 'a write, tried';
  if (creation.isMade)
    return [
      checks.warning(
        what,
        'IAM made the role rolewarden-doctor out of a trust policy that is none, so that nobody can enter it',
        'aws iam delete-role --role-name rolewarden-doctor',
      ),
    ];
  if (creation.outcome === 'allowed') {
    // Documents that do not allow it speak against the trial: perhaps IAM looks at the trust policy first.
    return isCreationOpen(needs, own, atMs)
      ? []
      : [
          checks.ok(
            what,
            'IAM refused iam:CreateRole for its trust policy alone, so nobody forbids it, the organization included',
          ),
        ];
  }
  const { found, advice } = takenApart(creation.because);
  return creation.outcome === 'unknown'
    ? [checks.unknown(what, found, advice)]
    : [checks.warning(what, found, advice)];
};

const ownProblem = (checks: Checks, own: Reading<OwnPermissions>): Check | undefined => {
  if (own.state === 'present') return undefined;
  const why =
    own.state === 'absent'
      ? 'IAM shows no role by which the account is entered'
      : takenApart(own.problem.message).found;
  return checks.unknown(
    'writes',
    `what the role may change cannot be told: ${why}`,
    'compare its policies with manifests/deploy/policies by hand',
  );
};

const writeChecks = (
  checks: Checks,
  needs: AccountNeeds,
  examination: AccountExamination,
  atMs: number,
): readonly Check[] => {
  const { own } = examination;
  const weighed = neededActions.filter((one) => !one.isTried && one.isNeeded(needs));
  if (weighed.length === 0)
    return [checks.ok('writes', 'nothing is written here: every policy and binding is in mode observe')];
  const unseen = ownProblem(checks, own);
  if (unseen !== undefined || own.state !== 'present') return unseen === undefined ? [] : [unseen];
  const problems = weighed.flatMap((one) => weighedCheck(checks, one, needs, own.value, atMs) ?? []);
  const actions = new Set(weighed.map(({ action }) => action)).size;
  return problems.length > 0
    ? problems
    : [
        checks.ok(
          'writes',
          `all ${actions} actions that change something are allowed by the policies of ${own.value.roleArn}`,
        ),
      ];
};

export const permissionChecks = (
  checks: Checks,
  needs: AccountNeeds,
  examination: AccountExamination,
  atMs: number,
): readonly Check[] => [
  ...readChecks(checks, needs, examination),
  ...writeChecks(checks, needs, examination, atMs),
  ...creationCheck(checks, needs, examination, atMs),
];
