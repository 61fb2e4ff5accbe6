// Why somebody may or may not enter the role of a policy at one moment: the chain from Git to the shell, link by link.

/** In the order of the chain. Constants: machines read them. */
export type LinkName =
  | 'policy'
  | 'mode'
  | 'account'
  | 'federation'
  | 'group'
  | 'user'
  | 'assignment'
  | 'standing'
  | 'lockout'
  | 'admission'
  | 'trust'
  | 'denies'
  | 'earlierSessions'
  | 'permissions'
  | 'shells';

/**
 * `stops`: by this link she does not get in; behind the entry, no further. `unknown`: it could not be read, and that is
 * never no. `info`: it is to be known, and decides nothing.
 */
export type LinkState = 'ok' | 'stops' | 'unknown' | 'info';

export interface Link {
  readonly name: LinkName;
  readonly state: LinkState;
  readonly sentence: string;
  /** What to do about it; undefined: nothing. */
  readonly fix: string | undefined;
}

export type EntryVerdict = 'mayEnter' | 'mayNotEnter' | 'unknown';

/** One person, one policy, one account, one moment. */
export interface Explanation {
  readonly account: string;
  readonly accountId: string;
  readonly policy: string;
  readonly role: string;
  /** As people know her: the user principal name, else what was asked for. */
  readonly who: string;
  /** The Entra object id; undefined: not known. */
  readonly personId: string | undefined;
  /** Milliseconds since the epoch: the moment asked about, and that at which all was read. */
  readonly atMs: number;
  readonly nowMs: number;
  /** When Entra was read, milliseconds since the epoch. */
  readonly membersReadAtMs: number;
  readonly links: readonly Link[];
  readonly verdict: EntryVerdict;
  readonly conclusion: string;
  /** The one thing to do next; undefined: nothing. */
  readonly fix: string | undefined;
}

export interface ExplainQuestion {
  /** A user principal name, without regard to case, or an object id. */
  readonly who: string;
  readonly policy: string;
  /** By name; undefined: all accounts of the policy. */
  readonly account: string | undefined;
  /** Milliseconds since the epoch; undefined: now. */
  readonly atMs: number | undefined;
}
