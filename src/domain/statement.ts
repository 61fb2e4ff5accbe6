// The grammar that AWS policy documents share, whether they are trust policies or permissions: scalars that stand for
// lists, names without regard to case, and the canonical form by which two documents are compared by meaning.

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The other way round: one value as a scalar, as AWS itself renders it. */
export const scalarOrList = (texts: readonly string[]): string | readonly string[] =>
  texts.length === 1 ? (texts[0] ?? '') : texts;

/** AWS writes one value as a scalar or as a list, and changes its mind between reads. */
export const asList = (value: Json | undefined): readonly Json[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly Json[]) : [value];

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** ASCII only, as names in policies are: `toLowerCase` would take the Kelvin sign for a k. */
export const lowerCase = (text: string): string =>
  /^[ -~]*$/.test(text) ? text.toLowerCase() : text.replace(/[A-Z]+/g, (part) => part.toLowerCase());

const isoMoment =
  /^(\d{4})-(\d{2})-(\d{2})(T([01]\d|2[0-3]):\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;
// A bare year is as well a number of seconds, so four digits are neither.
const epochSeconds = /^(?!\d{4}$)\d{1,12}(\.\d{1,3})?$/;
const lastMoment = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * A value of a Date operator in milliseconds since the epoch: ISO 8601 with its zone, a bare day (UTC), or epoch
 * seconds. NaN for all other spellings, whose meaning to AWS we do not know; `Date.parse` would guess, and by the
 * time zone of this machine.
 */
export const parseMoment = (text: string): number => {
  if (epochSeconds.test(text)) {
    const ms = Math.round(Number(text) * 1_000);
    return ms <= lastMoment ? ms : Number.NaN;
  }
  const [, year, month, day] = isoMoment.exec(text) ?? [];
  const daysInMonth = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number(day) <= daysInMonth ? Date.parse(text) : Number.NaN;
};

export const sortedUnique = (values: Iterable<string>): readonly string[] =>
  [...new Set(values)].sort(compareText);

/** JSON text with sorted keys: equal values give equal text. */
export const canonicalJson = (value: Json): string => {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(canonicalJson).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort(compareText);
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`).join(',')}}`;
};

export interface Condition {
  /** `StringEquals`, in AWS's own spelling, without qualifier and `IfExists`. */
  readonly operator: string;
  readonly qualifier: 'ForAnyValue' | 'ForAllValues' | undefined;
  readonly ifExists: boolean;
  /** Lower case: AWS compares condition keys without regard to case. */
  readonly key: string;
  /** Sorted, each once. Booleans and numbers as text. */
  readonly values: readonly string[];
}

const comparisons = ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'];
const operatorNames: readonly string[] = [
  'StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike Bool Null',
  'ArnEquals ArnNotEquals ArnLike ArnNotLike IpAddress NotIpAddress BinaryEquals',
  ...comparisons.flatMap((comparison) => [`Date${comparison}`, `Numeric${comparison}`]),
].flatMap((names) => names.split(' '));
const operatorBySpelling = new Map(operatorNames.map((name) => [name.toLowerCase(), name]));

const parseOperator = (text: string): Omit<Condition, 'key' | 'values'> | undefined => {
  const match = /^(?:(forallvalues|foranyvalue):)?([a-z]+?)(ifexists)?$/i.exec(text);
  const operator = operatorBySpelling.get(match?.[2]?.toLowerCase() ?? '');
  if (match === null || operator === undefined) return undefined;
  const qualifier = match[1]?.toLowerCase();
  return {
    operator,
    qualifier:
      qualifier === undefined ? undefined : qualifier === 'foranyvalue' ? 'ForAnyValue' : 'ForAllValues',
    ifExists: match[3] !== undefined,
  };
};

/**
 * undefined: an operator or a shape that we do not know, so nothing may be concluded from it. That one key stands twice
 * under one operator (`saml:sub` and `SAML:sub`) is such a shape: whether both hold, or either, is not established.
 */
export const parseConditions = (block: Json | undefined): readonly Condition[] | undefined => {
  if (block === undefined) return [];
  if (!isJsonObject(block)) return undefined;
  const conditions: Condition[] = [];
  const seen = new Set<string>();
  for (const [operatorText, keys] of Object.entries(block)) {
    const operator = parseOperator(operatorText);
    if (operator === undefined || !isJsonObject(keys)) return undefined;
    for (const [key, values] of Object.entries(keys)) {
      const list = asList(values);
      if (list.some((value) => typeof value === 'object')) return undefined;
      const condition = { ...operator, key: lowerCase(key), values: sortedUnique(list.map(String)) };
      const place = `${spelledOperator(condition)} ${condition.key}`;
      if (seen.has(place)) return undefined;
      seen.add(place);
      conditions.push(condition);
    }
  }
  return conditions;
};

/** Whether we know what a condition operator does, in whatever case it is written. */
export const isKnownOperator = (text: string): boolean => parseOperator(text) !== undefined;

const spelledOperator = ({ qualifier, operator, ifExists }: Omit<Condition, 'key' | 'values'>): string =>
  `${qualifier ?? ''}:${operator}${ifExists ? 'IfExists' : ''}`;

const canonicalConditions = (block: Json): Json => {
  const conditions = parseConditions(block);
  if (conditions === undefined) return block;
  return conditions
    .map((condition): Json => [spelledOperator(condition), condition.key, [...condition.values]])
    .sort((a, b) => compareText(canonicalJson(a), canonicalJson(b)));
};

const canonicalSet = (value: Json): Json => {
  const list = asList(value);
  return list.every((item) => typeof item === 'string')
    ? sortedUnique(list)
    : [...new Set(list.map(canonicalJson))].sort(compareText).map((text) => JSON.parse(text) as Json);
};

const lowerCased = (value: Json): Json =>
  asList(value).map((item) => (typeof item === 'string' ? lowerCase(item) : item));

const canonicalPrincipal = (value: Json): Json => {
  if (!isJsonObject(value)) return value;
  const sets = Object.entries(value).map(([type, ids]): [string, Json] => [
    type,
    canonicalSet(asList(ids).map((id) => accountRootArn(id))),
  ]);
  return Object.fromEntries(sets);
};

/** `111122223333` and `arn:aws:iam::111122223333:root` are the same principal. */
const accountRootArn = (id: Json): Json =>
  typeof id === 'string' ? (/^arn:[\w-]+:iam::(\d{12}):root$/.exec(id)?.[1] ?? id) : id;

const isEmptyCondition = (block: Json): boolean => parseConditions(block)?.length === 0;

const canonicalField = (field: string, value: Json): Json => {
  switch (field) {
    case 'Action':
    case 'NotAction':
      return canonicalSet(lowerCased(value));
    case 'Resource':
    case 'NotResource':
      return canonicalSet(value);
    case 'Principal':
    case 'NotPrincipal':
      return canonicalPrincipal(value);
    case 'Condition':
      return canonicalConditions(value);
    default:
      return value;
  }
};

/**
 * One statement in a form in which equal meaning gives equal text: no Sid, lists as sorted sets, actions and
 * condition keys in lower case. What we do not understand stays as it is.
 */
export const canonicalStatement = (statement: JsonObject): string => {
  const fields = Object.entries(statement)
    .filter(([field, value]) => field !== 'Sid' && !(field === 'Condition' && isEmptyCondition(value)))
    .map(([field, value]): [string, Json] => [field, canonicalField(field, value)]);
  return canonicalJson(Object.fromEntries(fields));
};

export type ParsedDocument =
  | { readonly ok: true; readonly statements: readonly JsonObject[] }
  | { readonly ok: false; readonly reason: string };

/** Keys of all objects in a parsed value. */
const countKeys = (value: Json): number => {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) for (const item of value as readonly Json[]) count += countKeys(item);
  else for (const inner of Object.values(value)) count += 1 + countKeys(inner);
  return count;
};

