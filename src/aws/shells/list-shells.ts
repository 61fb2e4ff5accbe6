// The open shells of one region.

import type { ShellSession } from '../../domain/ports.ts';
import { compareText } from '../../domain/statement.ts';
import { openSessions } from './open-sessions.ts';
import { shellIn } from './session-facts.ts';
import type { SsmRegion } from './ssm-region.ts';

const byStart = (a: ShellSession, b: ShellSession): number =>
  a.startedAtMs - b.startedAtMs || compareText(a.id, b.id);

/** Throws when a request fails or an answer is broken: some of the shells are none. */
export const listShells = async (
  region: SsmRegion,
  signal: AbortSignal,
): Promise<readonly ShellSession[]> => {
  // Sessions that begin while the list is read push others onto the next page, where they come once more.
  const shells = new Map<string, ShellSession>();
  for (const session of await openSessions(region, [], signal)) {
    const shell = shellIn(region.region, session);
    if (shell !== undefined) shells.set(shell.id, shell);
  }
  return [...shells.values()].sort(byStart);
};
