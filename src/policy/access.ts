// What a policy gives, as IAM takes it: size, characters, names of statements.

import { type Access, accessStatements, cliStatement } from '../domain/access.ts';
import { type AccountPlace, sharedDenies, statementsOfGrant } from '../domain/ecs-grants.ts';
import { ownStatements } from '../domain/permissions.ts';
import type { PermissionStatement } from '../domain/policy.ts';
import { inlinePolicyQuotaChars, reservedForDeniesChars } from '../domain/role.ts';
import { renderDocument } from '../domain/statement.ts';
import { childOf, type FieldPath } from './field-path.ts';
import { type Finding, finding, type SourceDocument } from './source-document.ts';
import { quote, thousands } from './words.ts';

const statementsPath: FieldPath = ['spec', 'access', 'statements'];
const maxStatementChars = inlinePolicyQuotaChars - reservedForDeniesChars;

export const checkAccess = (document: SourceDocument, access: Access): readonly Finding[] => [
  ...checkSize(document, access),
  ...checkSids(document, access.statements),
  ...checkCharacters(document, statementsPath, access.statements),
];

const grantsPath: FieldPath = ['spec', 'access', 'ecs'];

/** Where a grant stands: one alone needs no list, and so has no number. */
export const grantPath = (document: SourceDocument, index: number): FieldPath =>
  Array.isArray(grantsPath.reduce(childOf, document.value)) ? [...grantsPath, index] : grantsPath;

const compactChars = (value: unknown): number => JSON.stringify(value).length;
const charsOf = (statements: readonly PermissionStatement[]): number =>
  compactChars(ownStatements(statements)) - 2;

/** The longest that any account makes of a policy; all account ids have twelve digits. */
const anyPlace: AccountPlace = { partition: 'aws-us-gov', accountId: '0'.repeat(12) };

/** What each part costs, as somebody who has to shorten it would name it. */
const costsOf = ({ ecs, cli, statements }: Access): readonly string[] => {
  const shared = charsOf(sharedDenies(ecs, anyPlace));
  return [
    ...ecs.map(
      (grant, index) =>
        `ecs[${index}] (${grant.cluster}: ${grant.allow.join(', ')}) ${thousands(charsOf(statementsOfGrant(grant, anyPlace)))}`,
    ),
    ...(shared > 0 ? [`the denies that exec needs ${thousands(shared)}`] : []),
    ...(cli ? [`cli ${thousands(charsOf([cliStatement(anyPlace)]))}`] : []),
    ...statements.map((statement, index) => {
      const sid = statement['Sid'] === undefined ? '' : ` ${quote(statement['Sid'])}`;
      return `statements[${index}]${sid} ${thousands(charsOf([statement]))}`;
    }),
  ];
};

/** As it is written, compact; white space inside of texts counts here, so the result is never too small. */
const checkSize = (document: SourceDocument, access: Access): readonly Finding[] => {
  const size = renderDocument(ownStatements(accessStatements(access, anyPlace))).length;
  if (size <= maxStatementChars) return [];
  const message = `the access has ${thousands(size)} characters as compact JSON, and at most ${thousands(maxStatementChars)} fit (IAM's ${thousands(inlinePolicyQuotaChars)} less ${thousands(reservedForDeniesChars)} kept for denies); use wildcards, or split the policy over two roles. Each costs: ${costsOf(access).join(', ')}`;
  return [finding(document, 'statementsTooLong', ['spec', 'access'], message, { part: 'key' })];
};

const checkSids = (
  document: SourceDocument,
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
    return [finding(document, 'duplicateSid', [...statementsPath, index, 'Sid'], message)];
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
