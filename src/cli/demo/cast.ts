// Who and what the story of the demo is about.

import { demoCluster, demoIds, demoSupport } from '../../sandbox/demo-world.ts';

const { users, accounts } = demoIds;

export interface Person {
  readonly id: string;
  readonly name: string;
}

const person = (id: string, name: string): Person => ({ id, name: `${name}@contoso.com` });

export const newcomer = person(users.auditor1, 'auditor-1');
export const engineer = person(users.onCall1, 'oncall-1');
export const suspect = person(users.onCall2, 'oncall-2');
export const leaver = person(users.onCall3, 'oncall-3');
export const responder = person(users.platform1, 'platform-1');
export const intruder = person(users.platform2, 'platform-2');
/** Who leaves just as a replica dies, in another act and from another role. */
export const platformLeaver = intruder;

const support = demoSupport.map((id, index) => person(id, `support-${index + 1}`));
const half = support.length / 2;
export const supportWhoStay = support.slice(0, half);
export const supportWhoGo = support.slice(half);

/** A role in an account, as the story calls it. */
export interface Place {
  readonly accountId: string;
  readonly role: string;
  readonly name: string;
}

/** The role of manifests/example/policies/payments-debug.yaml, which most of the story is about. */
export const role = 'payments-debug';
export const inDev: Place = { accountId: accounts.dev, role, name: 'dev' };
export const inProd: Place = { accountId: accounts.prod, role, name: 'prod' };
/** manifests/example/policies/payments-incident.yaml */
export const incident: Place = {
  accountId: accounts.prod,
  role: 'payments-incident',
  name: 'prod as payments-incident',
};
/** manifests/example/policies/support.yaml */
export const supportInDev: Place = {
  accountId: accounts.dev,
  role: 'support-logs',
  name: 'dev as support-logs',
};

/** manifests/example/policies/platform.yaml */
export const platformInDev: Place = {
  accountId: accounts.dev,
  role: 'platform-dev',
  name: 'dev as platform-dev',
};

/** The one that manifests/example/policies/payments-api.yaml binds. */
export const service = 'payments-api';
export const ownTaskRole = 'payments-api-task';
export const serviceName = `${demoCluster.region}/${demoCluster.cluster}/${service}`;
