// Privileged Identity Management, used as its people and administrators would: activate, assign, end.

import type { EntraCloud } from '../entra/entra-cloud.ts';
import type { NewAssignment, Said, Schedule } from '../entra/pim-schedules.ts';
import type { PimAccess } from '../entra/privileged-access.ts';
import { type ControlRoute, notFound, objectSchema, textSchema } from './route.ts';
import { exampleGroup, groupOf, userCalled, userOf } from './tenant-names.ts';

const exampleUser = 'oncall-1@contoso.com';

const minutes = { type: 'number', exclusiveMinimum: 0, maximum: 525_600 };
/** Years from 1970 to 9999, in milliseconds. */
const time = { type: 'number', minimum: 0, maximum: 253_402_300_799_999 };

const shown = ({ startMs, endMs, ...schedule }: Schedule) => ({
  ...schedule,
  start: startMs === undefined ? null : new Date(startMs).toISOString(),
  end: endMs === undefined ? null : new Date(endMs).toISOString(),
});

const assignmentRoutes = (entra: EntraCloud): readonly ControlRoute[] => [
  {
    method: 'PUT',
    path: '/groups/:group/pim',
    does: 'puts a group under Privileged Identity Management, as its first activation or assignment does by itself',
    example: { path: `${exampleGroup}/pim` },
    run: (input) => entra.enablePim(groupOf(entra, input).id),
  },
  {
    method: 'GET',
    path: '/groups/:group/assignments',
    does: 'lists what is active now of activations and assignments',
    example: { path: `${exampleGroup}/assignments` },
    run: (input) => entra.assignments(groupOf(entra, input).id).map(shown),
  },
  {
    method: 'POST',
    path: '/groups/:group/activations',
    does: 'makes a user a member for some minutes from now, as she does by activating; the group tells it after the member lag',
    example: {
      path: `${exampleGroup}/activations`,
      body: { user: exampleUser, minutes: 30, justification: 'payments are stuck', ticket: 'INC-42' },
    },
    schema: objectSchema(
      {
        user: textSchema,
        minutes,
        justification: { type: 'string' },
        ticket: textSchema,
        ticketSystem: textSchema,
      },
      ['user', 'minutes'],
    ),
    run: (input) => {
      const { user, minutes, ...said } = input.body as { user: string; minutes: number } & Said;
      const activation = { durationMs: minutes * 60_000, ...said };
      return shown(entra.activate(userCalled(entra, user).id, groupOf(entra, input).id, activation));
    },
  },
  {
    method: 'POST',
    path: '/groups/:group/assignments',
    does: 'assigns a user as an administrator does; startMs and endMs are milliseconds since 1970, without end it stays',
    example: { path: `${exampleGroup}/assignments`, body: { user: 'platform-1@contoso.com' } },
    schema: objectSchema(
      { user: textSchema, startMs: time, endMs: time, access: { enum: ['member', 'owner'] } },
      ['user'],
    ),
    run: (input) => {
      const { user, ...assignment } = input.body as { user: string } & NewAssignment;
      return shown(entra.assign(userCalled(entra, user).id, groupOf(entra, input).id, assignment));
    },
  },
  {
    method: 'DELETE',
    path: '/groups/:group/assignments/:user',
    does: 'ends all activations and assignments of a user in a group now',
    example: { path: `${exampleGroup}/assignments/${exampleUser}` },
    run: (input) => {
      const [group, user] = [groupOf(entra, input), userOf(entra, input)];
      if (entra.endAssignment(user.id, group.id) > 0) return;
      throw notFound(
        `${user.userPrincipalName} has neither an activation nor an assignment in ${group.displayName}`,
      );
    },
  },
];

export const privilegedAccessRoutes = (entra: EntraCloud): readonly ControlRoute[] => [
  ...assignmentRoutes(entra),
  {
    method: 'PUT',
    path: '/member-lag',
    does: 'how long after an activation or assignment begins or ends its group tells so',
    example: { path: '/member-lag', body: { ms: 120_000 } },
    schema: objectSchema({ ms: { type: 'number', minimum: 0, maximum: 86_400_000 } }, ['ms']),
    run: ({ body }) => entra.setMemberLagMs((body as { readonly ms: number }).ms),
  },
  {
    method: 'PUT',
    path: '/pim-access',
    does: 'lets the controller read assignments, or refuses it for want of the permission or the licence',
    example: { path: '/pim-access', body: { access: 'noPermission' } },
    schema: objectSchema({ access: { enum: ['granted', 'noPermission', 'noLicence'] } }, ['access']),
    run: ({ body }) => entra.setPimAccess((body as { readonly access: PimAccess }).access),
  },
];
