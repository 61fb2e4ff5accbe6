// Whom and what a route of the tenant is about: groups go by id or display name, people by id or user principal name.

import type { EntraCloud } from '../entra/entra-cloud.ts';
import type { SandboxGroup, SandboxUser } from '../world.ts';
import { notFound, type RouteInput } from './route.ts';

export const exampleGroup = '/groups/Payments%20On-call';

export const groupOf = (entra: EntraCloud, { parameter }: RouteInput): SandboxGroup => {
  const wanted = parameter('group').toLowerCase();
  const group = entra
    .groups()
    .find(({ id, displayName }) => id === wanted || displayName.toLowerCase() === wanted);
  if (group !== undefined) return group;
  const names = entra.groups().map(({ displayName }) => displayName);
  throw notFound(
    `there is no group '${parameter('group')}'; the groups are: ${names.slice(0, 20).join(', ')}`,
  );
};

export const userCalled = (entra: EntraCloud, idOrName: string): SandboxUser => {
  const user = entra.user(idOrName);
  if (user === undefined) throw notFound(`there is no user '${idOrName}': give an id or a principal name`);
  return user;
};

export const userOf = (entra: EntraCloud, { parameter }: RouteInput): SandboxUser =>
  userCalled(entra, parameter('user'));
