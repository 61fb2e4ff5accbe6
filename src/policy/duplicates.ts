// Things that may exist once: a name in its kind, an AWS account, the binding of a service, the ControllerConfig.

import type { CheckedDocument } from './check-document.ts';
import { childOf } from './field-path.ts';
import { addressOf, type Finding, finding } from './source-document.ts';
import { quote } from './words.ts';

/**
 * Two objects of one name are both errors: whichever came first in the order of files could be the newcomer, and a
 * newcomer must not take the place of what runs. Lockouts have nothing to take over, and all of them apply.
 */
export const duplicateNames = (documents: readonly CheckedDocument[]): readonly Finding[] => {
  const named = documents.filter(({ kind, name }) => kind !== undefined && name !== undefined);
  return repeated(named, ({ kind, name }) => `${kind}/${name}`).flatMap(([one, other]) => {
    const where = addressOf(other.document, ['metadata', 'name']);
    const meanwhile = one.kind === 'Lockout' ? 'both apply' : 'neither is used';
    const message = `the name ${quote(one.name)} is also given to the ${one.kind} in ${where}; rename or remove one, until then ${meanwhile}`;
    return [finding(one.document, 'duplicateName', ['metadata', 'name'], message)];
  });
};

/** Two Account objects for one AWS account would be two loops that undo each other's work. */
export const duplicateAccountIds = (documents: readonly CheckedDocument[]): readonly Finding[] => {
  const idOf = ({ read }: CheckedDocument) => (read?.kind === 'Account' ? read.object.accountId : undefined);
  const accounts = documents.filter((document) => idOf(document) !== undefined);
  return repeated(accounts, (document) => idOf(document) ?? '').flatMap(([one, other]) => {
    if (one.name === other.name) return [];
    const where = addressOf(other.document, ['spec', 'accountId']);
    const message = `the account ${idOf(one)} is also described by ${quote(other.name)} in ${where}; keep one of the two, until then neither is used`;
    return [finding(one.document, 'duplicateAccountId', ['spec', 'accountId'], message)];
  });
};

const placeFields = ['account', 'region', 'cluster', 'service'] as const;

/** What a binding claims to bind, even when it is not valid otherwise; undefined: it does not say. */
const boundPlace = ({ kind, document }: CheckedDocument): readonly string[] | undefined => {
  if (kind !== 'TaskRoleBinding') return undefined;
  const spec = childOf(document.value, 'spec');
  const place = placeFields.map((field) => childOf(spec, field)).filter((name) => typeof name === 'string');
  return place.length === placeFields.length ? place : undefined;
};

/** Two bindings for one service would take turns in deploying it. */
export const duplicateBindings = (documents: readonly CheckedDocument[]): readonly Finding[] => {
  const bindings = documents.filter((document) => boundPlace(document) !== undefined);
  return repeated(bindings, (document) => JSON.stringify(boundPlace(document))).flatMap(([one, other]) => {
    if (one.name === other.name) return [];
    const [account, region, cluster, service] = boundPlace(one) ?? [];
    const where = addressOf(other.document, ['spec', 'service']);
    const message = `the service ${quote(service)} of the cluster ${quote(cluster)} in ${account}, ${region}, is also bound by ${quote(other.name)} in ${where}; keep one of the two, until then neither is used`;
    return [finding(one.document, 'duplicateBinding', ['spec', 'service'], message)];
  });
};

export const severalConfigs = (documents: readonly CheckedDocument[]): readonly Finding[] => {
  const [first, ...others] = documents.filter(({ kind }) => kind === 'ControllerConfig');
  if (first === undefined) return [];
  const where = addressOf(first.document, ['kind']);
  return others.map(({ document }) =>
    finding(
      document,
      'severalConfigs',
      ['kind'],
      `there is already a ControllerConfig in ${where}, and a controller has one; remove the others`,
    ),
  );
};

/** Each item that shares its key, with the first other one that has it. */
export const repeated = <T>(
  items: readonly T[],
  keyOf: (item: T) => string,
): readonly (readonly [T, T])[] => {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return [...groups.values()].flatMap((group) => {
    const [first, second] = group;
    if (first === undefined || second === undefined) return [];
    return group.map((item) => [item, item === first ? second : first] as const);
  });
};
