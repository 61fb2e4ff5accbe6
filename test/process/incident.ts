// A bad day in the demo world, told through the sandbox's control API: everything that an alert is made for goes wrong, and is
// put right again. Prometheus looks on.

import { rmSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoCluster, demoSupport } from '../../src/sandbox/demo-world.ts';
import { type Controller, type Rig, accounts, groups, startRig, users } from './harness.ts';
import { startDynalite } from '../lease/dynalite.ts';
import type { Prometheus } from './prometheus.ts';
import { example, openShellOf, signIn, stateOf } from './sessions.ts';
import { startProxy } from './tcp-proxy.ts';

const ids = {
  crowd: 'a1000000-0000-4000-8000-0000000000c1',
  emergency: 'a1000000-0000-4000-8000-0000000000c2',
};
/** At the default quota a trust policy holds some 35 people. */
const crowdSize = 45;
const crowdMember = (number: number): string =>
  `b1000000-0000-4000-8000-0000000002${String(number).padStart(2, '0')}`;

const policy = (name: string, account: string, group: string, more: string): string => `
apiVersion: rolewarden/v1alpha1
kind: AccessPolicy
metadata: { name: ${name} }
spec:
  accounts: { names: [${account}] }
  federation: ${name === 'nowhere' ? 'other' : 'entra'}
  subjects: { groups: [{ id: ${group} }] }
  role: { name: ${name}-role }
${more}`;

const logs = `  access:
    statements: [{ Effect: Allow, Action: "logs:Get*", Resource: "*" }]
`;

const daysAhead = (days: number): string =>
  `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 19)}Z`;

const ending = (days: number): string =>
  policy('ending', 'prod', groups.auditors, `${logs}  expiresAt: "${daysAhead(days)}"\n`);

const ledgerShell = (container: string): string =>
  policy(
    'ledger-shell',
    'prod',
    groups.auditors,
    `  access:
    ecs:
      region: ${demoCluster.region}
      cluster: ${demoCluster.cluster}
      services: [payments-ledger]
      containers: [${container}]
      allow: [exec]
`,
  );

/** What is wrong in Git from the start, and never makes a role. */
const odd = {
  'crowd.yaml': policy('crowd', 'dev', ids.crowd, `${logs}  mode: observe\n`),
  'nowhere.yaml': `apiVersion: rolewarden/v1alpha1
kind: Federation
metadata: { name: other }
spec:
  tenantId: 0f0e0d0c-1111-4222-8333-444455556666
  saml:
    providerName: Missing
    applicationId: 17cad0e7-cd2b-4e51-a75d-ba810f3e4046
    nameId: objectId
    audiences: [https://signin.aws.amazon.com/saml]
    verified: saml-49c04c65d0ea
---${policy('nowhere', 'dev', groups.auditors, logs)}`,
};

const policies = () => ({
  ...Object.fromEntries(
    ['payments-debug.yaml', 'platform.yaml', 'support.yaml', 'payments-incident.yaml'].map((name) => [
      name,
      example(name),
    ]),
  ),
  // Only what is told: a deployment takes its time.
  'payments-api.yaml': example('payments-api.yaml').split('\n---\n')[1] ?? '',
  ...odd,
  'ending.yaml': ending(2),
  'ledger-shell.yaml': ledgerShell('sidecar'),
  'emergency.yaml': policy(
    'emergency',
    'prod',
    ids.emergency,
    `${logs}  breakGlass: { id: ${ids.emergency} }\n`,
  ),
});

const table = 'rolewarden-leases';
/** One shard; the replica that comes after one that died waits a lease for it. */
const replicas = `  replicas:
    shards: 1
    lease: { table: ${table}, region: eu-west-1, duration: 10s }
`;
const token = 'c0ffee00c0ffee00c0ffee00c0ffee00';

export interface Incident {
  readonly rig: Rig;
  /** The one that runs now. */
  controller(): Controller;
  /** Everything at once that may go wrong while all can be read. */
  everythingBreaks(): Promise<void>;
  everythingIsRepaired(): Promise<void>;
  nothingCanBeRead(): Promise<void>;
  everythingCanBeRead(): Promise<void>;
  theTableIsGone(): Promise<void>;
  theTableIsBack(): Promise<void>;
  theControllerDies(): Promise<void>;
  /** Once the lease of the dead one is over, and while Entra gives no token. */
  itComesBack(): Promise<void>;
  entraIsBack(): Promise<void>;
  /** What `endAll` does not know of. */
  stop(): Promise<void>;
}

