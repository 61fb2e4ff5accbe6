// Account: the typed account, and that its ARNs and regions belong to it.

import type { Account, Mode } from '../domain/policy.ts';
import { type ArnOwner, checkArn, partitionOfRegion } from './belongs-to-account.ts';
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
  readonly taskRoleBoundaries: readonly string[];
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
  ...checkBoundary(document, spec, ['spec', 'permissionsBoundary'], spec.permissionsBoundary),
  ...spec.taskRoleBoundaries.flatMap((arn, index) =>
    checkBoundary(document, spec, ['spec', 'taskRoleBoundaries', index], arn),
  ),
  ...(spec.spokeRole
    ? checkArn(document, ['spec', 'spokeRole', 'arn'], spec.spokeRole.arn, ownerOf(spec))
    : []),
  ...spec.regions.flatMap((region, index) => checkRegion(document, spec, region, index)),
];

const ownerOf = ({ accountId, partition }: AccountSpec): ArnOwner => ({
  accountId,
  partition,
  called: 'this account',
  fields: { accountId: 'spec.accountId', partition: 'spec.partition' },
});

const checkBoundary = (
  document: SourceDocument,
  spec: AccountSpec,
  path: FieldPath,
  arn: string,
): readonly Finding[] => checkArn(document, path, arn, { ...ownerOf(spec), alsoAllowed: [awsManaged] });

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
