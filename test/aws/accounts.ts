// Accounts for tests.

import type { Account } from '../../src/domain/policy.ts';

export const testAccount = (change: Partial<Account> = {}): Account => {
  const accountId = change.accountId ?? '111122223333';
  return {
    meta: { name: 'production', labels: {}, annotations: {}, source: { file: 'accounts.yaml', line: 1 } },
    accountId,
    partition: 'aws',
    regions: ['eu-west-1'],
    spokeRole: undefined,
    permissionsBoundary: `arn:aws:iam::${accountId}:policy/rolewarden-boundary`,
    taskRoleBoundaries: [`arn:aws:iam::${accountId}:policy/task-boundary`],
    maxMode: 'enforce',
    ecsWrites: true,
    ...change,
  };
};
