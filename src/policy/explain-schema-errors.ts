// From what a schema validator found to sentences: which field, what is wrong with it, what to do.

import type { ErrorObject } from 'ajv/dist/2020.js';
import { childOf, parsePointer } from './field-path.ts';
import { explainers, nearField, type SchemaError } from './keyword-sentences.ts';
import { type Finding, finding, type SourceDocument } from './source-document.ts';
import { textOf } from './schema-text.ts';
import { rules, type RuleId } from './rules.ts';

/** Enough to see what is going on; a hostile file could produce hundreds of thousands. */
const shownErrors = 50;
const combinations: ReadonlySet<string> = new Set(['if', 'oneOf', 'anyOf']);
/** Of several complaints about the form of one value, the first is enough. */
const formKeywords: ReadonlySet<string> = new Set([
  'pattern',
  'format',
  'minLength',
  'maxLength',
  'const',
  'enum',
]);

export const explainSchemaErrors = (
  document: SourceDocument,
  errors: readonly ErrorObject[],
  schema: unknown,
): readonly Finding[] => {
  const relevant = withoutConsequences(errors.slice(0, 10 * shownErrors));
  const found = relevant.slice(0, shownErrors).map((error) => explain(document, error, schema));
  if (relevant.length <= shownErrors) return found;
  const message = `there are more problems in this document; repair the first ${shownErrors} and look again`;
  return [...found, finding(document, 'tooManyProblems', [], message)];
};

const explain = (document: SourceDocument, error: ErrorObject, schema: unknown): Finding => {
  const path = parsePointer(error.instancePath, document.value);
  const ownRule = textOf(error.parentSchema, 'x-rule');
  const ownMessage = combinationMessage(error);
  if (ownMessage !== undefined) {
    const rule =
      ownRule !== undefined && Object.hasOwn(rules, ownRule) ? (ownRule as RuleId) : 'wrongCombination';
    return finding(document, rule, path, ownMessage, { part: 'key' });
  }
  const explainer = explainers[error.keyword] ?? explainers['*'];
  const input: SchemaError = { document, path, error, schema, value: shownValue(error) };
  const said = explainer?.(input);
  if (said === undefined)
    return finding(document, 'malformedValue', path, 'is not valid here; see the schema');
  const { rule, message, at = path, part = 'value', place } = said;
  return finding(document, rule, at, message, { part, ...(place === undefined ? {} : { place }) });
};

/** What messages may repeat of a value. */
const shownValue = ({ data, parentSchema }: ErrorObject): unknown =>
  typeof data === 'string' && data !== '' && textOf(parentSchema, 'x-sensitive') !== undefined ? '…' : data;

const combinationMessage = (error: ErrorObject): string | undefined =>
  combinations.has(error.keyword) || error.keyword === 'minProperties' || error.keyword === 'maxProperties'
    ? textOf(error.parentSchema, 'errorMessage')
    : undefined;

/** One mistake, one message: drops what only follows from another error. */
const withoutConsequences = (errors: readonly ErrorObject[]): readonly ErrorObject[] => {
  const branches = errors
    .filter((error) => combinations.has(error.keyword) && !isChoiceOfShape(error))
    .map(branchOf);
  const misspelt = misspeltFields(errors);
  const formSeen = new Set<string>();
  const kept = errors.filter((error) => {
    if (error.keyword === 'propertyNames' || isChoiceOfShape(error)) return false;
    // Said already, by the rule about merge keys.
    if (childOf(error.params, 'additionalProperty') === '<<') return false;
    if (branches.some((branch) => isInside(error, branch))) return false;
    if (isMissingBecauseMisspelt(error, misspelt)) return false;
    if (!formKeywords.has(error.keyword) || error.propertyName !== undefined) return true;
    if (formSeen.has(error.instancePath)) return false;
    formSeen.add(error.instancePath);
    return true;
  });
  return kept.map((error) => pointInside(error, errors));
};

/** A condition without words of its own only chooses the shape, which then speaks for itself. */
const isChoiceOfShape = (error: ErrorObject): boolean =>
  error.keyword === 'if' && textOf(error.parentSchema, 'errorMessage') === undefined;

/** A broken condition is best shown at the field that breaks it. */
const pointInside = (error: ErrorObject, errors: readonly ErrorObject[]): ErrorObject => {
  if (error.keyword !== 'if') return error;
  const branch = branchOf(error);
  const inner = errors.find(
    (one) => one.instancePath.length > error.instancePath.length && isInside(one, branch),
  );
  return inner === undefined ? error : { ...error, instancePath: inner.instancePath };
};

interface Branch {
  readonly instancePath: string;
  readonly schemaPaths: readonly string[];
}

/** Where the errors inside a combination come from. */
const branchOf = ({ keyword, instancePath, schemaPath }: ErrorObject): Branch => {
  const base = schemaPath.slice(0, -keyword.length);
  const schemaPaths = keyword === 'if' ? [`${base}then/`, `${base}else/`] : [`${schemaPath}/`];
  return { instancePath, schemaPaths };
};

const isInside = (error: ErrorObject, branch: Branch): boolean =>
  error.instancePath.startsWith(branch.instancePath) &&
  branch.schemaPaths.some((path) => error.schemaPath.startsWith(path));

/** By object, the fields that unknown fields were probably meant to be. */
const misspeltFields = (errors: readonly ErrorObject[]): ReadonlyMap<string, ReadonlySet<string>> => {
  const found = new Map<string, Set<string>>();
  for (const error of errors) {
    const meant = error.keyword === 'additionalProperties' ? nearField(error) : undefined;
    if (meant === undefined) continue;
    found.set(error.instancePath, (found.get(error.instancePath) ?? new Set()).add(meant));
  }
  return found;
};

const isMissingBecauseMisspelt = (
  error: ErrorObject,
  misspelt: ReadonlyMap<string, ReadonlySet<string>>,
): boolean => {
  const meant = misspelt.get(error.instancePath);
  if (meant === undefined) return false;
  if (error.keyword === 'required') return meant.has(String(childOf(error.params, 'missingProperty')));
  return ['oneOf', 'anyOf', 'minProperties', 'maxProperties'].includes(error.keyword);
};
