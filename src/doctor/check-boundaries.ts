// The permissions boundaries of an account: that they are there, and that nobody goes on to another role past them.

import { mayAct } from '../domain/access-evaluator.ts';
import type { Check } from '../domain/check.ts';
import type { AccountExamination } from '../domain/examination.ts';
import type { Account } from '../domain/policy.ts';
import type { Checks } from './check.ts';
import type { AccountNeeds } from './needs.ts';

const nameOf = (arn: string): string => arn.split('/').at(-1) ?? arn;

const everything = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
});
const noChaining = JSON.stringify({
  Sid: 'NeverAnotherRole',
  Effect: 'Deny',
  Action: 'sts:AssumeRole',
  Resource: '*',
});

const isOfAccount = (arn: string, { accountId }: Account): boolean =>
  arn.includes(`:iam::${accountId}:policy/`);

const chainingCheck = (
  checks: Checks,
  what: string,
  document: string,
  account: Account,
  atMs: number,
): Check => {
  const { decision } = mayAct(
    { policies: [everything], boundary: document },
    {
      action: 'sts:AssumeRole',
      // Any other role, anywhere.
      resource: `arn:${account.partition}:iam::${account.accountId}:role/rolewarden-doctor`,
      context: new Map(),
      atMs,
      openWorld: true,
    },
  );
  if (decision === 'denied') return checks.ok(what, 'it is there, and keeps sts:AssumeRole out');
  const cannotTell = decision === 'unknown' ? 'may let' : 'lets';
  return checks.warning(
    what,
    `it ${cannotTell} a session assume another role, in which nobody can be denied any more`,
    `add to it ${noChaining}, or take manifests/aws/permissions-boundary.json`,
  );
};

const howToMake = (arn: string): string =>
  `aws iam create-policy --policy-name ${nameOf(arn)} --policy-document file://manifests/aws/permissions-boundary.json`;

const boundaryCheck = (
  checks: Checks,
  arn: string,
  { account }: AccountNeeds,
  { boundaries }: AccountExamination,
  atMs: number,
): Check => {
  const what = `boundary ${nameOf(arn)}`;
  if (!isOfAccount(arn, account))
    return checks.warning(
      what,
      `${arn} is no managed policy of this account, so that others say what it holds`,
      'name a managed policy of the account in its Account',
    );
  const reading = boundaries.get(arn);
  switch (reading?.state) {
    case undefined:
      return checks.unknown(what, 'it was not looked at');
    case 'absent':
      return checks.missing(what, `${arn} is not there, and no role is made without it`, howToMake(arn));
    case 'unreadable':
      return checks.unknown(
        what,
        'its document could not be read',
        'see iam:GetPolicy and iam:GetPolicyVersion above',
      );
    case 'present':
      return chainingCheck(checks, what, reading.value, account, atMs);
  }
};

export const boundaryChecks = (
  checks: Checks,
  needs: AccountNeeds,
  examination: AccountExamination,
  atMs: number,
): readonly Check[] =>
  [...examination.boundaries.keys()].map((arn) => boundaryCheck(checks, arn, needs, examination, atMs));
