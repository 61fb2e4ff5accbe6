// May this subject enter, at this time, with these claims? A small evaluator of trust policies, three-valued:
// what it does not understand it calls unknown, and no caller may take unknown for either answer.
//
// Rules and their sources (shared reference: AWS observations of trust evaluation):
//   a key that the request lacks      mismatch, but a match for negated operators and for …IfExists
//   a list key, scalar operator       mismatch, negated operators and …IfExists among them
//   ForAllValues without values       match
//   ForAnyValue without values        mismatch
//   no number, no date in the request mismatch, but a match for negated operators
//   no ARN in the request             mismatch, negated operators among them
//   Bool                              `true` without regard to case; every other text is false
//   condition key names               without regard to case; values with regard to case
//   Principal AWS:"*"                 admits no federated caller; only an explicit Federated principal does
//   an explicit Deny                  wins

import { type Condition, lowerCase, parseMoment } from './statement.ts';
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

/**
 * AWS's `*` and `?` (one UTF-16 unit); everything else literal. Goes back to the last star only, so its time is bounded
 * by the product of the lengths: a regular expression of many stars would let one foreign statement stall us.
 */
export const matchesPattern = (pattern: string, text: string): boolean => {
  let [p, t, star, retry] = [0, 0, -1, 0];
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p;
      p += 1;
      retry = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p += 1;
      t += 1;
    } else if (star >= 0) {
      p = star + 1;
      retry += 1;
      t = retry;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
};

const parseNumber = (text: string): number => (/^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN);

/** A request's value that is no number differs from every number; a policy's, IAM would not have stored. */
const compareNumbers = (comparison: string, left: number, right: number): Truth => {
  if (Number.isNaN(right)) return 'unknown';
  if (Number.isNaN(left)) return 'no';
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

/** The six parts of an ARN, the last with its own colons; undefined when it is none. */
const arnParts = (text: string): readonly string[] | undefined => {
  const parts = text.split(':');
  return parts.length < 6 || parts[0] !== 'arn'
    ? undefined
    : [...parts.slice(0, 5), parts.slice(5).join(':')];
};

const matchesArn = (pattern: string, arn: string): Truth => {
  const [wanted, actual] = [arnParts(pattern), arnParts(arn)];
  if (wanted === undefined) return 'unknown';
  return truth(actual?.every((part, index) => matchesPattern(wanted[index] ?? '', part)) === true);
};

/** One value of the request against one value of the policy, for the positive form of an operator. */
const matchesValue = (operator: string, wanted: string, actual: string): Truth => {
  if (operator.startsWith('Date'))
    return compareNumbers(operator.slice(4), parseMoment(actual), parseMoment(wanted));
  if (operator.startsWith('Numeric'))
    return compareNumbers(operator.slice(7), parseNumber(actual), parseNumber(wanted));
  switch (operator) {
    case 'StringEquals':
      return truth(actual === wanted);
    case 'StringEqualsIgnoreCase':
      return truth(actual.toLowerCase() === wanted.toLowerCase());
    case 'StringLike':
      return truth(matchesPattern(wanted, actual));
    case 'ArnEquals':
    case 'ArnLike':
      return matchesArn(wanted, actual);
    case 'Bool':
      return truth((lowerCase(actual) === 'true') === (lowerCase(wanted) === 'true'));
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
  const isMissing = values === undefined;
  if (isMissing && request.openWorld === true) return 'unknown';
  // IAM would not store it, and what it would mean is not established.
  if (condition.values.length === 0) return 'unknown';
  if (condition.operator === 'Null') {
    return any(condition.values.map((value) => truth((lowerCase(value) === 'true') === isMissing)));
  }
  if (isClock(condition.key) && !/^(Date|Numeric)/.test(condition.operator)) return 'unknown';
  const { operator, negated } = positiveForm(condition.operator);
  const matches = (actual: string): Truth => {
    if (operator.startsWith('Arn') && arnParts(actual) === undefined) return 'no';
    const hit = any(condition.values.map((wanted) => matchesValue(operator, wanted, actual)));
    return negated ? not(hit) : hit;
  };
  if (condition.qualifier === 'ForAllValues') return isMissing ? 'yes' : all(values.map(matches));
  if (isMissing && condition.ifExists) return 'yes';
  if (condition.qualifier === 'ForAnyValue') return isMissing ? 'no' : any(values.map(matches));
  if (isMissing) return truth(negated);
  return values.length === 1 && !isListKey(condition.key) ? matches(values[0] ?? '') : 'no';
};

/** Keys that are lists also with one value in them. [AWS SAML keys; SAR] */
const isListKey = (key: string): boolean =>
  /^(aws:tagkeys|sts:transitivetagkeys|saml:cn|saml:eduorg.+)$|:amr$/.test(key) ||
  /^saml:eduperson(affiliation|entitlement|assurance|nickname|orgunitdn|scopedaffiliation|targetedid)$/.test(
    key,
  );

/** In every request; how AWS spells their values for a comparison as text is not established. */
const isClock = (key: string): boolean => key === 'aws:currenttime' || key === 'aws:epochtime';

const contextValues = (key: string, request: EntryRequest): readonly string[] | undefined => {
  if (key === 'aws:currenttime') return [new Date(request.atMs).toISOString()];
  if (key === 'aws:epochtime') return [(request.atMs / 1_000).toFixed(3)];
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