type Control = (method: string, path: string, body?: unknown) => Promise<unknown>;

const controlOf =
  ({ sandbox }: Rig): Control =>
  async (method, path, body) => {
    const response = await fetch(`${sandbox.controlUrl}${encodeURI(path)}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };

const denied = { kind: 'error', status: 403, code: 'AccessDenied' } as const;
const down = { kind: 'error', status: 503, code: 'ServiceUnavailable' } as const;
const throttled = { kind: 'error', status: 400, code: 'Throttling' } as const;

const fillTenant = async (control: Control): Promise<void> => {
  const members = Array.from({ length: crowdSize }, (_, number) => crowdMember(number));
  for (const [number, id] of members.entries())
    await control('POST', '/users', { id, userPrincipalName: `crowd-${number}@contoso.com` });
  await control('POST', '/groups', { id: ids.crowd, displayName: 'Crowd', members });
  await control('POST', '/groups', {
    id: ids.emergency,
    displayName: 'Emergency',
    members: [users.platform2],
  });
};

/** Dev is left out: where writes fail, sweeps become rare. */
const prodIsSwept = async (controller: Controller): Promise<void> => {
  const askedAtMs = Date.now();
  await controller.until('prod is swept again', async () =>
    (await controller.status()).accounts.some(
      ({ name, lastSweep }) => name === 'prod' && Date.parse(lastSweep.startedAt) >= askedAtMs,
    ),
  );
};

/**
 * Somebody adds intruders by hand again and again, and is undone each time. Another document each time, since one that we have
 * just replaced may be an old read; and two people, since the breaker counts who was put out within the hour.
 */
const rewriteThrice = async (rig: Rig, controller: Controller): Promise<void> => {
  const isIn = (user: string): Promise<boolean> => rig.isAdmitted(user, 'payments-debug', accounts.prod);
  await controller.until(
    'who left is out where AWS does not refuse it',
    async () => !(await isIn(users.onCall3)),
  );
  for (const intruders of [[users.platform1], [users.platform1, users.platform2], [users.platform2]]) {
    // What is rewritten before our write is read back is a write that failed, and not counted.
    await prodIsSwept(controller);
    rig.sandbox.aws.editRole(accounts.prod, 'payments-debug', (role) => {
      role.trustDocument = role.trustDocument.replace(
        users.onCall1,
        [users.onCall1, ...intruders].join('","'),
      );
    });
    await controller.until('the intruders are out again', async () => {
      const inside = await Promise.all(intruders.map(isIn));
      return !inside.includes(true);
    });
  }
};

/** More than ten, and one before them: Prometheus sees no rise in what it has not seen before. */
const guessTokens = async (controller: Controller, prometheus: Prometheus): Promise<void> => {
  const guess = () => fetch(controller.apiUrl, { headers: { Authorization: `Bearer ${'0'.repeat(32)}` } });
  await guess();
  await controller.until(
    'Prometheus has seen that one was refused',
    async () => (await prometheus.history('rolewarden_api_refused_total{reason="wrongToken"}')).length > 0,
  );
  for (let number = 0; number < 30; number += 1) await guess();
};

const bigDeny = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Deny',
      Action: 's3:*',
      Resource: Array.from(
        { length: 72 },
        (_, index) => `arn:aws:s3:::contoso-forbidden-bucket-${index}-of-many/*`,
      ),
    },
  ],
};

export const startIncident = async (prometheus: Prometheus): Promise<Incident> => {
  const dynalite = await startDynalite();
  await dynalite.createTable(table);
  const wire = await startProxy(dynalite.url);
  const environment = { AWS_ENDPOINT_URL_DYNAMODB: wire.url, ROLEWARDEN_API_TOKEN: token };
  const rig = await startRig({
    safety: 'maxStaleness: 1h',
    policies: policies(),
    spec: replicas,
    environment,
  });
  const control = controlOf(rig);
  await fillTenant(control);
  let controller = await rig.start(environment);
  const watched = (): void => prometheus.target(new URL(controller.metricsUrl).host);
  watched();
  await controller.until('the controller is ready', async () => (await controller.readiness()).ready);
  await controller.until(
    'the members of the demo are in',
    async () =>
      (await rig.isAdmitted(users.onCall3)) &&
      (await rig.isAdmitted(users.onCall3, 'payments-debug', accounts.prod)) &&
      (await rig.isAdmitted(demoSupport[7] ?? '', 'support-logs')) &&
      rig.isAdmitted(users.platform2, 'emergency-role', accounts.prod),
  );

  return {
    rig,
    controller: () => controller,
    everythingBreaks: async () => {
      await control('POST', `/groups/Payments Incident/activations`, {
        user: 'platform-1@contoso.com',
        minutes: 30,
      });
      await openShellOf(rig, await signIn(rig, users.onCall3, 'payments-debug', accounts.prod));
      // She leaves both accounts. In dev AWS refuses to write that, and in prod nobody can see her shells.
      for (const operation of ['PutRolePolicy', 'UpdateAssumeRolePolicy'])
        await control('POST', '/faults', {
          service: 'iam',
          operation,
          accountId: accounts.dev,
          effect: denied,
        });
      await control('POST', '/faults', { service: 'ssm', operation: 'DescribeSessions', effect: denied });
      await control('DELETE', '/groups/Payments On-call/members/oncall-3@contoso.com');
      for (const member of demoSupport.slice(4)) await control('DELETE', `/groups/Support/members/${member}`);
      await control(
        'PUT',
        `/accounts/${accounts.dev}/roles/platform-dev/inline-policies/rolewarden-revoked`,
        bigDeny,
      );
      rig.sandbox.entra.setClockSkewMs(45_000);
      writeFileSync(join(rig.policies, 'broken.yaml'), 'kind: AccessPolicy\n');
      await guessTokens(controller, prometheus);
      await control('POST', '/faults', {
        service: 'graph',
        operation: '*',
        resource: groups.auditors,
        effect: { kind: 'error', status: 403, code: 'Authorization_RequestDenied' },
      });
      await rewriteThrice(rig, controller);
      await prodIsSwept(controller);
      await control('PUT', '/groups/Payments On-call/members/platform-1@contoso.com');
      // Last, since these two are over soon.
      await control('PUT', '/groups/Emergency/members/auditor-1@contoso.com');
      await controller.until('the newcomer for emergencies is in', () =>
        rig.isAdmitted(users.auditor1, 'emergency-role', accounts.prod),
      );
      const session = await signIn(rig, users.auditor1, 'emergency-role', accounts.prod);
      await stateOf(rig, session);
    },
    everythingIsRepaired: async () => {
      await control('DELETE', '/faults');
      for (const member of demoSupport.slice(4)) await control('PUT', `/groups/Support/members/${member}`);
      await control('DELETE', '/groups/Payments On-call/members/platform-1@contoso.com');
      await control(
        'DELETE',
        `/accounts/${accounts.dev}/roles/platform-dev/inline-policies/rolewarden-revoked`,
      );
      rig.sandbox.entra.setClockSkewMs(0);
      for (const name of ['broken.yaml', ...Object.keys(odd)]) rmSync(join(rig.policies, name));
      writeFileSync(join(rig.policies, 'ending.yaml'), ending(30));
      writeFileSync(join(rig.policies, 'ledger-shell.yaml'), ledgerShell('api'));
    },
    nothingCanBeRead: async () => {
      await control('POST', '/faults', { service: 'graph', operation: '*', effect: down });
      await control('POST', '/faults', {
        service: 'iam',
        operation: 'GetAccountSummary',
        accountId: accounts.prod,
        effect: throttled,
      });
      await control('POST', '/faults', {
        service: 'iam',
        operation: 'GetAccountAuthorizationDetails',
        accountId: accounts.dev,
        effect: { kind: 'hang' },
      });
      renameSync(rig.policies, `${rig.policies}-away`);
    },
    everythingCanBeRead: async () => {
      await control('DELETE', '/faults');
      renameSync(`${rig.policies}-away`, rig.policies);
    },
    theTableIsGone: () => wire.cut(),
    theTableIsBack: () => wire.mend(),
    theControllerDies: async () => {
      controller.kill('SIGKILL');
      await controller.ended;
    },
    itComesBack: async () => {
      await control('POST', '/faults', { service: 'token', operation: '*', effect: down });
      controller = await rig.start(environment);
      watched();
    },
    entraIsBack: async () => {
      await control('DELETE', '/faults');
    },
    stop: async () => {
      await wire.cut();
      await dynalite.stop();
    },
  };
};
