// A session that assumes another role is known there by that role alone, so that no deny in this one reaches it. The
// permissions boundary closes that way for good; where it does not, it is said. [aws.md §6]

import type { DesiredRole } from '../../desired/desired-role.ts';
import { mayAct } from '../../domain/access-evaluator.ts';
import { type JsonObject, asList, renderDocument } from '../../domain/statement.ts';
import type { PlanInput } from '../plan-input.ts';

const action = 'sts:AssumeRole';

/** Cheaper than the evaluator, which is asked only of roles whose statements may be about it. */
const mayConcern = (statement: JsonObject): boolean =>
  statement['Effect'] === 'Allow' &&
  ('NotAction' in statement ||
    asList(statement['Action']).some((one) => typeof one !== 'string' || /^(\*|sts:[*a])/i.test(one)));

/** Whether the permissions that a policy gives may let its people assume other roles. */
export const mayChain = ({ statements }: DesiredRole): boolean => statements.some(mayConcern);

/** ARNs of boundaries whose documents decide whether somebody may. */
export const boundariesToRead = ({ desired, confirmations }: PlanInput): readonly string[] =>
  desired.roles
    .filter((role) => mayChain(role) && !confirmations.managedPolicies.has(role.boundary))
    .map(({ boundary }) => boundary);

export const chainingWarnings = (role: DesiredRole | undefined, input: PlanInput): readonly string[] => {
  if (role === undefined || !mayChain(role)) return [];
  const reading = input.confirmations.managedPolicies.get(role.boundary);
  const boundary = reading?.state === 'present' ? reading.value : undefined;
  const verdict = mayAct(
    { policies: [renderDocument(role.statements)], boundary },
    {
      action,
      resource: `arn:${input.account.partition}:iam::${input.account.accountId}:role/any`,
      context: new Map(),
      atMs: input.nowMs,
      openWorld: true,
    },
  );
  if (verdict.decision === 'denied') return [];
  const unread =
    boundary === undefined ? ` (the permissions boundary ${role.boundary} could not be read)` : '';
  return [
    `its people may assume other roles, and sessions in those go on when they are put out here${unread}; deny ${action} in the permissions boundary, as manifests/aws/permissions-boundary.json does`,
  ];
};
