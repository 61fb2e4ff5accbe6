// May this subject enter, at this time, with these claims? A small evaluator of trust policies, three-valued:
// what it does not understand it calls unknown, and no caller may take unknown for either answer.
//
// Rules and their sources (shared reference: AWS observations of trust evaluation):
//   a key that the request lacks      mismatch, but a match for negated operators and for …IfExists
//   several values, scalar operator   mismatch
//   ForAllValues without values       match
//   ForAnyValue without values        mismatch
//   condition key names               without regard to case; values with regard to case
//   Principal AWS:"*"                 admits no federated caller; only an explicit Federated principal does
//   an explicit Deny                  wins

import type { Condition } from './statement.ts';
import type { Principal, TrustPolicy, TrustStatement } from './trust-policy.ts';

export interface EntryRequest {
  /** `sts:AssumeRoleWithSAML`. */
  readonly action: string;
  readonly principal: { readonly type: 'Federated' | 'AWS' | 'Service'; readonly id: string };
  /** Condition keys in lower case to their values; a key that is not here is absent from the request. */
  readonly context: ReadonlyMap<string, readonly string[]>;
  /** Milliseconds since the epoch; also the value of `aws:CurrentTime` and `aws:EpochTime`. */
  readonly atMs: number;
  /** true: the request may carry keys that `context` does not know of, so conditions on them are unknown rather than mismatches. */
  readonly openWorld?: boolean;
}

export interface Verdict {
  readonly decision: 'allowed' | 'denied' | 'unknown';
  /** A sentence for the operator. */
  readonly because: string;
}

type Truth = 'yes' | 'no' | 'unknown';
const truth = (value: boolean): Truth => (value ? 'yes' : 'no');
const not = (value: Truth): Truth => (value === 'unknown' ? 'unknown' : truth(value === 'no'));
const all = (values: readonly Truth[]): Truth =>
  values.includes('no') ? 'no' : values.includes('unknown') ? 'unknown' : 'yes';
const any = (values: readonly Truth[]): Truth =>
  values.includes('yes') ? 'yes' : values.includes('unknown') ? 'unknown' : 'no';

/** AWS's `*` and `?`; everything else literal. */
export const matchesPattern = (pattern: string, text: string): boolean => {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
};

const parseMoment = (text: string): number =>
  /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : Date.parse(text);

const compareNumbers = (comparison: string, left: number, right: number): Truth => {
  if (Number.isNaN(left) || Number.isNaN(right)) return 'unknown';
  switch (comparison) {
    case 'Equals':
      return truth(left === right);
    case 'LessThan':
      return truth(left < right);
    case 'LessThanEquals':
      return truth(left <= right);
    case 'GreaterThan':
      return truth(left > right);
    case 'GreaterThanEquals':
      return truth(left >= right);
    default:
      return 'unknown';
  }
};

const matchesArn = (pattern: string, arn: string): boolean => {
  const split = (text: string): readonly string[] => {
    const parts = text.split(':');
    return [...parts.slice(0, 5), parts.slice(5).join(':')];
  };
  const wanted = split(pattern);
  return split(arn).every((part, index) => matchesPattern(wanted[index] ?? '', part));
};

/** One value of the request against one value of the policy, for the positive form of an operator. */
const matchesValue = (operator: string, wanted: string, actual: string): Truth => {
  if (operator.startsWith('Date'))
    return compareNumbers(operator.slice(4), parseMoment(actual), parseMoment(wanted));
  if (operator.startsWith('Numeric'))
    return compareNumbers(operator.slice(7), Number(actual), Number(wanted));
  switch (operator) {
    case 'StringEquals':
      return truth(actual === wanted);
    case 'StringEqualsIgnoreCase':
      return truth(actual.toLowerCase() === wanted.toLowerCase());
    case 'StringLike':
      return truth(matchesPattern(wanted, actual));
    case 'ArnEquals':
    case 'ArnLike':
      return truth(matchesArn(wanted, actual));
    case 'Bool':
      return truth(actual.toLowerCase() === wanted.toLowerCase());
    default:
      return 'unknown';
  }
};

/** `StringNotEquals` is the negation of `StringEquals` over all its values. */
const positiveForm = (operator: string): { readonly operator: string; readonly negated: boolean } => {
  const negated = operator.includes('Not');
  return { operator: operator.replace('Not', ''), negated };
};

const evaluateCondition = (condition: Condition, request: EntryRequest): Truth => {
  const values = contextValues(condition.key, request);
  const isMissing = values === undefined || values.length === 0;
  if (isMissing && values === undefined && request.openWorld === true) return 'unknown';
  if (condition.operator === 'Null') {
    return any(condition.values.map((value) => truth((value.toLowerCase() === 'true') === isMissing)));
  }
  const { operator, negated } = positiveForm(condition.operator);
  const matches = (actual: string): Truth => {
    const hit = any(condition.values.map((wanted) => matchesValue(operator, wanted, actual)));
    return negated ? not(hit) : hit;
  };
  if (condition.qualifier === 'ForAllValues') return isMissing ? 'yes' : all(values.map(matches));
  if (isMissing && condition.ifExists) return 'yes';
  if (condition.qualifier === 'ForAnyValue') return isMissing ? 'no' : any(values.map(matches));
  if (isMissing) return truth(negated);
  return values.length > 1 ? 'no' : matches(values[0] ?? '');
};

const contextValues = (key: string, request: EntryRequest): readonly string[] | undefined => {
  if (key === 'aws:currenttime') return [new Date(request.atMs).toISOString()];
  if (key === 'aws:epochtime') return [String(request.atMs / 1_000)];
  return request.context.get(key);
};

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
      : truth(statement.actions.some((one) => matchesPattern(one, request.action.toLowerCase())));
  if (statement.opaque === undefined) {
    return all([
      principal,
      action,
      ...statement.conditions.map((condition) => evaluateCondition(condition, request)),
    ]);
  }
  // What we do not understand cannot revive a principal or an action that surely differs, except by inverting it.
  const isInverted = 'NotPrincipal' in statement.raw || 'NotAction' in statement.raw;
  return !isInverted && (principal === 'no' || action === 'no') ? 'no' : 'unknown';
};

const describe = (statement: TrustStatement | undefined): string =>
  statement?.sid ?? 'a statement without Sid';

/** The verdict for one request; `unknown` whenever something not understood could change it. */
export const mayEnter = (policy: TrustPolicy, request: EntryRequest): Verdict => {
  const matching = policy.statements.map((statement) => ({
    statement,
    match: matchesStatement(statement, request),
  }));
  const find = (effect: 'Allow' | 'Deny', match: Truth): TrustStatement | undefined =>
    matching.find((entry) => entry.statement.effect === effect && entry.match === match)?.statement;

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
