// What people recognise of somebody: her user principal name where it is known, else what the trust policy has.

import type { Admitted, PlannedRole } from '../domain/plan.ts';

type Names = Pick<PlannedRole, 'breakGlass' | 'names'>;

export const nameIn = (role: Pick<Names, 'names'>, admitted: Admitted | undefined, sub: string): string =>
  admitted?.label ?? role.names.get(sub) ?? sub;

/** The name of a person or workload of a role; members of the break-glass group are marked. */
export const labelIn =
  (role: Names, admitted: ReadonlyMap<string, Admitted>) =>
  (sub: string): string => {
    const name = nameIn(role, admitted.get(sub), sub);
    return role.breakGlass.has(sub) ? `${name} (break-glass)` : name;
  };

/** A reason without the name that its line begins with. */
export const withoutName = (why: string, sub: string, name: string): string => {
  const found = [name, sub].find((one) => why.startsWith(`${one} `) || why.startsWith(`${one}: `));
  return found === undefined ? why.replaceAll(sub, name) : why.slice(found.length).replace(/^:? /, '');
};
