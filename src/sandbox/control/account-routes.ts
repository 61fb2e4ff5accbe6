// Roles of the AWS accounts, seen as they truly are and edited out of band, as someone with a console would.

import { AppError } from '../../domain/errors.ts';
import type { AwsCloud, MutableSandboxRole, SandboxRole } from '../aws/aws-cloud.ts';
import type { SandboxWorld } from '../world.ts';
import { deleteRole } from './delete-role.ts';
import { type ControlRoute, notFound, objectSchema, type RouteInput, textSchema } from './route.ts';

const base = '/accounts/:account/roles/:role';
const exampleRole = '/accounts/111122223333/roles/payments-oncall';

const documentSchema = {
  type: 'object',
  properties: { Version: textSchema, Statement: { type: ['array', 'object'] } },
  required: ['Statement'],
};

const exampleTrust = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'sts:AssumeRole' },
  ],
};
const examplePermissions = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
};

const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
const arnSchema = objectSchema({ arn: { type: 'string', pattern: '^arn:' } }, ['arn']);
const tagsSchema = { type: 'object', additionalProperties: { type: 'string' } };

const makeLookup = (world: SandboxWorld, aws: AwsCloud) => {
  const accountOf = ({ parameter }: RouteInput): string => {
    const wanted = parameter('account');
    const known = world.accounts.map(({ accountId }) => accountId);
    if (known.includes(wanted)) return wanted;
    throw notFound(`there is no account '${wanted}'; the accounts are: ${known.join(', ')}`);
  };
  const roleOf = (input: RouteInput): SandboxRole => {
    const accountId = accountOf(input);
    const wanted = input.parameter('role').toLowerCase();
    const roles = aws.roles(accountId);
    const role = roles.find(({ name }) => name.toLowerCase() === wanted);
    if (role !== undefined) return role;
    const names = roles.map(({ name }) => name).slice(0, 20);
    throw notFound(
      `there is no role '${wanted}' in account ${accountId}; its roles are: ${names.join(', ')}`,
    );
  };
  return { accountOf, roleOf };
};

type Lookup = ReturnType<typeof makeLookup>;
/** Finds the role, edits it out of band, and shows it as it is then. */
type Edit = (input: RouteInput, edit: (role: MutableSandboxRole) => void) => SandboxRole;

const makeEdit =
  (aws: AwsCloud, { accountOf, roleOf }: Lookup): Edit =>
  (input, edit) => {
    aws.editRole(accountOf(input), roleOf(input).name, edit);
    return roleOf(input);
  };

const documentRoutes = (edit: Edit): readonly ControlRoute[] => [
  {
    method: 'PUT',
    path: `${base}/trust`,
    does: 'replaces the trust policy; the body is the document',
    example: { path: `${exampleRole}/trust`, body: exampleTrust },
    schema: documentSchema,
    run: (input) =>
      edit(input, (role) => {
        role.trustDocument = JSON.stringify(input.body);
      }),
  },
  {
    method: 'PUT',
    path: `${base}/inline-policies/:policy`,
    does: 'adds or replaces an inline policy; the body is the document',
    example: { path: `${exampleRole}/inline-policies/by-hand`, body: examplePermissions },
    schema: documentSchema,
    run: (input) =>
      edit(input, (role) => {
        const document = JSON.stringify(input.body);
        role.inlinePolicies = { ...role.inlinePolicies, [input.parameter('policy')]: document };
      }),
  },
  {
    method: 'DELETE',
    path: `${base}/inline-policies/:policy`,
    does: 'removes an inline policy',
    example: { path: `${exampleRole}/inline-policies/by-hand` },
    run: (input) =>
      edit(input, (role) => {
        const { [input.parameter('policy')]: removed, ...rest } = role.inlinePolicies;
        if (removed === undefined) throw notFound(`there is no inline policy '${input.parameter('policy')}'`);
        role.inlinePolicies = rest;
      }),
  },
];

const arnOf = ({ body }: RouteInput): string => (body as { readonly arn: string }).arn;