/**
 * How many keys stand in valid JSON text, or more: a string that begins with a colon looks like one. undefined when
 * backslashes hide where strings end.
 */
const countKeyTokens = (json: string): number | undefined =>
  json.includes('\\') ? undefined : (json.match(/"\s*:/g)?.length ?? 0);

/** `JSON.parse` keeps the last of two equal keys; which one counts for AWS is not established. */
const hasRepeatedKey = (json: string, document: Json): boolean => {
  if (countKeys(document) === countKeyTokens(json)) return false;
  const open: (Set<unknown> | undefined)[] = [];
  for (const [token, text, colon] of json.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}[\]]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (text !== undefined && colon !== undefined) {
      const key: unknown = JSON.parse(text);
      if (open.at(-1)?.has(key) === true) return true;
      open.at(-1)?.add(key);
    }
  }
  return false;
};

const documentFields = new Set(['Version', 'Id', 'Statement']);

/** Why the frame of a document keeps us from knowing what its statements mean. */
const strangeness = (json: string, document: JsonObject): string | undefined => {
  const version = document['Version'] ?? '2008-10-17';
  const field = Object.keys(document).find((name) => !documentFields.has(name));
  if (field !== undefined) return `it has a field ${JSON.stringify(field)}`;
  if (hasRepeatedKey(json, document)) return 'it has one key twice in one object';
  if (version === '2012-10-17') return undefined;
  if (version !== '2008-10-17') return `its Version is ${JSON.stringify(version)}`;
  return JSON.stringify(document).includes('${')
    ? 'it has "${" under Version 2008-10-17, in which that is plain text; we write 2012-10-17, in which it is a variable'
    : undefined;
};

/** Reads a policy document down to its statements, in the document's order. */
export const parseDocument = (json: string): ParsedDocument => {
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch (error) {
    return {
      ok: false,
      reason: `it is not JSON (${error instanceof Error ? error.message : String(error)})`,
    };
  }
  if (!isJsonObject(document)) return { ok: false, reason: 'it is not a JSON object' };
  const strange = strangeness(json, document);
  if (strange !== undefined) return { ok: false, reason: strange };
  const statements = asList(document['Statement']);
  if (!statements.every(isJsonObject)) return { ok: false, reason: 'its Statement is not a list of objects' };
  return { ok: true, statements };
};

/** The Sid; empty when it has none. */
export const sidOf = (statement: JsonObject): string => {
  const sid = statement['Sid'];
  return typeof sid === 'string' ? sid : '';
};

/** Compact JSON text of a document of these statements; its length is the safe test against AWS's quotas (aws.md §3.1). */
export const renderDocument = (statements: readonly JsonObject[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

export const canonicalStatements = (statements: readonly JsonObject[]): string =>
  statements.map(canonicalStatement).sort(compareText).join('\n');

/** A whole document by meaning: statement order, Sids and spelling aside. Unparseable text stands for itself. */
export const canonicalDocument = (json: string): string => {
  const parsed = parseDocument(json);
  return parsed.ok ? canonicalStatements(parsed.statements) : json;
};
