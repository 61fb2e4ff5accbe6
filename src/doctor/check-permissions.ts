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

/** Actions that one statement allows, and that all are refused for want of it. */
type Lacking = readonly [NeededAction, ...NeededAction[]];

const groupedBySid = (lacking: readonly NeededAction[]): readonly Lacking[] => {
  const groups = new Map<string, [NeededAction, ...NeededAction[]]>();
  for (const one of lacking) {
    const key = `${one.document} ${one.sid}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()];
};

const lackingCheck = (
  checks: Checks,
  lacking: Lacking,
  needs: AccountNeeds,
  because: (all: string) => string,
): Check => {
  const [{ action }, ...others] = lacking;
  const what = others.length === 0 ? action : `${action} and ${others.length} more`;
  return checks.missing(
    what,
    because(lacking.map((one) => one.action).join(', ')),
    adviceFor(lacking, needs),
  );
};

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

const readChecks = (
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

interface Judged {
  readonly needed: NeededAction;
  readonly worst: Weighed;
}

const isExplicit = ({ worst }: Judged): boolean => worst.verdict.because.endsWith('explicitly');

/** Policies that could not be read may allow what the others do not; what they deny nobody can tell either. */
const isOpen = (judged: Judged, { unread }: OwnPermissions): boolean =>
  unread.length > 0 && !(judged.worst.verdict.decision === 'denied' && isExplicit(judged));

const openCheck = (checks: Checks, { needed, worst }: Judged, own: OwnPermissions): Check =>
  own.unread.length > 0
    ? checks.unknown(
        needed.action,
        `it cannot be told, for the policy ${own.unread.join(', ')} could not be read`,
        'see iam:GetPolicy and iam:GetPolicyVersion above',
      )
    : checks.unknown(
        needed.action,
        worst.verdict.because,
        'look by hand at the conditions in the policies of the role',
      );

/** No statement allows them, or the boundary does not. */
const deniedChecks = (checks: Checks, denied: readonly Judged[], needs: AccountNeeds): readonly Check[] =>
  groupedBySid(denied.map(({ needed }) => needed)).map((lacking) => {
    const first = denied.find(({ needed }) => needed === lacking[0]);
    const { resource = '*' } = first?.worst.asking ?? {};
    const isBound = first?.worst.verdict.because.startsWith('the permissions boundary') === true;
    return lackingCheck(checks, lacking, needs, (all) =>
      isBound
        ? `the boundary of the role does not allow ${all} on ${resource}`
        : `no statement allows ${all} on ${resource}`,
    );
  });

const judgedChecks = (
  checks: Checks,
  judged: readonly Judged[],
  needs: AccountNeeds,
  own: OwnPermissions,
): readonly Check[] => {
  const open = judged.filter((one) => isOpen(one, own) || one.worst.verdict.decision === 'unknown');
  const denied = judged.filter((one) => !open.includes(one) && one.worst.verdict.decision === 'denied');
  return [
    ...deniedChecks(
      checks,
      denied.filter((one) => !isExplicit(one)),
      needs,
    ),
    ...denied
      .filter(isExplicit)
      .map(({ needed, worst }) =>
        checks.missing(
          needed.action,
          worst.verdict.because,
          `take that deny off the role ${own.roleArn}, or off its boundary`,
        ),
      ),
    ...open.map((one) => openCheck(checks, one, own)),
  ];
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
            'IAM refused iam:CreateRole for its trust policy, and not for want of a permission',
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
  const judged = weighed.flatMap((needed): readonly Judged[] => {
    const worst = weigh(needed, needs, own.value, atMs);
    return worst === undefined ? [] : [{ needed, worst }];
  });
  const problems = judgedChecks(checks, judged, needs, own.value);
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
