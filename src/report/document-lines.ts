// A policy document as lines for people.

import { canonicalStatement, compareText, isJsonObject, parseDocument } from '../domain/statement.ts';

const isText = (value: unknown): value is string => typeof value === 'string';

const sortedLists = (_: string, value: unknown): unknown =>
  Array.isArray(value) && value.every(isText) ? value.toSorted(compareText) : value;

/**
 * Two spaces a level, and no commas at the ends, so that a line that merely is no longer the last one is no difference.
 * Lists of texts are sorted: to IAM they are sets, which it gives back in any order. Text that is no JSON stays as it is; no
 * lines for no document.
 */
export const prettyLines = (document: string | undefined): readonly string[] => {
  if (document === undefined) return [];
  try {
    return JSON.stringify(JSON.parse(document), sortedLists, 2)
      .split('\n')
      .map((line) => line.replace(/,$/, ''));
  } catch {
    return document.split('\n');
  }
};

/** Lists of texts, and one text is a list of one. */
const asSets = (value: unknown, key = ''): unknown => {
  if (isText(value)) return key === 'Effect' || key === 'Sid' ? value : [value];
  if (Array.isArray(value))
    return value.every(isText) ? value.toSorted(compareText) : value.map((item) => asSets(item));
  return isJsonObject(value)
    ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, asSets(inner, name)]))
    : value;
};

/**
 * The same for two documents that are compared: what means nothing to IAM, the order of statements and of what they list, is
 * no difference. Without the frame.
 */
export const comparableLines = (document: string | undefined): readonly string[] => {
  const parsed = document === undefined ? undefined : parseDocument(document);
  if (parsed?.ok !== true) return prettyLines(document);
  const statements = parsed.statements
    .map((statement) => ({ statement, key: canonicalStatement(statement) }))
    .sort((a, b) => compareText(a.key, b.key))
    .map(({ statement }) => asSets(statement));
  return prettyLines(JSON.stringify(statements));
};
