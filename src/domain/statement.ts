// The grammar that AWS policy documents share, whether they are trust policies or permissions: scalars that stand for
// lists, names without regard to case, and the canonical form by which two documents are compared by meaning.

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** AWS writes one value as a scalar or as a list, and changes its mind between reads. */
export const asList = (value: Json | undefined): readonly Json[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly Json[]) : [value];

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

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

/** undefined: an operator or a shape that we do not know, so nothing may be concluded from it. */
export const parseConditions = (block: Json | undefined): readonly Condition[] | undefined => {
  if (block === undefined) return [];
  if (!isJsonObject(block)) return undefined;
  const conditions: Condition[] = [];
  for (const [operatorText, keys] of Object.entries(block)) {
    const operator = parseOperator(operatorText);
    if (operator === undefined || !isJsonObject(keys)) return undefined;
    for (const [key, values] of Object.entries(keys)) {
      const list = asList(values);
      if (list.some((value) => typeof value === 'object')) return undefined;
      conditions.push({ ...operator, key: key.toLowerCase(), values: sortedUnique(list.map(String)) });
    }
  }
  return conditions;
};

const canonicalConditions = (block: Json): Json => {
  const conditions = parseConditions(block);
  if (conditions === undefined) return block;
  return conditions
    .map(
      (c) => [`${c.qualifier ?? ''}:${c.operator}${c.ifExists ? 'IfExists' : ''}`, c.key, c.values] as const,
    )
    .map(([operator, key, values]): Json => [operator, key, [...values]])
    .sort((a, b) => compareText(canonicalJson(a), canonicalJson(b)));
};

const canonicalSet = (value: Json): Json =>
  [...new Set(asList(value).map(canonicalJson))].sort(compareText).map((text) => JSON.parse(text) as Json);

const lowerCased = (value: Json): Json =>
  asList(value).map((item) => (typeof item === 'string' ? item.toLowerCase() : item));

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

/**
 * One statement in a form in which equal meaning gives equal text: no Sid, lists as sorted sets, actions and
 * condition keys in lower case. What we do not understand stays as it is.
 */
export const canonicalStatement = (statement: JsonObject): string => {
  const out: Record<string, Json> = {};
  for (const [field, value] of Object.entries(statement)) {
    switch (field.toLowerCase()) {
      case 'sid':
        break;
      case 'action':
      case 'notaction':
        out[field] = canonicalSet(lowerCased(value));
        break;
      case 'resource':
      case 'notresource':
        out[field] = canonicalSet(value);
        break;
      case 'principal':
      case 'notprincipal':
        out[field] = canonicalPrincipal(value);
        break;
      case 'condition':
        if (isJsonObject(value) && Object.keys(value).length > 0) out[field] = canonicalConditions(value);
        break;
      default:
        out[field] = value;
    }
  }
  return canonicalJson(out);
};

export type ParsedDocument =
  | { readonly ok: true; readonly statements: readonly JsonObject[] }
  | { readonly ok: false; readonly reason: string };

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
  const statements = asList(document['Statement']);
  if (!statements.every(isJsonObject)) return { ok: false, reason: 'its Statement is not a list of objects' };
  return { ok: true, statements };
};

/** Compact JSON text of a document of these statements; its length is the safe test against AWS's quotas (aws.md §3.1). */
export const renderDocument = (statements: readonly JsonObject[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

/** A whole document by meaning: statement order, Sids and spelling aside. Unparseable text stands for itself. */
export const canonicalDocument = (json: string): string => {
  const parsed = parseDocument(json);
  return parsed.ok ? parsed.statements.map(canonicalStatement).sort(compareText).join('\n') : json;
};
