// What the role of an account may write: by its documents as IAM shows them, and by one write that IAM had to refuse.

import type { Check } from '../domain/check.ts';
import type { AccountExamination, OwnPermissions } from '../domain/examination.ts';
import type { Reading } from '../domain/reading.ts';
import { type Checks, takenApart } from './check.ts';
import { groupedBySid, lackingCheck } from './lacking.ts';
import { type NeededAction, neededActions } from './needed-actions.ts';
import type { AccountNeeds } from './needs.ts';
import { weigh, type Weighed } from './weigh-action.ts';

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

export const writeChecks = (
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

const isCreationOpen = (needs: AccountNeeds, own: Reading<OwnPermissions>, atMs: number): boolean =>
  own.state === 'present' &&
  neededActions.some(
    (one) =>
      one.action === 'iam:CreateRole' && weigh(one, needs, own.value, atMs)?.verdict.decision === 'denied',
  );

export const creationCheck = (
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
