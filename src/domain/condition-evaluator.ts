// Conditions of policy statements, evaluated against one request: three-valued, since what is not understood is unknown.
//
// Rules and their sources (shared reference: AWS observations of policy evaluation):
//   a key that the request lacks      mismatch, but a match for negated operators and for …IfExists
//   a list key, scalar operator       mismatch, negated operators and …IfExists among them
//   ForAllValues without values       match
//   ForAnyValue without values        mismatch
//   no number, no date in the request mismatch, but a match for negated operators
//   no ARN in the request             mismatch, negated operators among them
//   Bool                              `true` without regard to case; every other text is false
//   condition key names               without regard to case; values with regard to case

import { type Condition, lowerCase, parseMoment } from './statement.ts';

export interface RequestContext {
  /** Condition keys in lower case to their values; a key that is not here is absent from the request. */
  readonly context: ReadonlyMap<string, readonly string[]>;
  /** Milliseconds since the epoch; also the value of `aws:CurrentTime` and `aws:EpochTime`. */
  readonly atMs: number;
  /** true: the request may carry keys that `context` does not know of, so conditions on them are unknown rather than mismatches. */
  readonly openWorld?: boolean;
  /** In an open world: keys, in lower case, that are known to be absent where `context` does not have them. */
  readonly isKnown?: (key: string) => boolean;
}

export interface Verdict {
  readonly decision: 'allowed' | 'denied' | 'unknown';
  /** A sentence for the operator. */
  readonly because: string;
}

export type Truth = 'yes' | 'no' | 'unknown';
export const truth = (value: boolean): Truth => (value ? 'yes' : 'no');
export const not = (value: Truth): Truth => (value === 'unknown' ? 'unknown' : truth(value === 'no'));
export const all = (values: readonly Truth[]): Truth =>
  values.includes('no') ? 'no' : values.includes('unknown') ? 'unknown' : 'yes';
export const any = (values: readonly Truth[]): Truth =>
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

export const matchesArn = (pattern: string, arn: string): Truth => {
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

export const evaluateCondition = (condition: Condition, request: RequestContext): Truth => {
  const values = contextValues(condition.key, request);
  const isMissing = values === undefined;
  if (isMissing && request.openWorld === true && request.isKnown?.(condition.key) !== true) return 'unknown';
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

const contextValues = (key: string, request: RequestContext): readonly string[] | undefined => {
  if (key === 'aws:currenttime') return [new Date(request.atMs).toISOString()];
  if (key === 'aws:epochtime') return [(request.atMs / 1_000).toFixed(3)];
  return request.context.get(key);
};
