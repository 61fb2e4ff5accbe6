// What doctor finds: one question about a permission or a setting, its answer, and what to do.

/**
 * - `ok`: it was tried, or read, and is as it should be.
 * - `missing`: it was tried, or read, and is not; something of Rolewarden will not work.
 * - `warning`: it works, and is not as it should be.
 * - `unknown`: it could not be looked at. Never `ok`, and never `missing`.
 */
export type CheckState = 'ok' | 'missing' | 'warning' | 'unknown';

export interface Check {
  /** What it belongs to, as headings have it: `Entra`, `account prod`, `federation entra`. */
  readonly area: string;
  /** What is looked at, as a noun: `GroupMember.Read.All`, `SAML provider EntraID`. */
  readonly what: string;
  readonly state: CheckState;
  /** What was found, in one sentence without a full stop. */
  readonly found: string;
  /** The permission, setting or command that mends it, ready to paste; undefined: nothing is to be done. */
  readonly advice: string | undefined;
}
