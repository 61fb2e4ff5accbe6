// Which open shells belong to somebody who was put out. A shell outlives every deny: IAM is asked when it opens, and no more.
// [aws.md §6]

import type { Denies } from '../domain/denies.ts';
import type { Hold, PlannedRole } from '../domain/plan.ts';
import type { ShellSession } from '../domain/ports.ts';
import { compareText, lowerCase } from '../domain/statement.ts';

/** Somebody who is out of a role, and what her sessions may be called. */
export interface OutOfRole {
  readonly roleName: string;
  readonly sub: string;
  /** Values that her RoleSessionName may have: her user principal name, her object id. */
  readonly names: readonly string[];
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
  /** Only shells that were opened before: she was let in again. Milliseconds since the epoch; undefined: all. */
  readonly openedBeforeMs: number | undefined;
  /** Why her shells stay open; undefined: they are ended. */
  readonly hold: Hold | undefined;
}

/** All who are out of a role, without their names: looking those up is only worth it where a shell may be open. */
export const outsOf = (
  { name, shellsHold }: Pick<PlannedRole, 'name' | 'shellsHold'>,
  { outs }: Denies,
  lockedOut: ReadonlySet<string>,
): readonly Omit<OutOfRole, 'names'>[] =>
  [...outs].map(([sub, { sinceMs, issuedBeforeMs }]) => ({
    roleName: name,
    sub,
    sinceMs,
    openedBeforeMs: issuedBeforeMs,
    hold: lockedOut.has(sub) ? undefined : shellsHold,
  }));

const owner = /^arn:[\w-]+:sts::\d{12}:assumed-role\/([^/]+)\/(.+)$/;

export interface ShellOf {
  readonly session: ShellSession;
  readonly out: OutOfRole;
}

export interface ShellDecision {
  readonly end: readonly ShellOf[];
  /** Of people who are out, in roles where nothing may be changed. */
  readonly held: readonly ShellOf[];
  /** Of roles that somebody is out of, but of whom nobody can tell. */
  readonly unattributed: readonly ShellSession[];
}

/** `known`: all that those who belong in may be called, by role name. */
export const decideShells = (
  sessions: readonly ShellSession[],
  outs: readonly OutOfRole[],
  known: ReadonlyMap<string, ReadonlySet<string>>,
): ShellDecision => {
  const end: ShellOf[] = [];
  const held: ShellOf[] = [];
  const unattributed: ShellSession[] = [];
  for (const session of [...sessions].sort((a, b) => compareText(a.id, b.id))) {
    const [, roleName, name] = owner.exec(session.ownerArn) ?? [];
    if (roleName === undefined || name === undefined) continue;
    const ofRole = outs.filter((one) => one.roleName === roleName);
    if (ofRole.length === 0) continue;
    const out = ofRole.find(({ names }) => names.some((one) => lowerCase(one) === lowerCase(name)));
    if (out === undefined) {
      if (known.get(roleName)?.has(lowerCase(name)) !== true) unattributed.push(session);
    } else if (out.openedBeforeMs === undefined || session.startedAtMs < out.openedBeforeMs)
      (out.hold === undefined ? end : held).push({ session, out });
  }
  return { end, held, unattributed };
};
