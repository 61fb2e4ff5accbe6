// How IAM shows many roles at once, and what it leaves out.

import {
  DeleteRoleCommand,
  GetAccountAuthorizationDetailsCommand,
  GetAccountSummaryCommand,
  GetRoleCommand,
  ListRolesCommand,
  type RoleDetail,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Rig,
  admits,
  allowEcs,
  boundaryArn,
  decoded,
  hubId,
  permissions,
  refusalOf,
  spokeId,
  spokeKey,
  startRig,
  trustOf,
} from './cloud-fixture.ts';
import { parseTrustPolicy } from '../../../src/domain/trust-policy.ts';
import { canonicalStatement } from '../../../src/domain/statement.ts';

let rig: Rig;
const people = ['anna', 'bert', 'cleo', 'dora'];
const trust = trustOf(admits(...people), {
  ...admits('eve'),
  Action: ['sts:AssumeRoleWithSAML'],
});
const roleNames = Array.from({ length: 25 }, (_, index) => `r${String(index).padStart(2, '0')}`);

beforeAll(async () => {
  rig = await startRig();
  for (const name of roleNames) {
    rig.cloud.seedRole(hubId, {
      name: Number(name.slice(1)) % 2 === 0 ? name : name.toUpperCase(),
      path: Number(name.slice(1)) < 20 ? '/rolewarden/' : '/other/',
      trustDocument: trust,
      tags: { n: name },
      permissionsBoundary: boundaryArn,
      description: `role ${name}`,
      maxSessionSeconds: 7_200,
      inlinePolicies: { access: permissions(allowEcs), deny: permissions({ ...allowEcs, Effect: 'Deny' }) },
      attachedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
    });
  }
});
afterAll(() => rig.stop());

const listAll = async (pageSize: number, prefix?: string) => {
  const names: string[] = [];
  const sizes: number[] = [];
  let marker: string | undefined;
  do {
    const answer = await rig.iam.send(
      new ListRolesCommand({ MaxItems: pageSize, PathPrefix: prefix, Marker: marker }),
    );
    names.push(...(answer.Roles ?? []).map((role) => role.RoleName ?? ''));
    sizes.push(answer.Roles?.length ?? 0);
    expect(answer.IsTruncated).toBe(answer.Marker !== undefined);
    marker = answer.Marker;
  } while (marker !== undefined);
  return { names, sizes };
};

test.each([
  [7, [7, 7, 7, 4]],
  [5, [5, 5, 5, 5, 5]],
  [1_000, [25]],
])('pages of %i show every role once, in the order of names without case', async (size, sizes) => {
  const listed = await listAll(size);
  expect(listed.sizes).toEqual(sizes);
  expect(listed.names.map((name) => name.toLowerCase())).toEqual(roleNames);
});

test('a path prefix selects before pages are cut', async () => {
  const listed = await listAll(20, '/rolewarden/');
  expect(listed.sizes).toEqual([20]);
  expect((await listAll(20, '/nowhere/')).names).toEqual([]);
});

test('a role deleted between two pages shifts nobody', async () => {
  const own = await startRig();
  try {
    for (const name of ['a', 'b', 'c', 'd']) own.cloud.seedRole(hubId, { name, trustDocument: trust });
    const first = await own.iam.send(new ListRolesCommand({ MaxItems: 2 }));
    await own.iam.send(new DeleteRoleCommand({ RoleName: 'b' }));
    const second = await own.iam.send(new ListRolesCommand({ MaxItems: 2, Marker: first.Marker }));
    expect(second.Roles?.map((role) => role.RoleName)).toEqual(['c', 'd']);
    expect(second.IsTruncated).toBe(false);
  } finally {
    await own.stop();
  }
});

test.each([0, 1_001])('a page of %i is refused', async (size) => {
  const expected = /^400 ValidationError: 1 validation error detected/;
  expect(await refusalOf(rig.iam.send(new ListRolesCommand({ MaxItems: size })))).toMatch(expected);
  expect(
    await refusalOf(rig.iam.send(new GetAccountAuthorizationDetailsCommand({ MaxItems: size }))),
  ).toMatch(expected);
});

test('a marker that nobody gave out is refused', async () => {
  expect(await refusalOf(rig.iam.send(new ListRolesCommand({ Marker: 'mine' })))).toBe(
    '400 ValidationError: Invalid Marker: mine',
  );
});

