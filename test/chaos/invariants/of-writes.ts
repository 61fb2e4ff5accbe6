// What every single write to AWS must keep. An invariant is an entry of the list: it looks at one role before and after one
// write, and says what is wrong, or nothing.

import type { Access } from '../access.ts';
import type { GroupReads } from '../group-reads.ts';
import type { Knowledge, Model, Place } from '../model.ts';
import type { Records } from '../records.ts';
import type { SandboxRole } from '../../../src/sandbox/aws/aws-cloud.ts';
import { foreignDeniesStay } from './foreign-denies.ts';
import { nobodyIsPutOutWithoutReason } from './narrowing.ts';
import { onlyClosedRolesAreDeleted, onlyOwnRoles, onlyWhereItMay } from './permission-to-act.ts';
import { nothingIsWrittenTwice } from './repetition.ts';
import { nobodyGainsBeyondThePolicy } from './widening.ts';

export interface RoleWritten {
  /** The API's action. */
  readonly operation: string;
  readonly place: Place;
  readonly before: Access;
  readonly after: Access;
  /** undefined: it was not there. */
  readonly roleBefore: SandboxRole | undefined;
  /** As it is now; undefined: it was deleted. */
  readonly role: SandboxRole | undefined;
  /** What the controller last read of this role alone: IAM knows no condition on a write, so somebody's edit between that read
   * and the write is lost. */
  readonly read: { readonly moment: number; readonly access: Access } | undefined;
}

export interface Witnesses {
  readonly sweep: Knowledge;
  readonly model: Model;
  readonly groupReads: GroupReads;
  readonly records: Records;
  /** Whether anything failed since the process began: then it may have to repeat itself. */
  readonly wasFaulty: boolean;
}

export interface WriteInvariant {
  readonly name: string;
  /** What is broken, as the end of a sentence that begins with the write. */
  readonly check: (write: RoleWritten, witnesses: Witnesses) => string | undefined;
}

/** A rule for writes that are still to come stands here as well: for instance, that whoever is put out was denied before. */
export const writeInvariants: readonly WriteInvariant[] = [
  nobodyGainsBeyondThePolicy,
  nobodyIsPutOutWithoutReason,
  onlyWhereItMay,
  onlyOwnRoles,
  foreignDeniesStay,
  onlyClosedRolesAreDeleted,
  nothingIsWrittenTwice,
];
