// The rules of names, limits and order that IAM holds roles to.

import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  type CreateRoleCommandInput,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListRolePoliciesCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
} from '@aws-sdk/client-iam';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { SandboxRole } from '../../../src/sandbox/aws/aws-cloud.ts';
import {
  type Rig,
  admits,
  allowEcs,
  boundaryArn,
  hubId,
  permissions,
  refusalOf,
  startRig,
  trustOf,
} from './cloud-fixture.ts';

let rig: Rig;
let made = 0;
const trust = trustOf(admits('a'));

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
afterEach(() => rig.cloud.clearFaults());

const seeded = (more: { path?: string; name?: string; instanceProfileNames?: string[] } = {}): string => {
  const name = more.name ?? `Role-${(made += 1)}`;
  rig.cloud.seedRole(hubId, { path: '/rolewarden/', trustDocument: trust, ...more, name });
  return name;
};
const truth = (name: string): SandboxRole => {
  const role = rig.cloud.roles(hubId).find((one) => one.name === name);
  if (role === undefined) throw new Error(`no role ${name}`);
  return role;
};
const tags = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ Key: `k${index}`, Value: 'v' }));

const creations: readonly (readonly [string, Partial<CreateRoleCommandInput>, RegExp])[] = [
  [
    'all that may be said',
    {
      Path: '/rolewarden/',
      Description: 'né',
      MaxSessionDuration: 43_200,
      PermissionsBoundary: boundaryArn,
      Tags: tags(50),
    },
    /^accepted$/,
  ],
  ['a path with a doubled slash', { Path: '/a//b/' }, /^accepted$/],
  ['a name of 64 characters', { RoleName: 'x'.repeat(64) }, /^accepted$/],
  [
    'a name of 65 characters',
    { RoleName: 'x'.repeat(65) },
    /^400 ValidationError: .*less than or equal to 64$/,
  ],
  [
    'a name with a space',
    { RoleName: 'my role' },
    /^400 ValidationError: The specified value for roleName is invalid\. It must contain only alphanumeric/,
  ],
  [
    'a path without its last slash',
    { Path: '/rolewarden' },
    /^400 ValidationError: The specified value for path is invalid/,
  ],
  ['the path //', { Path: '//' }, /^400 ValidationError/],
  ['a path of 513 characters', { Path: `/${'x'.repeat(511)}/` }, /^400 ValidationError/],
  ['a description of 1,001 characters', { Description: 'x'.repeat(1_001) }, /^400 ValidationError/],
  [
    'a session of an hour less a second',
    { MaxSessionDuration: 3_599 },
    /^400 ValidationError: .*greater than or equal to 3600$/,
  ],
  [
    'a session of more than twelve hours',
    { MaxSessionDuration: 43_201 },
    /^400 ValidationError: .*less than or equal to 43200$/,
  ],
  [
    'a boundary that does not exist',
    { PermissionsBoundary: `${boundaryArn}2` },
    /^404 NoSuchEntity: Scope ARN: \S+ does not exist or is not attachable\.$/,
  ],
  ['51 tags', { Tags: tags(51) }, /^400 ValidationError/],
  [
    'two tags whose keys differ only in case',
    {
      Tags: [
        { Key: 'Team', Value: 'a' },
        { Key: 'team', Value: 'b' },
      ],
    },
    /^400 InvalidInput: Duplicate tag keys found/,
  ],
  [
    'a tag of AWS’s own',
    { Tags: [{ Key: 'aws:x', Value: 'a' }] },
    /^400 InvalidInput: Tag keys beginning with aws:/,
  ],
  [
    'the path of service-linked roles',
    { Path: '/aws-service-role/ecs.amazonaws.com/' },
    /^400 UnmodifiableEntity/,
  ],
];

test.each(creations)('CreateRole with %s', async (_name, more, expected) => {
  const RoleName = more.RoleName ?? `Created-${(made += 1)}`;
  const before = rig.cloud.roles(hubId).length;
  const call = rig.iam.send(new CreateRoleCommand({ AssumeRolePolicyDocument: trust, ...more, RoleName }));
  expect(await refusalOf(call)).toMatch(expected);
  expect(rig.cloud.roles(hubId).length - before).toBe(expected.test('accepted') ? 1 : 0);
});

test('a role name is taken whatever its case and path', async () => {
  const name = seeded();
  const call = rig.iam.send(
    new CreateRoleCommand({ RoleName: name.toUpperCase(), Path: '/', AssumeRolePolicyDocument: trust }),
  );
  expect(await refusalOf(call)).toBe(
    `409 EntityAlreadyExists: Role with name ${name.toUpperCase()} already exists.`,
  );
});

test('a role made again under its old name has another id', async () => {
  const RoleName = `Again-${(made += 1)}`;
  const create = () => rig.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
  const first = await create();
  await rig.iam.send(new DeleteRoleCommand({ RoleName }));
  const second = await create();
  expect(first.Role?.RoleId).toMatch(/^AROA[A-Z2-7]{17}$/);
  expect(second.Role?.RoleId).not.toBe(first.Role?.RoleId);
});

