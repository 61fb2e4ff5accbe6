// How IAM shows a document that it stores: URL-encoded, and by meaning rather than by letter. Lists change their
// order between two reads, and a list of one may become a scalar; the case of condition keys stays, which Terraform's
// provider relies on. [aws.md §3.4; boto3#1178, terraform-provider-aws#30870]

import { type Json, type JsonObject, compareText, isJsonObject } from '../../../domain/statement.ts';
import type { SandboxRole } from '../role-store.ts';

/** RFC 3986, as IAM does it: stricter than `encodeURIComponent`. */
export const encodeDocument = (document: string): string =>
  encodeURIComponent(document).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

interface Manner {
  readonly order: (list: readonly Json[]) => readonly Json[];
  readonly unwrapsSingles: boolean;
}

const text = (value: Json): string => JSON.stringify(value);

/** Three ways to say the same thing. */
const manners: readonly Manner[] = [
  { order: (list) => list.toReversed(), unwrapsSingles: true },
  { order: (list) => [...list.slice(1), ...list.slice(0, 1)], unwrapsSingles: false },
  { order: (list) => list.toSorted((a, b) => compareText(text(a), text(b))), unwrapsSingles: true },
];

const renderList = (value: Json, manner: Manner): Json => {
  if (!Array.isArray(value)) return value;
  const list = value as readonly Json[];
  const [only] = list;
  return manner.unwrapsSingles && list.length === 1 && only !== undefined ? only : manner.order(list);
};

const mapValues = (value: Json, change: (one: Json) => Json): Json =>
  Array.isArray(value) ? (value as readonly Json[]).map(change) : change(value);

const renderMap = (map: Json, value: (inner: Json) => Json): Json =>
  isJsonObject(map)
    ? Object.fromEntries(Object.entries(map).map(([name, inner]) => [name, value(inner)]))
    : map;

/** IAM shows a bare account number as the ARN of that account. */
const renderPrincipal = (value: Json): Json =>
  typeof value === 'string' && /^\d{12}$/.test(value) ? `arn:aws:iam::${value}:root` : value;

const renderStatement = (statement: JsonObject, manner: Manner): JsonObject => {
  const list = (value: Json): Json => renderList(value, manner);
  const fields = Object.entries(statement).map(([field, value]): [string, Json] => {
    if (field === 'Action') return [field, list(value)];
    if (field === 'Principal') {
      return [field, renderMap(value, (ids) => mapValues(list(ids), renderPrincipal))];
    }
    if (field !== 'Condition') return [field, value];
    return [field, renderMap(value, (keys) => renderMap(keys, list))];
  });
  return Object.fromEntries(fields);
};

const renderDocument = (document: string, manner: Manner): string => {
  const parsed = JSON.parse(document) as Json;
  if (!isJsonObject(parsed)) return document;
  const statements = parsed['Statement'];
  const render = (statement: Json): Json =>
    isJsonObject(statement) ? renderStatement(statement, manner) : statement;
  return JSON.stringify({ ...parsed, Statement: mapValues(statements ?? null, render) });
};

const encodedInManner = (document: string, look: number): string => {
  const manner = manners[look % manners.length];
  if (manner === undefined) return encodeDocument(document);
  try {
    return encodeDocument(renderDocument(document, manner));
  } catch {
    // Only a seeded or edited document can be no JSON; it is shown as it is, so that the reader has to cope.
    return encodeDocument(document);
  }
};

/** Encoded documents by role version: rendering costs more than everything else of a page together. */
const trustCache = new WeakMap<SandboxRole, string[]>();
const inlineCache = new WeakMap<SandboxRole, ReadonlyMap<string, string>>();

/** A role's trust policy as this look shows it; neighbouring looks differ. */
export const encodedTrust = (role: SandboxRole, look: number): string => {
  const manner = look % manners.length;
  const cached = trustCache.get(role) ?? [];
  trustCache.set(role, cached);
  return (cached[manner] ??= encodedInManner(role.trustDocument, manner));
};

/**
 * The role's inline policies by name. These differ from what was written, but not between two reads of the same
 * version: each version is encoded once, because bulk reads must stay cheap.
 */
export const encodedInlinePolicies = (role: SandboxRole): ReadonlyMap<string, string> => {
  const cached = inlineCache.get(role);
  if (cached !== undefined) return cached;
  const encoded = new Map(
    Object.entries(role.inlinePolicies).map(([name, document]) => [
      name,
      encodedInManner(document, document.length),
    ]),
  );
  inlineCache.set(role, encoded);
  return encoded;
};
