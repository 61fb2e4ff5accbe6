// The changes of one person or workload on one role, in words: gains or loses, until when, and why.

import { minuteOf } from '../domain/moment.ts';
import type { Change } from '../domain/change.ts';
import { type Activation, parseGroupKey } from '../domain/directory.ts';
import type { Admitted, PlannedRole } from '../domain/plan.ts';
import type { TrustGrant } from '../domain/trust-grants.ts';
import { type ChangeLine, type Tense, verb } from './change-line.ts';
import { type DenyContext, sessionsOf } from './deny-text.ts';
import { nameIn, withoutName } from './labels.ts';

const endOf = (grant: TrustGrant | undefined): number | undefined =>
  grant !== undefined && 'untilMs' in grant ? grant.untilMs : undefined;

const untilText = (grant: TrustGrant | undefined): string => {
  const endMs = endOf(grant);
  return endMs === undefined ? 'without an end' : `until ${minuteOf(endMs)}`;
};

const viaText = ({ via }: Admitted, names: PlannedRole['groupNames']): string =>
  via.length === 0
    ? 'listed in the policy'
    : `via group ${via
        .map((key) => {
          const { id, nested } = parseGroupKey(key);
          const name = names[key] === undefined ? id : `"${names[key]}"`;
          return nested ? `${name} (or a group in it)` : name;
        })
        .join(', ')}`;

/** What she said when she activated it, with what an auditor looks it up by. */
export const activationText = (activation: Activation): string => {
  const { justification, ticketNumber, ticketSystem, requestId } = activation;
  const system = ticketSystem === null ? '' : ` (${ticketSystem})`;
  return [
    justification === null ? 'activated without a justification' : `activated: "${justification}"`,
    ...(ticketNumber === null ? [] : [`ticket ${ticketNumber}${system}`]),
    `request ${requestId}`,
  ].join(', ');
};

/** By which way she is in, and what her end comes from. */
export const grantReason = (admitted: Admitted, { groupNames, closesAtMs }: PlannedRole): string => {
  const { untilMs, activation } = admitted;
  return [
    viaText(admitted, groupNames),
    ...(activation === undefined ? [] : [activationText(activation)]),
    ...(untilMs !== undefined && untilMs === closesAtMs ? ['the policy ends then'] : []),
  ].join('; ');
};

const personVerb = (
  changes: readonly Change[],
  isMember: boolean,
  tense: Tense,
): Pick<ChangeLine, 'sign' | 'happens'> => {
  const grants = changes.filter(({ detail }) => detail.kind === 'grant');
  const revokes = changes.filter(({ detail }) => detail.kind === 'revoke');
  const [first] = changes;
  if (grants.length > 0 && revokes.length > 0)
    return { sign: '~', happens: verb(tense, 'enters in another form', 'enter in another form') };
  if (first?.detail.kind === 'revoke') {
    if (first.detail.after !== undefined) {
      const until = untilText(first.detail.after);
      return { sign: '-', happens: verb(tense, `has access ${until} only`, `have access ${until} only`) };
    }
    return isMember
      ? { sign: '-', happens: verb(tense, 'loses one form of access', 'lose one form of access') }
      : { sign: '-', happens: verb(tense, 'loses access', 'lose access') };
  }
  if (first?.detail.kind === 'grant' && first.detail.before !== undefined) {
    const until = untilText(first.detail.grant);
    return { sign: '+', happens: verb(tense, `keeps access ${until}`, `keep access ${until}`) };
  }
  if (changes.every(({ effect }) => effect === 'none'))
    return { sign: '~', happens: verb(tense, 'keeps access, written anew', 'keep access, written anew') };
  const end = first?.detail.kind === 'grant' ? first.detail.grant : undefined;
  const until = endOf(end) === undefined ? '' : ` ${untilText(end)}`;
  return { sign: '+', happens: verb(tense, `gains access${until}`, `gain access${until}`) };
};

/** All changes of one person or workload on one role as one line. */
export const personLine = (
  sub: string,
  changes: readonly Change[],
  role: PlannedRole,
  admitted: Admitted | undefined,
  denies: DenyContext,
): ChangeLine => {
  const isGrant = changes.some(({ detail }) => detail.kind === 'grant');
  const [first] = changes;
  const sessions = first === undefined ? '' : sessionsOf(first, sub, denies);
  const why = withoutName(first?.why ?? '', sub, nameIn(role, admitted, sub));
  return {
    ...personVerb(changes, admitted !== undefined, denies.tense),
    what: denies.labelOf(sub),
    isPerson: true,
    because: isGrant && admitted !== undefined ? grantReason(admitted, role) : `${why}${sessions}`,
  };
};
