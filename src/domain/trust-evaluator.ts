// May this subject enter, at this time, with these claims? A small evaluator of trust policies, three-valued:
// what it does not understand it calls unknown, and no caller may take unknown for either answer.
//
// Rules and their sources (shared reference: AWS observations of trust evaluation; conditions: condition-evaluator.ts):
//   Principal AWS:"*"                 admits no federated caller; only an explicit Federated principal does
//   an explicit Deny                  wins

import {
  type RequestContext,
  type Truth,
  type Verdict,
  all,
  any,
  evaluateCondition,
  matchesPattern,
  truth,
} from './condition-evaluator.ts';
import { lowerCase } from './statement.ts';
import type { Principal, TrustPolicy, TrustStatement } from './trust-policy.ts';

export interface EntryRequest extends RequestContext {
  /** `sts:AssumeRoleWithSAML`. */
  readonly action: string;
  readonly principal: { readonly type: 'Federated' | 'AWS' | 'Service'; readonly id: string };
}

const matchesPrincipal = (statement: TrustStatement, principal: Principal, request: EntryRequest): Truth => {
  if (principal.type === request.principal.type && principal.id === request.principal.id) return 'yes';
  const isWildcard = principal.id === '*';
  // An Allow for everyone admits no federated caller; whether a Deny for everyone stops one is not established.
  if (isWildcard && request.principal.type === 'Federated') {
    return statement.effect === 'Allow' && principal.type !== 'Federated' ? 'no' : 'unknown';
  }
  if (isWildcard && (principal.type === '*' || principal.type === request.principal.type)) return 'yes';
  if (principal.type === 'AWS' && request.principal.type === 'AWS') {
    // An account as principal stands for all its identities; ids of deleted identities match nobody.
    const account = /^arn:[\w-]+:(?:iam|sts)::(\d{12}):/.exec(request.principal.id)?.[1];
    return truth(
      account !== undefined && (principal.id === account || principal.id.endsWith(`::${account}:root`)),
    );
  }
  return 'no';
};

const matchesStatement = (statement: TrustStatement, request: EntryRequest): Truth => {
  const principal =
    statement.principals.length === 0
      ? 'unknown'
      : any(statement.principals.map((one) => matchesPrincipal(statement, one, request)));
  const action =
    statement.actions.length === 0
      ? 'unknown'
      : truth(statement.actions.some((one) => matchesPattern(one, lowerCase(request.action))));
  if (statement.opaque === undefined) {
    return all([
      principal,
      action,
      ...statement.conditions.map((condition) => evaluateCondition(condition, request)),
    ]);
  }
  // What we do not understand cannot revive a principal or an action that surely differs, except by inverting it.
  const isAnother = principal === 'no' && !('NotPrincipal' in statement.raw);
  const doesAnother = action === 'no' && !('NotAction' in statement.raw);
  return isAnother || doesAnother ? 'no' : 'unknown';
};

const describe = (statement: TrustStatement | undefined): string =>
  statement?.sid ?? 'a statement without Sid';

/** Whether a statement has this effect, or an effect that we do not know and so may be this one. */
const mayHaveEffect = ({ raw }: TrustStatement, effect: 'Allow' | 'Deny'): boolean =>
  raw['Effect'] === effect || (raw['Effect'] !== 'Allow' && raw['Effect'] !== 'Deny');

/** The verdict for one request; `unknown` whenever something not understood could change it. */
export const mayEnter = (policy: TrustPolicy, request: EntryRequest): Verdict => {
  const matching = policy.statements.map((statement) => ({
    statement,
    match: matchesStatement(statement, request),
  }));
  const find = (effect: 'Allow' | 'Deny', match: Truth): TrustStatement | undefined =>
    matching.find((entry) => mayHaveEffect(entry.statement, effect) && entry.match === match)?.statement;

  const denied = find('Deny', 'yes');
  if (denied !== undefined)
    return { decision: 'denied', because: `${describe(denied)} denies it explicitly` };
  const allowed = find('Allow', 'yes');
  const perhapsAllowed = find('Allow', 'unknown');
  if (allowed === undefined && perhapsAllowed === undefined) {
    return { decision: 'denied', because: 'no statement allows it' };
  }
  const doubtful = find('Deny', 'unknown') ?? (allowed === undefined ? perhapsAllowed : undefined);
  if (doubtful === undefined) return { decision: 'allowed', because: `${describe(allowed)} allows it` };
  const reason = doubtful.opaque === undefined ? '' : `: ${doubtful.opaque}`;
  return { decision: 'unknown', because: `${describe(doubtful)} cannot be decided${reason}` };
};