test('ListRoles leaves out tags and boundary, the bulk details leave out description and duration', async () => {
  const listed = (await rig.iam.send(new ListRolesCommand({ MaxItems: 1 }))).Roles?.[0];
  expect(listed).toMatchObject({ RoleName: 'r00', Description: 'role r00', MaxSessionDuration: 7_200 });
  expect(Object.keys(listed ?? {})).not.toContain('Tags');
  expect(listed?.PermissionsBoundary).toBeUndefined();

  const details = await rig.iam.send(
    new GetAccountAuthorizationDetailsCommand({ Filter: ['Role'], MaxItems: 1 }),
  );
  const detail = details.RoleDetailList?.[0];
  expect(detail).toMatchObject({
    RoleName: 'r00',
    Path: '/rolewarden/',
    Tags: [{ Key: 'n', Value: 'r00' }],
    PermissionsBoundary: { PermissionsBoundaryArn: boundaryArn },
    AttachedManagedPolicies: [
      { PolicyName: 'ReadOnlyAccess', PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' },
    ],
  });
  expect(detail?.RolePolicyList?.map((policy) => policy.PolicyName)).toEqual(['access', 'deny']);
  expect(decoded(detail?.RolePolicyList?.[0]?.PolicyDocument)).toEqual(JSON.parse(permissions(allowEcs)));
  expect(Object.keys(detail ?? {})).not.toContain('Description');
  expect(Object.keys(detail ?? {})).not.toContain('MaxSessionDuration');
});

test.each([
  [['Role'], { roles: 25, policies: [] }],
  [['LocalManagedPolicy'], { roles: 0, policies: ['rolewarden-boundary'] }],
  [['Role', 'LocalManagedPolicy'], { roles: 25, policies: ['rolewarden-boundary'] }],
  [['User'], { roles: 0, policies: [] }],
] as const)('bulk details of %j', async (filter, expected) => {
  const roles: RoleDetail[] = [];
  const policies: (string | undefined)[] = [];
  let marker: string | undefined;
  do {
    const page = await rig.iam.send(
      new GetAccountAuthorizationDetailsCommand({ Filter: [...filter], MaxItems: 25, Marker: marker }),
    );
    roles.push(...(page.RoleDetailList ?? []));
    policies.push(...(page.Policies ?? []).map((policy) => policy.PolicyName));
    marker = page.Marker;
  } while (marker !== undefined);
  expect({ roles: new Set(roles.map((role) => role.RoleName)).size, policies }).toEqual(expected);
});

/** What a trust document means, whatever its order and form. */
const meaning = (document: string | undefined): readonly string[] => {
  const parsed = parseTrustPolicy(decodeURIComponent(document ?? ''));
  return parsed.ok ? parsed.policy.statements.map((statement) => canonicalStatement(statement.raw)) : [];
};

test('a document comes back in another order than before, and means the same', async () => {
  const shown = new Set<string>();
  for (let read = 0; read < 3; read += 1) {
    const { Role: role } = await rig.iam.send(new GetRoleCommand({ RoleName: 'r00' }));
    shown.add(role?.AssumeRolePolicyDocument ?? '');
    expect(meaning(role?.AssumeRolePolicyDocument)).toEqual(meaning(encodeURIComponent(trust)));
  }
  expect(shown.size).toBe(3);
  const page = await rig.iam.send(new ListRolesCommand({ MaxItems: 3 }));
  expect(new Set(page.Roles?.map((role) => role.AssumeRolePolicyDocument)).size).toBeGreaterThan(1);
});

test('a list of one is sometimes shown as a scalar, and an account number as an ARN', async () => {
  const own = await startRig();
  own.cloud.seedRole(hubId, {
    name: 'r99',
    trustDocument: trustOf({ Effect: 'Allow', Principal: { AWS: [spokeId] }, Action: ['sts:AssumeRole'] }),
  });
  const forms = new Set<string>();
  for (let read = 0; read < 3; read += 1) {
    const { Role: role } = await own.iam.send(new GetRoleCommand({ RoleName: 'r99' }));
    const document = decoded(role?.AssumeRolePolicyDocument) as { Statement: { Principal: unknown }[] };
    forms.add(JSON.stringify(document.Statement[0]?.Principal));
  }
  const arn = `arn:aws:iam::${spokeId}:root`;
  expect([...forms].sort()).toEqual([`{"AWS":"${arn}"}`, `{"AWS":["${arn}"]}`]);
  await own.stop();
});

test('documents are encoded so strictly that nothing but unreserved characters is left', async () => {
  const { Role: role } = await rig.iam.send(new GetRoleCommand({ RoleName: 'r00' }));
  expect(role?.AssumeRolePolicyDocument).toMatch(/^[\w.~%-]+$/);
  const details = await rig.iam.send(
    new GetAccountAuthorizationDetailsCommand({ Filter: ['Role'], MaxItems: 1 }),
  );
  const document = details.RoleDetailList?.[0]?.RolePolicyList?.[0]?.PolicyDocument;
  expect(document).toContain('%2A');
  expect(document).toMatch(/^[\w.~%-]+$/);
});

test('the summary tells the quotas of this account', async () => {
  const raised = await startRig({ trustQuotaChars: 8_192 });
  try {
    const { SummaryMap: summary } = await raised.iam.send(new GetAccountSummaryCommand({}));
    expect(summary).toMatchObject({ AssumeRolePolicySizeQuota: 8_192, RolePolicySizeQuota: 10_240 });
    expect(summary?.RolesQuota).toBeGreaterThan(5_000);
    const other = await raised.iamAs(spokeKey).send(new GetAccountSummaryCommand({}));
    expect(other.SummaryMap).toMatchObject({ AssumeRolePolicySizeQuota: 2_048, Roles: 1 });
  } finally {
    await raised.stop();
  }
});

test('five thousand roles are five pages of a thousand, each role once', async () => {
  const own = await startRig();
  try {
    for (let index = 0; index < 5_000; index += 1) {
      own.cloud.seedRole(hubId, { name: `bulk-${index}`, path: '/rolewarden/', trustDocument: trust });
    }
    const seen = new Set<string | undefined>();
    let Marker: string | undefined;
    do {
      const page = await own.iam.send(
        new GetAccountAuthorizationDetailsCommand({ Filter: ['Role'], MaxItems: 1_000, Marker }),
      );
      for (const role of page.RoleDetailList ?? []) seen.add(role.RoleId);
      Marker = page.Marker;
    } while (Marker !== undefined);
    expect(seen.size).toBe(5_000);
    expect(own.cloud.requests.list()).toHaveLength(5);
  } finally {
    await own.stop();
  }
});
