// Looking on: the true state of the world, who can enter, and which requests were served.

import type { AwsCloud } from '../aws/aws-cloud.ts';
import type { Entry, PeopleDoors } from '../enter.ts';
import type { EntraCloud } from '../entra/entra-cloud.ts';
import type { SandboxWorld, ServedRequest } from '../world.ts';
import { type ControlRoute, objectSchema, textSchema } from './route.ts';

/** How many requests of each service and operation, refused ones included. */
const countRequests = (served: readonly ServedRequest[]): Record<string, Record<string, number>> => {
  const counts: Record<string, Record<string, number>> = {};
  for (const { service, operation } of served) {
    const ofService = (counts[service] ??= {});
    ofService[operation] = (ofService[operation] ?? 0) + 1;
  }
  return counts;
};

const requestRoutes = (aws: AwsCloud, entra: EntraCloud): readonly ControlRoute[] => [
  {
    method: 'GET',
    path: '/requests',
    does: 'counts the served requests by service and operation, and lists the latest 200; ?service= and ?operation= narrow it',
    example: { path: '/requests?service=iam' },
    run: ({ query }) => {
      const [service, operation] = [query('service'), query('operation')];
      const served = [...aws.requests.list(), ...entra.requests.list()]
        .filter((request) => service === undefined || request.service === service)
        .filter((request) => operation === undefined || request.operation === operation)
        .sort((a, b) => a.atMs - b.atMs);
      return { total: served.length, counts: countRequests(served), latest: served.slice(-200) };
    },
  },
  {
    method: 'DELETE',
    path: '/requests',
    does: 'forgets the served requests',
    example: { path: '/requests' },
    run: () => {
      aws.requests.clear();
      entra.requests.clear();
    },
  },
];

const entrySchema = objectSchema(
  {
    userId: textSchema,
    accountId: { type: 'string', pattern: '^\\d{12}$' },
    roleName: textSchema,
    audience: textSchema,
  },
  ['userId', 'accountId', 'roleName'],
);

export const watchRoutes = (parts: {
  readonly world: SandboxWorld;
  readonly aws: AwsCloud;
  readonly entra: EntraCloud;
  readonly doors: PeopleDoors;
}): readonly ControlRoute[] => {
  const { world, aws, entra, doors } = parts;
  return [
    {
      method: 'GET',
      path: '/world',
      does: 'shows the whole true state, secrets left out',
      example: { path: '/world' },
      run: () => ({
        tenantId: world.tenantId,
        applications: world.applications.map(({ clientId }) => ({ clientId })),
        users: entra.users(),
        deletedUsers: entra.deletedUsers(),
        groups: entra.groups(),
        servicePrincipals: world.servicePrincipals,
        accounts: world.accounts.map((account) => ({
          accountId: account.accountId,
          samlProviders: account.samlProviders,
          oidcProviders: account.oidcProviders,
          managedPolicies: account.managedPolicies,
          roles: aws.roles(account.accountId),
        })),
      }),
    },
    {
      method: 'POST',
      path: '/enter',
      does: 'lets a user sign in and ask STS for a role, and tells what Entra or STS said; userId may be a principal name',
      example: {
        path: '/enter',
        body: { userId: 'oncall-1@contoso.com', accountId: '111122223333', roleName: 'payments-oncall' },
      },
      schema: entrySchema,
      run: ({ body }) => doors.enter(body as Entry),
    },
    {
      method: 'POST',
      path: '/sign-in',
      does: 'signs a user in to Entra and shows the SAMLResponse that her browser would take to AWS',
      example: {
        path: '/sign-in',
        body: { userId: 'oncall-1@contoso.com', accountId: '111122223333', roleName: 'payments-oncall' },
      },
      schema: entrySchema,
      run: ({ body }) => ({ SAMLResponse: doors.signIn(body as Entry) }),
    },
    ...requestRoutes(aws, entra),
  ];
};
