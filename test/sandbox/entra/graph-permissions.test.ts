// What Graph answers an application that may not do everything.

import tls from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { type EntraCloud, startEntraCloud } from '../../../src/sandbox/entra/entra-cloud.ts';
import { demoIds, demoWorld } from '../../../src/sandbox/demo-world.ts';

let cloud: EntraCloud | undefined;
afterEach(() => cloud?.stop());

const clientSecret = 'a-secret-of-this-test';

const ask = async (permissions: readonly string[], path: string) => {
  const clientId = demoIds.controllerClientId;
  const started = await startEntraCloud({
    world: { ...demoWorld(), applications: [{ clientId, clientSecret, permissions }] },
  });
  cloud = started;
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), started.caCertificatePem]);
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: 'https://graph.microsoft.com/.default',
  });
  const granted = await fetch(`${started.url}/${demoIds.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: form,
  });
  const { access_token: token } = (await granted.json()) as { readonly access_token: string };
  const answer = await fetch(`${started.url}/v1.0${path}`, { headers: { Authorization: `Bearer ${token}` } });
  const body = (await answer.json()) as {
    readonly error?: { readonly code: string };
    readonly value?: readonly Record<string, unknown>[];
  };
  return { status: answer.status, body, token };
};

const group = `/groups/${demoIds.groups.paymentsOnCall}/members?$select=id,userPrincipalName,accountEnabled`;
const app = `/servicePrincipals(appId='${demoIds.enterpriseApplication.appId}')`;
const schedules = `/identityGovernance/privilegedAccess/group/assignmentScheduleInstances?$filter=${encodeURIComponent(`groupId eq '${demoIds.groups.paymentsIncident}'`)}`;

describe('an application', () => {
  it.each([
    ['members', group, 'GroupMember.Read.All'],
    ['a user', `/users/${demoIds.users.onCall1}`, 'User.Read.All'],
    ['an enterprise application', app, 'Application.Read.All'],
    ['its assignments', `${app}/appRoleAssignedTo`, 'Application.Read.All'],
    ['activations', schedules, 'PrivilegedAssignmentSchedule.Read.AzureADGroup'],
  ])('is shown %s by its permission, and by no other', async (_what, path, permission) => {
    const all = [
      'GroupMember.Read.All',
      'User.Read.All',
      'Application.Read.All',
      'PrivilegedAssignmentSchedule.Read.AzureADGroup',
    ];
    // By appId alone the assignments are not served here.
    const real = path.replace(
      `${app}/appRole`,
      `/servicePrincipals/${demoIds.enterpriseApplication.id}/appRole`,
    );
    expect((await ask([permission], real)).status).toBe(200);
    await cloud?.stop();
    const { status, body } = await ask(
      all.filter((one) => one !== permission),
      real,
    );
    expect([status, body.error?.code]).toEqual([403, 'Authorization_RequestDenied']);
  });

  it('that may not read users is shown type and id of members, and nothing else', async () => {
    const { body } = await ask(['GroupMember.Read.All'], group);
    expect(body.value?.[0]).toEqual({
      '@odata.type': '#microsoft.graph.user',
      id: expect.any(String),
      userPrincipalName: null,
      accountEnabled: null,
    });
  });

  it('has a token that names its permissions', async () => {
    const { token } = await ask(['User.Read.All'], group);
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as object;
    expect(claims).toMatchObject({ roles: ['User.Read.All'], tid: demoIds.tenantId, idtyp: 'app' });
  });
});
