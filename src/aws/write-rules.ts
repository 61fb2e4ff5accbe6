// What this adapter refuses to send to IAM, whatever it is asked for: the last check before a write.

import { AppError } from '../domain/errors.ts';
import type { Account } from '../domain/policy.ts';

/** [IAM API reference: roleNameType, policyNameType] */
const roleName = /^[\w+=,.@-]{1,64}$/;
const policyName = /^[\w+=,.@-]{1,128}$/;

export const checkRoleName = (name: string): void => {
  if (roleName.test(name)) return;
  throw new AppError(
    'invalid',
    `role name ${JSON.stringify(name.slice(0, 80))} is not a name that IAM allows: use 1 to 64 letters, digits and +=,.@_-`,
    { code: 'InvalidRoleName' },
  );
};

export const checkPolicyName = (name: string): void => {
  if (policyName.test(name)) return;
  throw new AppError(
    'invalid',
    `inline policy name ${JSON.stringify(name.slice(0, 140))} is not a name that IAM allows: use 1 to 128 letters, digits and +=,.@_-`,
    { code: 'InvalidPolicyName' },
  );
};

/** A role under any other boundary could grant more than the account's owner agreed to. */
export const checkBoundary = (account: Account, role: string, arn: string): void => {
  const allowed = [account.permissionsBoundary, ...account.taskRoleBoundaries];
  if (allowed.includes(arn)) return;
  throw new AppError(
    'invalid',
    `permissions boundary ${arn} of role ${role} is none of account ${account.meta.name}: only ${allowed.join(', ')} is ever set`,
    { code: 'ForeignBoundary', resource: `role ${role}` },
  );
};