const settingRoutes = (edit: Edit): readonly ControlRoute[] => [
  {
    method: 'PUT',
    path: `${base}/attachments`,
    does: 'attaches a managed policy',
    example: { path: `${exampleRole}/attachments`, body: { arn: readOnly } },
    schema: arnSchema,
    run: (input) =>
      edit(input, (role) => {
        role.attachedPolicyArns = [...new Set([...role.attachedPolicyArns, arnOf(input)])];
      }),
  },
  {
    method: 'DELETE',
    path: `${base}/attachments`,
    does: 'detaches a managed policy',
    example: { path: `${exampleRole}/attachments`, body: { arn: readOnly } },
    schema: arnSchema,
    run: (input) =>
      edit(input, (role) => {
        role.attachedPolicyArns = role.attachedPolicyArns.filter((arn) => arn !== arnOf(input));
      }),
  },
  {
    method: 'PUT',
    path: `${base}/tags`,
    does: 'replaces all tags',
    example: { path: `${exampleRole}/tags`, body: { team: 'payments' } },
    schema: tagsSchema,
    run: (input) =>
      edit(input, (role) => {
        role.tags = input.body as Record<string, string>;
      }),
  },
  {
    method: 'PATCH',
    path: base,
    does: 'changes description, longest session or permissions boundary (null removes it)',
    example: { path: exampleRole, body: { maxSessionSeconds: 43_200, permissionsBoundary: null } },
    schema: objectSchema({
      description: { type: 'string' },
      maxSessionSeconds: { type: 'integer', minimum: 3_600, maximum: 43_200 },
      permissionsBoundary: { type: ['string', 'null'] },
    }),
    run: (input) =>
      edit(input, (role) => {
        const { permissionsBoundary, ...settings } = input.body as Partial<MutableSandboxRole> & {
          readonly permissionsBoundary?: string | null;
        };
        Object.assign(role, settings);
        if (permissionsBoundary === null) delete role.permissionsBoundary;
        else if (permissionsBoundary !== undefined) role.permissionsBoundary = permissionsBoundary;
      }),
  },
];

const roleRoutes = (
  world: SandboxWorld,
  aws: AwsCloud,
  { accountOf, roleOf }: Lookup,
): readonly ControlRoute[] => [
  {
    method: 'GET',
    path: '/accounts/:account/roles',
    does: 'shows the true roles of an account',
    example: { path: '/accounts/111122223333/roles' },
    run: (input) => aws.roles(accountOf(input)),
  },
  {
    method: 'GET',
    path: base,
    does: 'shows one true role',
    example: { path: exampleRole },
    run: roleOf,
  },
  {
    method: 'POST',
    path: '/accounts/:account/roles',
    does: 'creates a role that is nobody’s; the trust document is JSON, not text',
    example: {
      path: '/accounts/111122223333/roles',
      body: { name: 'legacy-admin', path: '/', trustDocument: exampleTrust, tags: { team: 'payments' } },
    },
    schema: objectSchema(
      {
        name: { type: 'string', pattern: '^[\\w+=,.@-]{1,64}$' },
        path: { type: 'string', pattern: '^/([!-.0-~]+/)*$' },
        trustDocument: documentSchema,
        tags: tagsSchema,
      },
      ['name', 'trustDocument'],
    ),
    run: (input) => {
      const accountId = accountOf(input);
      const {
        name,
        path = '/',
        tags = {},
        trustDocument,
      } = input.body as {
        readonly name: string;
        readonly path?: string;
        readonly tags?: Record<string, string>;
        readonly trustDocument: object;
      };
      const taken = aws.roles(accountId).some((role) => role.name.toLowerCase() === name.toLowerCase());
      if (taken) throw new AppError('conflict', `account ${accountId} already has a role ${name}`);
      aws.seedRole(accountId, { name, path, tags, trustDocument: JSON.stringify(trustDocument) });
      return aws.roles(accountId).find((role) => role.name === name);
    },
  },
  {
    method: 'DELETE',
    path: base,
    does: 'deletes a role with all that is attached to it',
    example: { path: exampleRole },
    run: (input) => {
      const account = world.accounts.find(({ accountId }) => accountId === accountOf(input));
      return account && deleteRole(aws.url, account, roleOf(input));
    },
  },
];

export const accountRoutes = (world: SandboxWorld, aws: AwsCloud): readonly ControlRoute[] => {
  const lookup = makeLookup(world, aws);
  const edit = makeEdit(aws, lookup);
  return [...roleRoutes(world, aws, lookup), ...documentRoutes(edit), ...settingRoutes(edit)];
};
