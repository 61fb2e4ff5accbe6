// Open shells of people who were put out, as the status tells of them, and in words.

import type { SweepReport } from '../reconcile/sweep-report.ts';
import { type HoldNature, natureOf } from './hold-reasons.ts';
import type { OpenShellStatus, StatusDocument } from './status-document.ts';
import { counted } from './words.ts';

/** `labelOf`: what people call her in a role; undefined: not known. */
export const describeShells = (
  { shells }: SweepReport,
  labelOf: (roleName: string, sub: string) => string | undefined,
): readonly OpenShellStatus[] =>
  shells.held.map(({ session, roleName, sub, hold }) => ({
    role: roleName,
    subject: sub,
    label: labelOf(roleName, sub) ?? null,
    region: session.region,
    cluster: session.cluster,
    task: session.taskId,
    startedAt: new Date(session.startedAtMs).toISOString(),
    reason: hold.reason,
    nature: natureOf(hold.reason),
    message: hold.message,
  }));

/** Shells of one account that stay open for one reason, or of which nobody can tell whose they are. */
export interface ShellTrouble {
  readonly account: string;
  readonly reason: string;
  /** undefined: it is no hold. */
  readonly nature: HoldNature | undefined;
  readonly message: string;
  /** The oldest; null: not known. */
  readonly since: string | null;
}

const unattributed = (account: string, shells: number): ShellTrouble => ({
  account,
  reason: 'unattributed',
  nature: undefined,
  message: `of ${counted(shells, 'open shell')} nobody can tell whose they are, in roles that somebody was put out of; ssm:DescribeSessions lists them`,
  since: null,
});

const held = (account: string, shells: readonly OpenShellStatus[]): readonly ShellTrouble[] => {
  const messages = new Set(shells.map(({ message }) => message));
  return [...messages].flatMap((message): readonly ShellTrouble[] => {
    const same = shells.filter((one) => one.message === message);
    const [first] = same;
    if (first === undefined) return [];
    const [since = null] = same.map(({ startedAt }) => startedAt).sort();
    const whose = [...new Set(same.map(({ label, subject }) => label ?? subject))].sort().join(', ');
    const text = `${counted(same.length, 'shell')} of people who were put out ${same.length === 1 ? 'stays' : 'stay'} open (${whose}): ${message}`;
    return [{ account, reason: first.reason, nature: first.nature, message: text, since }];
  });
};

export const shellTroubles = ({ accounts }: Pick<StatusDocument, 'accounts'>): readonly ShellTrouble[] =>
  accounts.flatMap(({ name, shells }) =>
    shells === null
      ? []
      : [
          ...held(name, shells.held),
          ...(shells.unattributed === 0 ? [] : [unattributed(name, shells.unattributed)]),
        ],
  );
