// An invariant of writes looks at one role before and after one write, and says what is wrong, or nothing.

import type { Access } from '../access.ts';
import type { GroupReads } from '../group-reads.ts';
import type { Knowledge, Model, Place } from '../model.ts';
import type { Records } from '../records.ts';
import { toleratedSkewMs } from '../trial.ts';
import { isLockedOut } from '../will.ts';
import type { SandboxRole } from '../../../src/sandbox/aws/aws-cloud.ts';

/** The controller's last look at one role alone. */
export interface RoleRead {
  readonly moment: number;
  /** When it saw more than an inline policy of it. */
  readonly headMoment: number;
  readonly access: Access;
}

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
  readonly read: RoleRead | undefined;
}

export interface Witnesses {
  readonly sweep: Knowledge;
  readonly model: Model;
  readonly groupReads: GroupReads;
  readonly records: Records;
  /** Whether anything failed since the process began, or somebody edited something just now: then it may have to repeat itself. */
  readonly isDisturbed: boolean;
  /** The time in the clouds, milliseconds since the epoch. */
  readonly atMs: number;
  /** By how much the clock of the controller is ahead of theirs, milliseconds. */
  readonly aheadMs: number;
  /** How long IAM hides what is new; 0: it does not. */
  readonly lagMs: number;
}

/** From when on an edit by hand cannot have been seen: since the sweep looked, and then looked at this role alone. */
export const lastLook = ({ read }: RoleWritten, { sweep }: Witnesses): number =>
  Math.max(read?.moment ?? 0, sweep.beganAt);

/** Whether a Lockout names her by any clock that the sweep may go by: while clocks differ, it lasts longer. */
export const mayBeLockedOut = (person: string, { sweep, aheadMs }: Witnesses): boolean =>
  isLockedOut(sweep.will, person, sweep.beganAtMs + Math.min(0, aheadMs) - toleratedSkewMs);

export interface WriteInvariant {
  readonly name: string;
  /** What is broken, as the end of a sentence that begins with the write. */
  readonly check: (write: RoleWritten, witnesses: Witnesses) => string | undefined;
}
