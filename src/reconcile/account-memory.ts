// What one process knows of an account beside AWS itself. It is lost with the process, and with nothing else: a change of the
// account in Git, be it an annotation, starts its loops anew, and they go on with what is known.

import type { ElapsedMs } from './clock-jumps.ts';
import { type ContestBook, createContestBook } from './contest-book.ts';
import { type EcsBook, createEcsBook } from './ecs-book.ts';
import { type ShellMemory, createShellMemory } from './end-shells.ts';
import { type OthersBook, createOthersBook } from './others-book.ts';
import { type RevocationBook, createRevocationBook } from './revocation-book.ts';
import { type WriteMemory, createWriteMemory } from './write-memory.ts';

export interface AccountMemory {
  readonly ecsBook: EcsBook;
  readonly contestBook: ContestBook;
  readonly othersBook: OthersBook;
  readonly revocationBook: RevocationBook;
  readonly shellMemory: ShellMemory;
  /** Each loop knows what it wrote itself. */
  readonly writes: { readonly access: WriteMemory; readonly services: WriteMemory };
}

export const createAccountMemory = (elapsedMs?: ElapsedMs): AccountMemory => ({
  ecsBook: createEcsBook(),
  contestBook: createContestBook(elapsedMs),
  othersBook: createOthersBook(elapsedMs),
  revocationBook: createRevocationBook(),
  shellMemory: createShellMemory(),
  writes: { access: createWriteMemory(elapsedMs), services: createWriteMemory(elapsedMs) },
});
