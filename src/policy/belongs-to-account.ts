// Whether ARNs and regions belong to an account.

import type { Account } from '../domain/policy.ts';
import type { FieldPath } from './field-path.ts';
import { type Finding, finding, type SourceDocument } from './source-document.ts';
import { quote } from './words.ts';

/** How a message names an account that stands in another document. */
export const accountWithAddress = ({ meta }: Account): string =>
  `the Account ${quote(meta.name)} (${meta.source.file}:${meta.source.line})`;

/** Whom an ARN must belong to, and how a message speaks of it. */
export interface ArnOwner extends Pick<Account, 'accountId' | 'partition'> {
  readonly called: string;
  /** The fields that may be wrong instead of the ARN. */
  readonly fields: { readonly accountId: string; readonly partition: string };
  /** Accounts whose ARNs are taken as well. */
  readonly alsoAllowed?: readonly string[];
}

export const checkArn = (
  document: SourceDocument,
  path: FieldPath,
  arn: string,
  { accountId, partition, called, fields, alsoAllowed = [] }: ArnOwner,
): readonly Finding[] => {
  const [, arnPartition = '', , , arnAccount = ''] = arn.split(':');
  const findings: Finding[] = [];
  if (arnPartition !== partition) {
    const message = `the ARN is of the partition ${arnPartition}, but ${called} is in ${partition}; correct the ARN, or ${fields.partition}`;
    findings.push(finding(document, 'wrongPartition', path, message));
  }
  if (arnAccount !== accountId && !alsoAllowed.includes(arnAccount)) {
    const message = `the ARN is of the account ${arnAccount}, but ${called} is ${accountId}; correct the ARN, or ${fields.accountId}`;
    findings.push(finding(document, 'wrongAccount', path, message));
  }
  return findings;
};

export const partitionOfRegion = (region: string): string => {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
};

/** Nobody looks into a region that the account does not list, so what is said for it would never be checked. */
export const checkRegionInUse = (
  document: SourceDocument,
  path: FieldPath,
  region: string,
  account: Account,
): readonly Finding[] => {
  if (account.regions.includes(region)) return [];
  const called = accountWithAddress(account);
  const actual = partitionOfRegion(region);
  if (actual !== account.partition) {
    const message = `${quote(region)} is a region of the partition ${actual}, but ${called} is in ${account.partition}; correct it here`;
    return [finding(document, 'regionMismatch', path, message)];
  }
  const message = `${quote(region)} is not among the regions of ${called}; add it to spec.regions there, or correct it here`;
  return [finding(document, 'regionNotInUse', path, message)];
};