test('a role comes back with everything it was made with', async () => {
  await rig.iam.send(
    new CreateRoleCommand({
      RoleName: 'complete',
      Path: '/rolewarden/',
      AssumeRolePolicyDocument: trust,
      Description: 'für <alle> & "jeden"',
      MaxSessionDuration: 7_200,
      PermissionsBoundary: boundaryArn,
      Tags: [{ Key: 'rolewarden:instance', Value: 'demo' }],
    }),
  );
  const { Role: role } = await rig.iam.send(new GetRoleCommand({ RoleName: 'COMPLETE' }));
  expect(role).toMatchObject({
    RoleName: 'complete',
    Path: '/rolewarden/',
    Arn: `arn:aws:iam::${hubId}:role/rolewarden/complete`,
    CreateDate: new Date(rig.clock.nowMs),
    Description: 'für <alle> & "jeden"',
    MaxSessionDuration: 7_200,
    PermissionsBoundary: { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: boundaryArn },
    Tags: [{ Key: 'rolewarden:instance', Value: 'demo' }],
  });
});

test('UpdateRole keeps what it is not told', async () => {
  const RoleName = seeded();
  await rig.iam.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 7_200, Description: 'first' }));
  await rig.iam.send(new UpdateRoleCommand({ RoleName, Description: '' }));
  expect(truth(RoleName)).toMatchObject({ maxSessionSeconds: 7_200, description: '' });
  await rig.iam.send(new UpdateRoleDescriptionCommand({ RoleName, Description: 'second' }));
  await rig.iam.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 3_600 }));
  expect(truth(RoleName)).toMatchObject({ maxSessionSeconds: 3_600, description: 'second' });
});

test('names of inline policies are the same in any case, and the first spelling stays', async () => {
  const RoleName = seeded();
  const put = (PolicyName: string, Action: string) =>
    rig.iam.send(
      new PutRolePolicyCommand({
        RoleName,
        PolicyName,
        PolicyDocument: permissions({ ...allowEcs, Action }),
      }),
    );
  await put('MixedName', 'ecs:ListTasks');
  await put('mixedname', 'ecs:RunTask');
  const listed = await rig.iam.send(new ListRolePoliciesCommand({ RoleName }));
  expect(listed.PolicyNames).toEqual(['MixedName']);
  const read = await rig.iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'MIXEDNAME' }));
  expect(read.PolicyName).toBe('MIXEDNAME');
  expect(decodeURIComponent(read.PolicyDocument ?? '')).toContain('ecs:RunTask');
  await rig.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'mixedNAME' }));
  expect(truth(RoleName).inlinePolicies).toEqual({});
});

/** A permissions document of exactly this length, white space aside. */
const sized = (length: number): string => {
  const empty = permissions({ ...allowEcs, Sid: '' }).length;
  return permissions({ ...allowEcs, Sid: 'x'.repeat(length - empty) });
};

test.each([
  ['just fit together', [5_120, 5_120], 'accepted'],
  ['are one character too long together', [5_120, 5_121], 'refused'],
  ['would be too long if white space counted', [10_240], 'accepted'],
])('inline policies that %s', async (_name, lengths, expected) => {
  const RoleName = seeded();
  const documents = lengths.map((length) => JSON.stringify(JSON.parse(sized(length)), undefined, 4));
  let last = '';
  for (const [index, PolicyDocument] of documents.entries()) {
    last = await refusalOf(
      rig.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: `p${index}`, PolicyDocument })),
    );
  }
  const refused = `409 LimitExceeded: Maximum policy size of 10240 bytes exceeded for role ${RoleName}`;
  expect(last).toBe(expected === 'accepted' ? 'accepted' : refused);
});

test.each([
  [2_048, 2_048, 'accepted'],
  [2_048, 2_049, '409 LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048'],
  [4_096, 4_096, 'accepted'],
  [4_096, 4_097, '409 LimitExceeded: Cannot exceed quota for ACLSizePerRole: 4096'],
])('with a quota of %i, a trust policy of %i characters', async (quota, length, expected) => {
  const raised = await startRig({ trustQuotaChars: quota });
  try {
    raised.cloud.seedRole(hubId, { name: 'full', trustDocument: trust });
    const empty = trustOf({ ...admits('a'), Sid: '' }).length;
    const document = trustOf({ ...admits('a'), Sid: 'x'.repeat(length - empty) });
    const call = raised.iam.send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: 'full',
        PolicyDocument: JSON.stringify(JSON.parse(document), undefined, 2),
      }),
    );
    expect(await refusalOf(call)).toBe(expected);
  } finally {
    await raised.stop();
  }
});

