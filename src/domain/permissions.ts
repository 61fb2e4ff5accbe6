// A role's permissions: the one inline policy we write, the extra ones we find, and which way a change of them goes.

import type { Effect } from './change.ts';
import { type JsonObject, canonicalStatement, parseDocument, renderDocument, sidOf } from './statement.ts';
import type { PermissionStatement } from './policy.ts';

/** Our statements are known by this start of their Sid and a number; a Deny without them is someone else's and stays. */
const ownSidPrefix = 'Rolewarden';
const ownSid = new RegExp(`^${ownSidPrefix}\\d`);

const isDeny = (statement: JsonObject): boolean => statement['Effect'] !== 'Allow';
export const isOwnStatement = (statement: JsonObject): boolean => ownSid.test(sidOf(statement));
const isForeignDeny = (statement: JsonObject): boolean => isDeny(statement) && !isOwnStatement(statement);

/**
 * The user's statements as ours: each with a Sid of its own that carries the user's, letters and digits only as IAM asks.
 * `after`: how many stand before them in the same document.
 */
export const ownStatements = (statements: readonly PermissionStatement[], after = 0): readonly JsonObject[] =>
  statements.map((statement, index) => {
    const { Sid: sid, ...rest } = statement as JsonObject;
    // `Rolewarden1` + `1x` and `Rolewarden11` + `x` would be one Sid, and IAM would refuse the document.
    const suffix = typeof sid === 'string' ? sid.replace(/[^A-Za-z0-9]/g, '').replace(/^(?=\d)/, 'S') : '';
    return { Sid: `${ownSidPrefix}${after + index + 1}${suffix}`, ...rest };
  });

/** The document to write: ours, and every Deny that someone else put into the observed one. */
export const mergeForeignDenies = (own: readonly JsonObject[], observed: string | undefined): string => {
  const parsed = observed === undefined ? undefined : parseDocument(observed);
  const denies = parsed?.ok === true ? parsed.statements.filter(isForeignDeny) : [];
  return renderDocument([...own, ...denies]);
};

/** The statements, if every one of them surely allows or surely denies. */
const decidedStatements = (document: string): readonly JsonObject[] | undefined => {
  const parsed = parseDocument(document);
  return parsed.ok && parsed.statements.every(({ Effect: effect }) => effect === 'Allow' || effect === 'Deny')
    ? parsed.statements
    : undefined;
};

/** Deny statements of a document, verbatim; undefined when it cannot be parsed, so that nothing may be concluded. */
export const deniesOf = (document: string): readonly JsonObject[] | undefined =>
  decidedStatements(document)?.filter(isDeny);

/** Those among them that are not ours. */
export const foreignDeniesOf = (document: string): readonly JsonObject[] | undefined =>
  deniesOf(document)?.filter(isForeignDeny);

export const hasAllow = (document: string): boolean | undefined =>
  decidedStatements(document)?.some((statement) => !isDeny(statement));

const countByMeaning = (statements: readonly JsonObject[]): ReadonlySet<string> =>
  new Set(statements.map(canonicalStatement));

const isSubset = (part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean =>
  [...part].every((item) => whole.has(item));

/**
 * Which way a change of a permissions document goes: only Allows removed or Denies added narrows, the reverse widens,
 * the same meaning is none, anything else — an unparseable document among it — is mixed. Statements are compared whole:
 * a statement with one action less counts as mixed, since showing more would take AWS's evaluator.
 */
export const permissionsEffect = (before: string | undefined, after: string | undefined): Effect => {
  const read = (document: string | undefined) => (document === undefined ? [] : decidedStatements(document));
  const [old, next] = [read(before), read(after)];
  if (old === undefined || next === undefined) return 'mixed';
  const split = (statements: readonly JsonObject[]) => ({
    allows: countByMeaning(statements.filter((statement) => !isDeny(statement))),
    denies: countByMeaning(statements.filter(isDeny)),
  });
  const [a, b] = [split(old), split(next)];
  const neverMore = isSubset(b.allows, a.allows) && isSubset(a.denies, b.denies);
  const neverLess = isSubset(a.allows, b.allows) && isSubset(b.denies, a.denies);
  return neverMore && neverLess ? 'none' : neverMore ? 'narrows' : neverLess ? 'widens' : 'mixed';
};
