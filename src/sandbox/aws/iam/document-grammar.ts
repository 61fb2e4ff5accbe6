// What IAM accepts as a policy document at all: the rules that trust policies and permissions policies share.

import {
  type Json,
  type JsonObject,
  asList,
  isJsonObject,
  parseConditions,
} from '../../../domain/statement.ts';
import { malformedDocument } from '../service-error.ts';

/** U+0009, U+000A, U+000D and U+0020 to U+00FF. [botocore model: policyDocumentType] */
const allowedText = /^[\t\n\r\u0020-\u00FF]+$/;
const documentFields = new Set(['Version', 'Id', 'Statement']);

/** The length that counts against quotas: white space between tokens does not. */
export const countedLength = (document: string): number => JSON.stringify(JSON.parse(document)).length;

const parseObject = (document: string): JsonObject => {
  if (!allowedText.test(document)) {
    throw malformedDocument(
      'The policy contains characters outside U+0009, U+000A, U+000D and U+0020-U+00FF',
    );
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch {
    throw malformedDocument('This policy contains invalid Json');
  }
  if (!isJsonObject(parsed)) throw malformedDocument('Syntax errors in policy.');
  return parsed;
};

/** The statements of a document whose frame is right; throws `MalformedPolicyDocument` otherwise. */
export const checkedStatements = (document: string, versions: readonly string[]): readonly JsonObject[] => {
  const parsed = parseObject(document);
  const strange = Object.keys(parsed).find((field) => !documentFields.has(field));
  if (strange !== undefined) throw malformedDocument(`Unknown field ${strange}`);
  if (parsed['Version'] === undefined) throw malformedDocument('Missing required field Version');
  if (!versions.some((version) => version === parsed['Version'])) {
    throw malformedDocument('Policy document must be version 2012-10-17 or greater.');
  }
  if (parsed['Statement'] === undefined) throw malformedDocument('Missing required field Statement');
  const statements = asList(parsed['Statement']);
  if (statements.length === 0 || !statements.every(isJsonObject)) {
    throw malformedDocument('Syntax errors in policy.');
  }
  checkSids(statements);
  return statements;
};

const checkSids = (statements: readonly JsonObject[]): void => {
  const seen = new Set<Json>();
  for (const sid of statements.map((statement) => statement['Sid'])) {
    if (sid === undefined || sid === '') continue;
    if (typeof sid !== 'string' || !/^[0-9A-Za-z]*$/.test(sid)) {
      throw malformedDocument('Statement IDs (SID) must be alpha-numeric. ');
    }
    if (seen.has(sid)) throw malformedDocument('Statement IDs (SID) in a single policy must be unique.');
    seen.add(sid);
  }
};

export const checkEffect = (statement: JsonObject): void => {
  if (statement['Effect'] === undefined) throw malformedDocument('Missing required field Effect');
  if (statement['Effect'] !== 'Allow' && statement['Effect'] !== 'Deny') {
    throw malformedDocument(`Invalid effect: ${JSON.stringify(statement['Effect'])}`);
  }
};

/** The values of a field that must be a text or a list of texts, and not empty; undefined when the field is absent. */
export const textsOf = (statement: JsonObject, field: string): readonly string[] | undefined => {
  const value = statement[field];
  if (value === undefined) return undefined;
  const texts = asList(value).filter((item) => typeof item === 'string');
  if (texts.length === 0 || texts.length !== asList(value).length) {
    throw malformedDocument('Syntax errors in policy.');
  }
  return texts;
};

/** Exactly one of `Action` and `NotAction`. */
export const checkedActions = (statement: JsonObject): readonly string[] => {
  const actions = textsOf(statement, 'Action');
  const others = textsOf(statement, 'NotAction');
  const given = actions ?? others;
  if (given === undefined) throw malformedDocument('Missing required field Action');
  if (actions !== undefined && others !== undefined) throw malformedDocument('Syntax errors in policy.');
  return given;
};

const isDateValue = (value: string): boolean =>
  /^\d+$/.test(value) ||
  /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.test(value);

/** Known operators, and values that fit them. */
export const checkConditions = (statement: JsonObject): void => {
  const block = statement['Condition'];
  const conditions = parseConditions(block);
  if (conditions === undefined) {
    const operators = isJsonObject(block) ? Object.keys(block) : [];
    throw malformedDocument(
      operators.length === 0
        ? 'Syntax errors in policy.'
        : `Invalid Condition type : ${operators.join(', ')}.`,
    );
  }
  for (const condition of conditions) {
    if (condition.operator.startsWith('Date') && !condition.values.every(isDateValue)) {
      throw malformedDocument('The policy failed legacy parsing');
    }
  }
};

/** Refuses fields that no statement of this kind has. */
export const checkFields = (statement: JsonObject, known: ReadonlySet<string>): void => {
  const strange = Object.keys(statement).find((field) => !known.has(field));
  if (strange !== undefined) throw malformedDocument(`Unknown field ${strange}`);
};
