// Account: the typed account, and that its ARNs and regions belong to it.

import type { Account, Mode } from '../domain/policy.ts';
import type { FieldPath } from './field-path.ts';
import { type RawObject, readMeta } from './meta.ts';
import { type Finding, finding, type SourceDocument } from './source-document.ts';
import { quote } from './words.ts';

interface AccountSpec {
  readonly accountId: string;
  readonly partition: string;
  readonly regions: readonly string[];
  readonly spokeRole?: { readonly arn: string; readonly externalId?: string };
  readonly permissionsBoundary: string;
  readonly maxMode: Mode;
  readonly ecsWrites: boolean;
}

export type RawAccount = RawObject<AccountSpec>;

export const readAccount = (document: SourceDocument, raw: RawAccount): Account => {
  const { spokeRole, ...spec } = raw.spec;
  return {
    meta: readMeta(document, raw),
    ...spec,
    spokeRole: spokeRole && { arn: spokeRole.arn, externalId: spokeRole.externalId },
  };
};

/** AWS's own managed policies stand in the account `aws`. */
const awsManaged = 'aws';

export const checkAccount = (document: SourceDocument, { spec }: RawAccount): readonly Finding[] => [
  ...checkArn(document, spec, ['spec', 'permissionsBoundary'], spec.permissionsBoundary, [awsManaged]),
  ...(spec.spokeRole ? checkArn(document, spec, ['spec', 'spokeRole', 'arn'], spec.spokeRole.arn, []) : []),
  ...spec.regions.flatMap((region, index) => checkRegion(document, spec, region, index)),
];

const checkArn = (
  document: SourceDocument,
  { accountId, partition }: AccountSpec,
  path: FieldPath,
  arn: string,
  alsoAllowed: readonly string[],
): readonly Finding[] => {
  const [, arnPartition = '', , , arnAccount = ''] = arn.split(':');
  const findings: Finding[] = [];
  if (arnPartition !== partition) {
    const message = `the ARN is of the partition ${arnPartition}, but this account is in ${partition}; correct the ARN, or spec.partition`;
    findings.push(finding(document, 'wrongPartition', path, message));
  }
  if (arnAccount !== accountId && !alsoAllowed.includes(arnAccount)) {
    const message = `the ARN is of the account ${arnAccount}, but this is ${accountId}; correct the ARN, or spec.accountId`;
    findings.push(finding(document, 'wrongAccount', path, message));
  }
  return findings;
};

const partitionOfRegion = (region: string): string => {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
};

const checkRegion = (
  document: SourceDocument,
  { partition }: AccountSpec,
  region: string,
  index: number,
): readonly Finding[] => {
  const actual = partitionOfRegion(region);
  if (actual === partition) return [];
  const message = `${quote(region)} is a region of the partition ${actual}, but this account is in ${partition}; correct the region, or spec.partition`;
  return [finding(document, 'regionMismatch', ['spec', 'regions', index], message)];
};