test('a role is deleted only when nothing hangs on it any more', async () => {
  const RoleName = seeded({ instanceProfileNames: ['legacy'] });
  const PolicyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
  await rig.iam.send(
    new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: permissions(allowEcs) }),
  );
  await rig.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  const deletion = () => refusalOf(rig.iam.send(new DeleteRoleCommand({ RoleName })));

  expect(await deletion()).toBe(
    '409 DeleteConflict: Cannot delete entity, must remove roles from instance profile first.',
  );
  rig.cloud.editRole(hubId, RoleName, (role) => {
    role.instanceProfileNames = [];
  });
  expect(await deletion()).toBe('409 DeleteConflict: Cannot delete entity, must detach all policies first.');
  await rig.iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  expect(await deletion()).toBe('409 DeleteConflict: Cannot delete entity, must delete policies first.');
  await rig.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'p' }));
  expect(await deletion()).toBe('accepted');
  expect(await deletion()).toBe(`404 NoSuchEntity: The role with name ${RoleName} cannot be found.`);
});

test('attaching what is attached succeeds, and detaching what is not is refused', async () => {
  const RoleName = seeded();
  const PolicyArn = 'arn:aws:iam::aws:policy/AWSDenyAll';
  const attach = () => refusalOf(rig.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn })));
  const detach = () => refusalOf(rig.iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })));
  expect([await attach(), await attach()]).toEqual(['accepted', 'accepted']);
  expect(truth(RoleName).attachedPolicyArns).toEqual([PolicyArn]);
  expect([await detach(), await detach()]).toEqual([
    'accepted',
    `404 NoSuchEntity: Policy ${PolicyArn} was not found.`,
  ]);
});

test('a boundary is put, replaced and removed', async () => {
  const RoleName = seeded();
  const remove = () => refusalOf(rig.iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName })));
  expect(await remove()).toMatch(/^404 NoSuchEntity/);
  await rig.iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: boundaryArn }));
  expect(truth(RoleName).permissionsBoundary).toBe(boundaryArn);
  expect(await remove()).toBe('accepted');
  expect(truth(RoleName).permissionsBoundary).toBeUndefined();
});

test('a tag replaces the one whose key differs only in case', async () => {
  const RoleName = seeded();
  await rig.iam.send(
    new TagRoleCommand({
      RoleName,
      Tags: [
        { Key: 'Team', Value: 'a' },
        { Key: 'x', Value: '' },
      ],
    }),
  );
  await rig.iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'team', Value: 'b' }] }));
  expect(truth(RoleName).tags).toEqual({ x: '', team: 'b' });
  await rig.iam.send(new UntagRoleCommand({ RoleName, TagKeys: ['TEAM', 'never'] }));
  expect(truth(RoleName).tags).toEqual({ x: '' });
  const many = tags(50);
  expect(await refusalOf(rig.iam.send(new TagRoleCommand({ RoleName, Tags: many })))).toBe(
    '409 LimitExceeded: The number of tags has reached the maximum limit.',
  );
});

test.each([
  ['of a service', { path: '/aws-service-role/ecs.amazonaws.com/', name: 'AWSServiceRoleForECS' }],
  ['of IAM Identity Center', { path: '/aws-reserved/sso.amazonaws.com/', name: 'AWSReservedSSO_Admin_0123' }],
])('a role %s is only for AWS to change', async (_name, more) => {
  const RoleName = seeded(more);
  const expected = `400 UnmodifiableEntity: Cannot perform the operation on the protected role '${RoleName}' - this role is only modifiable by AWS`;
  for (const command of [
    new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust }),
    new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: permissions(allowEcs) }),
    new DeleteRoleCommand({ RoleName }),
  ]) {
    // The three commands have no input type in common.
    expect(await refusalOf(rig.iam.send(command as DeleteRoleCommand))).toBe(expected);
  }
});

test('every applied write is told at once, and no refused one', async () => {
  const events: string[] = [];
  const stop = rig.cloud.onMutation(({ accountId, operation, resource }) => {
    const trustNow = rig.cloud.roles(accountId).find((role) => role.name === resource)?.trustDocument;
    events.push(`${operation} ${resource} ${trustNow === undefined ? 'gone' : trustNow.length}`);
  });
  const RoleName = 'told';
  const other = trustOf(admits('a', 'b'));
  await rig.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
  await rig.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: other }));
  await refusalOf(rig.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: '{}' })));
  await rig.iam.send(new GetRoleCommand({ RoleName }));
  rig.cloud.editRole(hubId, RoleName, (role) => {
    role.trustDocument = trust;
  });
  await rig.iam.send(new DeleteRoleCommand({ RoleName }));
  stop();
  seeded();
  expect(events).toEqual([
    `CreateRole told ${trust.length}`,
    `UpdateAssumeRolePolicy told ${other.length}`,
    `editRole told ${trust.length}`,
    'DeleteRole told gone',
  ]);
});

test('editing or seeding the wrong role is an error that names it', () => {
  const name = seeded();
  expect(() => rig.cloud.editRole(hubId, 'nobody', () => undefined)).toThrow(
    `account ${hubId} of the sandbox has no role nobody`,
  );
  expect(() => seeded({ name: name.toUpperCase() })).toThrow(`already has a role ${name.toUpperCase()}`);
  expect(() => rig.cloud.roles('000000000000')).toThrow('the sandbox has no account 000000000000');
});
