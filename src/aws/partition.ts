// Where IAM and STS of a partition are. IAM is global; its requests are signed for one region of each partition.

import type { Account } from '../domain/policy.ts';

/** [endpoint resolution of the SDK, reference aws.md §3.2] */
const iamRegions: Readonly<Record<string, string>> = {
  aws: 'us-east-1',
  'aws-us-gov': 'us-gov-west-1',
  'aws-cn': 'cn-north-1',
  'aws-eusc': 'eusc-de-east-1',
};

export const iamRegion = (partition: string): string => iamRegions[partition] ?? 'us-east-1';

/** STS is regional, and near is better: the account's first region, else where its IAM is. */
export const stsRegion = (account: Pick<Account, 'partition' | 'regions'>): string =>
  account.regions[0] ?? iamRegion(account.partition);

/** `arn:aws:iam::111122223333:role/x` → `111122223333`; undefined if it is no ARN with an account. */
export const accountOfArn = (arn: string): string | undefined =>
  /^arn:[\w-]+:[\w-]+:[\w-]*:(\d{12}):/.exec(arn)?.[1];
