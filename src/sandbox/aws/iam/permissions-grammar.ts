// What IAM accepts as a permissions policy, inline or managed.

import type { JsonObject } from '../../../domain/statement.ts';
import { malformedDocument } from '../service-error.ts';
import {
  checkConditions,
  checkEffect,
  checkFields,
  checkedActions,
  checkedStatements,
  textsOf,
} from './document-grammar.ts';

const fields = new Set(['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']);
const principalFields = ['Principal', 'NotPrincipal'];

const checkActionNames = (statement: JsonObject): void => {
  for (const action of checkedActions(statement)) {
    if (action === '*' || /^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$/.test(action)) continue;
    throw malformedDocument('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.');
  }
};

const checkResources = (statement: JsonObject): void => {
  const resources = textsOf(statement, 'Resource') ?? textsOf(statement, 'NotResource');
  if (resources === undefined) throw malformedDocument('Policy statement must contain resources.');
  if ('Resource' in statement && 'NotResource' in statement) {
    throw malformedDocument('Syntax errors in policy.');
  }
  const strange = resources.find((resource) => resource !== '*' && !/^arn:(.*:){4}.+/s.test(resource));
  if (strange !== undefined) {
    throw malformedDocument(`Resource ${strange} must be in ARN format or "*".`);
  }
};

/** Throws `MalformedPolicyDocument` unless IAM would store this as permissions. */
export const checkPermissions = (document: string): void => {
  for (const statement of checkedStatements(document, ['2012-10-17'])) {
    if (principalFields.some((field) => field in statement)) {
      throw malformedDocument('Policy document should not specify a principal.');
    }
    checkFields(statement, fields);
    checkEffect(statement);
    checkActionNames(statement);
    checkResources(statement);
    checkConditions(statement);
  }
};
