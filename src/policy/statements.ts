// Statements of a permissions policy as the user wrote them: their names, characters, and length.

import { ownStatements } from '../domain/permissions.ts';
import type { PermissionStatement } from '../domain/policy.ts';
import { renderDocument } from '../domain/statement.ts';
import type { FieldPath } from './field-path.ts';
import { type Finding, finding, type SourceDocument } from './source-document.ts';
import { quote, thousands } from './words.ts';

export const checkStatements = (
  document: SourceDocument,
  path: FieldPath,
  statements: readonly PermissionStatement[],
): readonly Finding[] => [
  ...checkSids(document, path, statements),
  ...checkCharacters(document, path, statements),
];

/** Of the whole document, compact; white space inside of texts counts here, so the result is never too small. */
export const documentChars = (statements: readonly PermissionStatement[]): number =>
  renderDocument(ownStatements(statements)).length;

/** What statements take of a document that holds others too. */
export const charsOf = (statements: readonly PermissionStatement[]): number =>
  JSON.stringify(ownStatements(statements)).length - 2;

/** What each costs, as somebody who has to shorten the list would name it. */
export const costsOfStatements = (
  listName: string,
  statements: readonly PermissionStatement[],
): readonly string[] =>
  statements.map((statement, index) => {
    const sid = statement['Sid'] === undefined ? '' : ` ${quote(statement['Sid'])}`;
    return `${listName}[${index}]${sid} ${thousands(charsOf([statement]))}`;
  });

const checkSids = (
  document: SourceDocument,
  path: FieldPath,
  statements: readonly PermissionStatement[],
): readonly Finding[] => {
  const first = new Map<unknown, number>();
  return statements.flatMap((statement, index) => {
    const sid = statement['Sid'];
    if (sid === undefined) return [];
    const before = first.get(sid);
    if (before === undefined) {
      first.set(sid, index);
      return [];
    }
    const message = `the Sid ${quote(sid)} is already used by statement [${before}]; rename one`;
    return [finding(document, 'duplicateSid', [...path, index, 'Sid'], message)];
  });
};

/** Policy text and descriptions may hold tab, line feed, carriage return and U+0020 to U+00FF. [IAM API reference] */
const refused = /[^\t\n\r\u0020-\u00FF]/u;

/** Looks at every text below a value, keys of objects included. */
export const checkCharacters = (
  document: SourceDocument,
  path: FieldPath,
  value: unknown,
): readonly Finding[] => {
  if (typeof value === 'string') return checkText(document, path, value, 'value');
  if (Array.isArray(value))
    return value.flatMap((item, index) => checkCharacters(document, [...path, index], item));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [
    ...checkText(document, [...path, key], key, 'key'),
    ...checkCharacters(document, [...path, key], child),
  ]);
};

const checkText = (
  document: SourceDocument,
  path: FieldPath,
  text: string,
  part: 'key' | 'value',
): readonly Finding[] => {
  const character = refused.exec(text)?.[0];
  if (character === undefined) return [];
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const message = `${quote(text)} holds ${quote(character)} (U+${code}), and IAM takes characters up to U+00FF only; replace it`;
  return [finding(document, 'unsupportedCharacter', path, message, { part })];
};
