// May whoever holds these permissions do this to that resource? As IAM evaluates identity policies within one account:
// a boundary bounds, an explicit Deny wins, and what is not allowed is denied. Service control policies and resource
// policies are invisible here. Three-valued like the evaluator of trust policies.
//
// Rules and their sources (IAM User Guide: policy evaluation logic; policy elements):
//   Action, NotAction        without regard to case, `*` and `?`
//   Resource, NotResource    with regard to case; `*` and `?` within the parts of an ARN
//   policy variables         `${…}`: unknown
//   a document not understood is unknown as a whole: it may allow, and it may deny

import {
  type RequestContext,
  type Truth,
  type Verdict,
  all,
  any,
  evaluateCondition,
  matchesArn,
  matchesPattern,
  not,
  truth,
} from './condition-evaluator.ts';
import {
  type Json,
  type JsonObject,
  asList,
  lowerCase,
  parseConditions,
  parseDocument,
} from './statement.ts';

export interface AccessRequest extends RequestContext {
  /** `ecs:ExecuteCommand`. */
  readonly action: string;
  /** An ARN; `*` for actions without resources. */
  readonly resource: string;
}

export interface IdentityPolicies {
  /** JSON documents: inline and attached. */
  readonly policies: readonly string[];
  /** JSON; undefined: none. */
  readonly boundary: string | undefined;
}

const matchesAction = (pattern: string, action: string): Truth =>
  truth(matchesPattern(lowerCase(pattern), lowerCase(action)));

/** Whether a wildcard may reach over the colons of an ARN is not established, so a match that needs it is unknown. */
const matchesResource = (pattern: string, resource: string): Truth => {
  if (pattern === '*') return 'yes';
  if (pattern.includes('${')) return 'unknown';
  if (!matchesPattern(pattern, resource)) return 'no';
  if (pattern === resource) return 'yes';
  return resource.startsWith('arn:') && matchesArn(pattern, resource) === 'yes' ? 'yes' : 'unknown';
};

const matchesList = (
  value: Json | undefined,
  wanted: string,
  matches: (one: string, wanted: string) => Truth,
): Truth => {
  const list = asList(value);
  if (list.length === 0) return 'unknown';
  return any(list.map((one) => (typeof one === 'string' ? matches(one, wanted) : 'unknown')));
};

/** `Action` or its inversion `NotAction`; with both or neither IAM would not have stored the statement. */
const matchesEither = (
  statement: JsonObject,
  field: 'Action' | 'Resource',
  wanted: string,
  matches: (one: string, wanted: string) => Truth,
): Truth => {
  const [plain, inverted] = [statement[field], statement[`Not${field}`]];
  if ((plain === undefined) === (inverted === undefined)) return 'unknown';
  return plain === undefined
    ? not(matchesList(inverted, wanted, matches))
    : matchesList(plain, wanted, matches);
};

const matchesConditions = (statement: JsonObject, request: AccessRequest): Truth => {
  const conditions = parseConditions(statement['Condition']);
  if (conditions === undefined) return 'unknown';
  return all(
    conditions.map((condition) =>
      condition.values.some((value) => value.includes('${'))
        ? 'unknown'
        : evaluateCondition(condition, request),
    ),
  );
};

const knownFields = new Set(['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']);

const matchesStatement = (statement: JsonObject, request: AccessRequest): Truth => {
  const match = all([
    matchesEither(statement, 'Action', request.action, matchesAction),
    matchesEither(statement, 'Resource', request.resource, matchesResource),
    matchesConditions(statement, request),
  ]);
  const isStrange = Object.keys(statement).some((field) => !knownFields.has(field));
  return isStrange && match === 'yes' ? 'unknown' : match;
};

interface Findings {
  readonly allows: Truth;
  readonly denies: Truth;
  /** Sid of the statement that decided, for the sentence. */
  readonly denyingSid: string | undefined;
}

const sidOf = ({ Sid: sid }: JsonObject): string =>
  typeof sid === 'string' ? sid : 'a statement without Sid';

const evaluateDocument = (json: string, request: AccessRequest): Findings => {
  const document = parseDocument(json);
  if (!document.ok) return { allows: 'unknown', denies: 'unknown', denyingSid: undefined };
  const matching = document.statements.map((statement) => ({
    statement,
    effect: statement['Effect'],
    match: matchesStatement(statement, request),
  }));
  const of = (effect: 'Allow' | 'Deny'): Truth =>
    any(
      matching.map((one) => {
        if (one.effect === effect) return one.match;
        const isOther = one.effect === 'Allow' || one.effect === 'Deny';
        return isOther || one.match === 'no' ? 'no' : 'unknown';
      }),
    );
  const denying = matching.find(({ effect, match }) => effect === 'Deny' && match === 'yes')?.statement;
  return {
    allows: of('Allow'),
    denies: of('Deny'),
    denyingSid: denying === undefined ? undefined : sidOf(denying),
  };
};

/** The verdict for one request on one resource; `unknown` whenever something not understood could change it. */
export const mayAct = (identity: IdentityPolicies, request: AccessRequest): Verdict => {
  const findings = identity.policies.map((document) => evaluateDocument(document, request));
  const bound = identity.boundary === undefined ? undefined : evaluateDocument(identity.boundary, request);
  const every = bound === undefined ? findings : [...findings, bound];
  const what = `${request.action} on ${request.resource}`;

  const denying = every.find(({ denies }) => denies === 'yes');
  if (denying !== undefined)
    return {
      decision: 'denied',
      because: `${denying.denyingSid ?? 'a statement'} denies ${what} explicitly`,
    };
  const allows = any(findings.map((one) => one.allows));
  if (allows === 'no') return { decision: 'denied', because: `no statement allows ${what}` };
  if (bound?.allows === 'no')
    return { decision: 'denied', because: `the permissions boundary does not allow ${what}` };
  const isSure =
    allows === 'yes' && bound?.allows !== 'unknown' && every.every(({ denies }) => denies === 'no');
  return isSure
    ? { decision: 'allowed', because: `a statement allows ${what}` }
    : {
        decision: 'unknown',
        because: `whether ${what} is allowed hangs on a statement that is not understood`,
      };
};
