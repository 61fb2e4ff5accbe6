// Which open shells belong to somebody who was put out. A shell outlives every deny: IAM is asked when it opens, and no more.
// [aws.md §6]

import { type Denies, denyForMs } from '../domain/denies.ts';
import type { Hold, PlannedRole } from '../domain/plan.ts';
import type { ShellSession } from '../domain/ports.ts';
import { compareText, lowerCase } from '../domain/statement.ts';

/** Somebody who is out of a role, and what her sessions may be called. */
export interface OutOfRole {
  readonly roleName: string;
  /** undefined: everybody, since the policy has ended. */
  readonly sub: string | undefined;
  /** Values that her RoleSessionName may have: her user principal name, her object id. */
  readonly names: readonly string[];
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
  /** Only shells that were opened before: she was let in again. Milliseconds since the epoch; undefined: all. */
  readonly openedBeforeMs: number | undefined;
  /** Why her shells stay open; undefined: they are ended. */
  readonly hold: Hold | undefined;
}

export interface OutsContext {
  /** Whom a Lockout names, whatever mode a role has. */
  readonly lockedOut: ReadonlySet<string>;
  /** Ends until then have come, milliseconds since the epoch; undefined: clocks differ, so that nobody can tell. */
  readonly endsUntilMs: number | undefined;
}

/** Those whom a time put out: each by herself, and everybody where the policy has ended, for as long as one would be denied. */
const endedIn = (
  { cutOffs, closingMs }: Denies,
  { endsUntilMs }: OutsContext,
): readonly Pick<OutOfRole, 'sub' | 'sinceMs'>[] => {
  if (endsUntilMs === undefined) return [];
  const ends = [...cutOffs].map(([sub, sinceMs]) => ({ sub, sinceMs }));
  const all = closingMs === undefined ? ends : [...ends, { sub: undefined, sinceMs: closingMs }];
  return all.filter(({ sinceMs }) => sinceMs <= endsUntilMs && sinceMs > endsUntilMs - denyForMs);
};

/** All who are out of a role, without their names: looking those up is only worth it where a shell may be open. */
export const outsOf = (
  { name, shellsHold }: Pick<PlannedRole, 'name' | 'shellsHold'>,
  denies: Denies,
  context: OutsContext,
): readonly Omit<OutOfRole, 'names'>[] => {
  const hold = (sub: string | undefined): Hold | undefined =>
    sub !== undefined && context.lockedOut.has(sub) ? undefined : shellsHold;
  return [
    ...[...denies.outs].map(([sub, { sinceMs, issuedBeforeMs }]) => ({
      roleName: name,
      sub,
      sinceMs,
      openedBeforeMs: issuedBeforeMs,
      hold: hold(sub),
    })),
    ...endedIn(denies, context).map((ended) => ({
      ...ended,
      roleName: name,
      openedBeforeMs: undefined,
      hold: hold(ended.sub),
    })),
  ];
};

const owner = /^arn:[\w-]+:sts::\d{12}:assumed-role\/([^/]+)\/(.+)$/;

export interface ShellOf {
  readonly session: ShellSession;
  readonly out: OutOfRole;
  /** As the trust policy knew her; what her session is called, where everybody is out. */
  readonly sub: string;
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
    const isOpenTo = ({ openedBeforeMs }: OutOfRole): boolean =>
      openedBeforeMs !== undefined && session.startedAtMs >= openedBeforeMs;
    const hers = ofRole.filter(
      ({ sub, names }) => sub === undefined || names.some((one) => lowerCase(one) === lowerCase(name)),
    );
    const out = hers.find((one) => !isOpenTo(one));
    if (hers.length === 0) {
      if (known.get(roleName)?.has(lowerCase(name)) !== true) unattributed.push(session);
    } else if (out !== undefined)
      (out.hold === undefined ? end : held).push({ session, out, sub: out.sub ?? name });
  }
  return { end, held, unattributed };
};
