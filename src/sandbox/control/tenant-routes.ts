// People and groups, changed as an administrator of the tenant would. Groups go by id or display name, people by id or
// user principal name.

import { randomUUID } from 'node:crypto';
import type { EntraCloud } from '../entra/entra-cloud.ts';
import type { SandboxGroup, SandboxUser } from '../world.ts';
import { privilegedAccessRoutes } from './privileged-access-routes.ts';
import {
  type ControlRoute,
  notFound,
  objectSchema,
  type RouteInput,
  textSchema,
  uuidSchema,
} from './route.ts';
import { exampleGroup, groupOf, userOf } from './tenant-names.ts';

const exampleUser = '/users/oncall-1@contoso.com';

const userProperties = {
  userPrincipalName: { type: 'string', pattern: '^[^@\\s]+@[^@\\s]+$' },
  displayName: textSchema,
  mail: { type: ['string', 'null'] },
  accountEnabled: { type: 'boolean' },
  userType: { enum: ['Member', 'Guest'] },
};

/** A member may also be a group or a service principal, which go by id. */
const memberOf = (entra: EntraCloud, { parameter }: RouteInput): string =>
  entra.user(parameter('member'))?.id ?? parameter('member');

const userRoutes = (entra: EntraCloud): readonly ControlRoute[] => [
  {
    method: 'GET',
    path: '/users',
    does: 'lists the users, and those that are deleted but restorable',
    example: { path: '/users' },
    run: () => ({ users: entra.users(), deletedUsers: entra.deletedUsers() }),
  },
  {
    method: 'POST',
    path: '/users',
    does: 'adds a user; an id is made unless given',
    example: {
      path: '/users',
      body: { userPrincipalName: 'oncall-4@contoso.com', displayName: 'On-call Four' },
    },
    schema: objectSchema({ ...userProperties, id: uuidSchema }, ['userPrincipalName']),
    run: ({ body }) => {
      const given = body as Partial<SandboxUser> & Pick<SandboxUser, 'userPrincipalName'>;
      const { userPrincipalName: name } = given;
      const usual = { id: randomUUID(), displayName: name, mail: name, accountEnabled: true };
      const user: SandboxUser = { ...usual, userType: 'Member', ...given };
      entra.addUser(user);
      return user;
    },
  },
  {
    method: 'PATCH',
    path: '/users/:user',
    does: 'renames a user or changes her properties; the id stays',
    example: { path: exampleUser, body: { userPrincipalName: 'oncall-one@contoso.com' } },
    schema: objectSchema(userProperties),
    run: (input) => {
      const { id } = userOf(entra, input);
      entra.updateUser(id, input.body as Partial<SandboxUser>);
      return entra.user(id);
    },
  },
  ...(['disable', 'enable'] as const).map(
    (verb): ControlRoute => ({
      method: 'POST',
      path: `/users/:user/${verb}`,
      does: `${verb}s a user's sign-in`,
      example: { path: `${exampleUser}/${verb}` },
      run: (input) => entra.updateUser(userOf(entra, input).id, { accountEnabled: verb === 'enable' }),
    }),
  ),
  {
    method: 'DELETE',
    path: '/users/:user',
    does: 'deletes a user softly: she leaves her groups and stays among the deleted items',
    example: { path: exampleUser },
    run: (input) => entra.deleteUser(userOf(entra, input).id),
  },
  {
    method: 'POST',
    path: '/users/:user/purge',
    does: 'removes a deleted user (by id) from the deleted items too',
    example: { path: '/users/b1000000-0000-4000-8000-000000000001/purge' },
    run: ({ parameter }) => entra.purgeUser(parameter('user')),
  },
];

const groupRoutes = (entra: EntraCloud): readonly ControlRoute[] => [
  {
    method: 'GET',
    path: '/groups',
    does: 'lists the groups with their true direct members',
    example: { path: '/groups' },
    run: () => entra.groups(),
  },
  {
    method: 'POST',
    path: '/groups',
    does: 'adds a group; an id is made unless given',
    example: { path: '/groups', body: { displayName: 'Incident Commanders', members: [] } },
    schema: objectSchema(
      { id: uuidSchema, displayName: textSchema, members: { type: 'array', items: uuidSchema } },
      ['displayName'],
    ),
    run: ({ body }) => {
      const given = body as Partial<SandboxGroup> & Pick<SandboxGroup, 'displayName'>;
      const group: SandboxGroup = { id: randomUUID(), members: [], ...given };
      entra.addGroup(group);
      return group;
    },
  },
  {
    method: 'PATCH',
    path: '/groups/:group',
    does: 'renames a group',
    example: { path: exampleGroup, body: { displayName: 'Payments Duty' } },
    schema: objectSchema({ displayName: textSchema }, ['displayName']),
    run: (input) => {
      const { displayName } = input.body as Pick<SandboxGroup, 'displayName'>;
      entra.renameGroup(groupOf(entra, input).id, displayName);
    },
  },
  {
    method: 'DELETE',
    path: '/groups/:group',
    does: 'deletes a group for good',
    example: { path: exampleGroup },
    run: (input) => entra.deleteGroup(groupOf(entra, input).id),
  },
];

const memberRoutes = (entra: EntraCloud): readonly ControlRoute[] => [
  {
    method: 'GET',
    path: '/groups/:group/members',
    does: 'lists the ids of the true direct members',
    example: { path: `${exampleGroup}/members` },
    run: (input) => groupOf(entra, input).members,
  },
  {
    method: 'PUT',
    path: '/groups/:group/members/:member',
    does: 'adds a user, group or service principal to a group',
    example: { path: `${exampleGroup}/members/platform-1@contoso.com` },
    run: (input) => entra.addMember(groupOf(entra, input).id, memberOf(entra, input)),
  },
  {
    method: 'DELETE',
    path: '/groups/:group/members/:member',
    does: 'takes a member out of a group',
    example: { path: `${exampleGroup}/members/oncall-1@contoso.com` },
    run: (input) => {
      const [group, member] = [groupOf(entra, input), memberOf(entra, input).toLowerCase()];
      if (!group.members.includes(member)) throw notFound(`${member} is no member of ${group.displayName}`);
      entra.removeMember(group.id, member);
    },
  },
];

export const tenantRoutes = (entra: EntraCloud): readonly ControlRoute[] => [
  ...userRoutes(entra),
  ...groupRoutes(entra),
  ...memberRoutes(entra),
  ...privilegedAccessRoutes(entra),
];
