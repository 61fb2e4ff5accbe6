// What earlier runs left in the account, found by its name and by where it is.

import {
  ListOpenIDConnectProvidersCommand,
  ListSAMLProvidersCommand,
  paginateListPolicies,
  paginateListRoles,
} from '@aws-sdk/client-iam';
import { paginateListClusters, paginateListServices, paginateListTaskDefinitions } from '@aws-sdk/client-ecs';
import type { UndoStep } from '../undo.ts';
import type { Clients } from './aws-side.ts';
import { conformancePath, oidcProviderUndo, policyUndo, roleUndo, samlProviderUndo } from './make.ts';
import { clusterUndo, familyUndo, serviceUndo } from './run-task.ts';

export const namePrefix = 'rolewarden-conformance-';

const isOurs = (name: string): boolean => name.startsWith(namePrefix);
const nameIn = (arn: string): string => arn.split('/').at(-1) ?? '';

const roles = async (clients: Clients): Promise<readonly UndoStep[]> => {
  const found: string[] = [];
  for await (const page of paginateListRoles({ client: clients.iam }, { PathPrefix: conformancePath }))
    found.push(...(page.Roles ?? []).map(({ RoleName = '' }) => RoleName));
  return found.filter(isOurs).map((name) => roleUndo(clients, name));
};

const policies = async (clients: Clients): Promise<readonly UndoStep[]> => {
  const found: string[] = [];
  const input = { PathPrefix: conformancePath, Scope: 'Local' } as const;
  for await (const page of paginateListPolicies({ client: clients.iam }, input))
    found.push(...(page.Policies ?? []).map(({ Arn = '' }) => Arn));
  return found.filter((arn) => isOurs(nameIn(arn))).map((arn) => policyUndo(clients, arn));
};

const providers = async (clients: Clients): Promise<readonly UndoStep[]> => {
  const saml = await clients.iam.send(new ListSAMLProvidersCommand({}));
  const oidc = await clients.iam.send(new ListOpenIDConnectProvidersCommand({}));
  return [
    ...(saml.SAMLProviderList ?? [])
      .map(({ Arn = '' }) => Arn)
      .filter((arn) => isOurs(nameIn(arn)))
      .map((arn) => samlProviderUndo(clients, arn)),
    // Each looks at the tag of its provider before it deletes it.
    ...(oidc.OpenIDConnectProviderList ?? []).map(({ Arn = '' }) => oidcProviderUndo(clients, Arn)),
  ];
};

const services = async (clients: Clients, cluster: string): Promise<readonly UndoStep[]> => {
  const found: string[] = [];
  for await (const page of paginateListServices({ client: clients.ecs }, { cluster }))
    found.push(...(page.serviceArns ?? []));
  return found.map((arn) => serviceUndo(clients, cluster, nameIn(arn)));
};

/** Services after their clusters, since what comes last is undone first. */
const clusters = async (clients: Clients): Promise<readonly UndoStep[]> => {
  const steps: UndoStep[] = [];
  for await (const page of paginateListClusters({ client: clients.ecs }, {}))
    for (const cluster of (page.clusterArns ?? []).map(nameIn).filter(isOurs))
      steps.push(clusterUndo(clients, cluster), ...(await services(clients, cluster)));
  return steps;
};

const families = async (clients: Clients): Promise<readonly UndoStep[]> => {
  const found = new Set<string>();
  for (const status of ['ACTIVE', 'INACTIVE'] as const)
    for await (const page of paginateListTaskDefinitions({ client: clients.ecs }, { status }))
      for (const arn of page.taskDefinitionArns ?? []) found.add(nameIn(arn).replace(/:\d+$/, ''));
  return [...found].filter(isOurs).map((family) => familyUndo(clients, family));
};

/** The later ones have to go first. */
export const awsLeftovers = async (clients: Clients): Promise<readonly UndoStep[]> => [
  ...(await policies(clients)),
  ...(await providers(clients)),
  ...(await roles(clients)),
  ...(await families(clients)),
  ...(await clusters(clients)),
];
