// The documents of a role as they stand after a sweep, beside what the policy wants.

import { canonicalDocument } from '../domain/statement.ts';
import type { Outcome, SweepReport } from '../reconcile/sweep-report.ts';
import { documentOf } from './plan-view.ts';
import type { TrackedRole } from './status-policies.ts';

export interface RoleDocument {
  /** `trust policy`, `permissions`, `inline policy …` */
  readonly name: string;
  /** undefined: there is none. */
  readonly standing: string | undefined;
  /** undefined: there should be none. */
  readonly wanted: string | undefined;
  /** Whether both mean the same. */
  readonly isSame: boolean;
}

/** All documents that differ, and the trust policy where it is known. */
export interface RoleDocuments {
  readonly account: string;
  readonly role: string;
  readonly documents: readonly RoleDocument[];
}

const trustIn = ({ write, written }: Outcome): string | undefined =>
  write.op === 'updateTrust'
    ? (written?.after ?? write.after)
    : write.op === 'createRole'
      ? write.role.trustDocument
      : undefined;

/** The trust policy that the sweep left behind, if it wrote one. */
const trustWritten = (name: string, { outcomes }: SweepReport): string | undefined =>
  outcomes
    .filter((one) => one.result === 'done' && one.object === 'Role' && one.name === name)
    .map(trustIn)
    .findLast((document) => document !== undefined);

const compared = (name: string, standing: string | undefined, wanted: string | undefined): RoleDocument => ({
  name,
  standing,
  wanted,
  isSame:
    standing === undefined || wanted === undefined
      ? standing === wanted
      : canonicalDocument(standing) === canonicalDocument(wanted),
});

export const documentsOfRole = ({ known, left }: TrackedRole, report: SweepReport): RoleDocuments => {
  const { name, trust } = known.planned;
  const trustInSync = trust === undefined ? known.planned.trustInSync() : undefined;
  const wanted = trust?.wanted ?? trustInSync;
  const standing = trustWritten(name, report) ?? trust?.before ?? trustInSync;
  const others = left.flatMap(({ change }) => documentOf(change) ?? []);
  return {
    account: report.account,
    role: name,
    documents: [
      ...(wanted === undefined ? [] : [compared('trust policy', standing, wanted)]),
      ...others.map((one) => compared(one.name, one.before, one.after)),
    ],
  };
};
