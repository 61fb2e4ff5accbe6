// Enterprise applications, by the real adapter in front of the sandbox's Graph.

import tls from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { entraCredential } from '../../src/entra/credential.ts';
import { openEntraDirectory } from '../../src/entra/entra-directory.ts';
import { demoIds, demoWorld } from '../../src/sandbox/demo-world.ts';
import { type EntraCloud, startEntraCloud } from '../../src/sandbox/entra/entra-cloud.ts';
import { clientSecret, settingsFor } from './graph-harness.ts';

const signal = new AbortController().signal;
const { appId } = demoIds.enterpriseApplication;

let cloud: EntraCloud | undefined;
afterEach(() => cloud?.stop());

/** `permissions`: undefined for an application whose tokens are opaque. */
const open = async (permissions: readonly string[] | undefined) => {
  const clientId = demoIds.controllerClientId;
  const application = { clientId, clientSecret, ...(permissions === undefined ? {} : { permissions }) };
  const started = await startEntraCloud({ world: { ...demoWorld(), applications: [application] } });
  cloud = started;
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), started.caCertificatePem]);
  const settings = { ...settingsFor(started.url), tenantId: demoIds.tenantId };
  const env = { AZURE_CLIENT_ID: clientId, AZURE_CLIENT_SECRET: clientSecret };
  return openEntraDirectory({
    settings,
    credential: entraCredential(settings, env),
    clock: { now: () => Date.now() },
  });
};

describe('an enterprise application', () => {
  it('is read with its app roles, and the groups that they are assigned to, page by page', async () => {
    const directory = await open(['Application.Read.All']);
    cloud?.setPageSize(2);
    const reading = (await directory.readApplications([appId], signal)).get(appId);
    if (reading?.state !== 'present') throw new Error(JSON.stringify(reading));
    expect(reading.value).toMatchObject({
      appId,
      displayName: 'AWS Single-Account Access',
      accountEnabled: true,
      signOnMode: 'saml',
      isAssignmentRequired: true,
      replyUrls: ['https://signin.aws.amazon.com/saml'],
    });
    expect(reading.value.appRoles).toHaveLength(6);
    expect(reading.value.appRoles?.[0]).toMatchObject({
      value:
        'arn:aws:iam::111122223333:role/rolewarden/payments-debug,arn:aws:iam::111122223333:saml-provider/EntraID',
      isEnabled: true,
    });
    const { assignments } = reading.value;
    expect(assignments.state === 'present' && assignments.value.length).toBe(6);
    expect(assignments).toMatchObject({
      value: expect.arrayContaining([
        { principalId: demoIds.groups.paymentsOnCall, appRoleId: reading.value.appRoles?.[0]?.id },
      ]),
    });
  });

  it('that the tenant does not have is absent, and one that may not be read unreadable', async () => {
    const unknown = 'd0000000-0000-4000-8000-000000000009';
    const directory = await open(['Application.Read.All']);
    expect((await directory.readApplications([unknown], signal)).get(unknown)?.state).toBe('absent');
    await cloud?.stop();
    const blind = await open(['GroupMember.Read.All']);
    const reading = (await blind.readApplications([appId], signal)).get(appId);
    expect(reading).toMatchObject({
      state: 'unreadable',
      problem: { kind: 'denied', message: expect.stringContaining('Application.Read.All') },
    });
  });

  it('whose assignments cannot be read is told all the same', async () => {
    const directory = await open(['Application.Read.All']);
    cloud?.addFault({
      service: 'graph',
      operation: 'listAppRoleAssignedTo',
      effect: { kind: 'error', status: 403, code: 'Authorization_RequestDenied' },
    });
    const reading = (await directory.readApplications([appId], signal)).get(appId);
    expect(reading).toMatchObject({
      state: 'present',
      value: { signOnMode: 'saml', assignments: { state: 'unreadable' } },
    });
  });
});

describe('the token', () => {
  it('tells what the application may do', async () => {
    const permissions = ['GroupMember.Read.All', 'User.Read.All'];
    const directory = await open(permissions);
    expect(await directory.readToken(signal)).toEqual({
      state: 'present',
      value: { clientId: demoIds.controllerClientId, tenantId: demoIds.tenantId, roles: permissions },
    });
  });

  it('that is opaque tells nothing, and none is a problem', async () => {
    const directory = await open(undefined);
    expect(await directory.readToken(signal)).toEqual({ state: 'absent' });
    await cloud?.stop();
    const refused = await open([]);
    cloud?.addFault({
      service: 'token',
      operation: 'token',
      effect: { kind: 'error', status: 401, code: 'invalid_client', message: 'AADSTS7000215: no' },
    });
    expect(await refused.readToken(signal)).toMatchObject({
      state: 'unreadable',
      problem: { kind: 'denied', code: 'AADSTS7000215' },
    });
  });
});
