// Whether a document says what we would write, asked of every role in every sweep. AWS mostly gives a document back with
// nothing but its lists in another order, and seeing that is much cheaper than bringing both into canonical form.

import {
  type Json,
  type JsonObject,
  asList,
  canonicalStatements,
  isJsonObject,
  isKnownOperator,
  parseDocument,
  renderDocument,
} from './statement.ts';

const sameTexts = (a: Json | undefined, b: Json | undefined): boolean => {
  const [left, right] = [asList(a), asList(b)];
  if (left.length !== right.length || ![...left, ...right].every((one) => typeof one === 'string'))
    return false;
  if (left.length === 1) return left[0] === right[0];
  const texts = new Set(left);
  return (
    texts.size === left.length && new Set(right).size === right.length && right.every((one) => texts.has(one))
  );
};

type Same = (a: Json | undefined, b: Json | undefined, key: string) => boolean;

const countOf = (value: JsonObject, leaveOut: string | undefined): number =>
  Object.keys(value).length - (leaveOut !== undefined && Object.hasOwn(value, leaveOut) ? 1 : 0);

const sameObjects = (a: Json | undefined, b: Json | undefined, same: Same, leaveOut?: string): boolean => {
  if (!isJsonObject(a) || !isJsonObject(b) || countOf(a, leaveOut) !== countOf(b, leaveOut)) return false;
  return Object.keys(a).every(
    (key) => key === leaveOut || (Object.hasOwn(b, key) && same(a[key], b[key], key)),
  );
};

const sameField: Same = (a, b, field) => {
  switch (field) {
    case 'Action':
    case 'NotAction':
    case 'Resource':
    case 'NotResource':
      return sameTexts(a, b);
    case 'Principal':
    case 'NotPrincipal':
      return sameObjects(a, b, sameTexts);
    case 'Condition':
      return sameObjects(
        a,
        b,
        (one, other, operator) => isKnownOperator(operator) && sameObjects(one, other, sameTexts),
      );
    default:
      return typeof a === 'string' && a === b;
  }
};

/** True only if they mean the same; false may also be because it takes more than a glance. */
const areSameAtAGlance = (a: readonly JsonObject[], b: readonly JsonObject[]): boolean =>
  a.length === b.length && a.every((statement, index) => sameObjects(statement, b[index], sameField, 'Sid'));

/** Whether a document means just these statements, Sids aside. */
export const saysJust = (
  json: string,
  statements: readonly JsonObject[],
  rendered: string = renderDocument(statements),
): boolean => {
  if (json === rendered) return true;
  const parsed = parseDocument(json);
  return (
    parsed.ok &&
    (areSameAtAGlance(parsed.statements, statements) ||
      canonicalStatements(parsed.statements) === canonicalStatements(statements))
  );
};
