// Where IAM and STS of a partition are, and what an ARN says of its place. IAM is global; its requests are signed for one
// region of each partition.

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

export interface ArnPlace {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

/** `arn:aws:ecs:eu-west-1:111122223333:…`; undefined if it names no region or no account. */
export const placeOfArn = (arn: string): ArnPlace | undefined => {
  const [, partition, region, accountId] = /^arn:([\w-]+):[\w-]+:([\w-]+):(\d{12}):/.exec(arn) ?? [];
  return partition === undefined || region === undefined || accountId === undefined
    ? undefined
    : { partition, region, accountId };
};

/** ECS takes roles by ARN or by name, and shows them as they were given; undefined: none. */
export const roleArnFrom = (
  place: Pick<ArnPlace, 'partition' | 'accountId'>,
  role: string | undefined,
): string | undefined => {
  if (role === undefined || role === '') return undefined;
  return role.startsWith('arn:') ? role : `arn:${place.partition}:iam::${place.accountId}:role/${role}`;
};
