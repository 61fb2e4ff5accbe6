// One IAM request on its way to the action that answers it, and the rules for names that many actions share.

import type { Account } from '../account-state.ts';
import type { Caller } from '../credentials.ts';
import { type Params, type TextRule, optionalText, requiredText } from '../query-protocol.ts';
import { noSuchEntity, unmodifiable } from '../service-error.ts';
import type { SandboxRole } from '../role-store.ts';
import type { IdentityExists } from './trust-grammar.ts';

export interface IamCall {
  readonly account: Account;
  readonly caller: Caller;
  readonly params: Params;
  readonly nowMs: number;
  readonly identityExists: IdentityExists;
  /** To be called once by an action that has changed something; the role it belongs to, if any. */
  changed(roleName?: string): void;
}

/** Answers with the XML inside the result element, or undefined when the action's answer has none. */
export type IamAction = (call: IamCall) => string | undefined;
export type IamActions = Readonly<Record<string, IamAction>>;

const nameComplaint = 'It must contain only alphanumeric characters and/or the following: +=,.@_-';
export const roleNameRule: TextRule = { pattern: /^[\w+=,.@-]+$/, complaint: nameComplaint, max: 64 };
export const policyNameRule: TextRule = { ...roleNameRule, max: 128 };
export const pathRule: TextRule = {
  pattern: /^(\/|\/[\u0021-\u007E]+\/)$/,
  complaint: 'It must begin and end with / and contain only alphanumeric characters and/or / characters.',
  max: 512,
};
export const descriptionRule: TextRule = {
  pattern: /^[\t\n\r\u0020-\u007E\u00A1-\u00FF]*$/,
  min: 0,
  max: 1_000,
};
export const arnRule: TextRule = { min: 20, max: 2_048 };
export const documentRule: TextRule = { max: 131_072 };

export const requiredRoleName = (call: IamCall): string =>
  requiredText(call.params, 'RoleName', roleNameRule);

export const pathOf = (call: IamCall): string => optionalText(call.params, 'Path', pathRule) ?? '/';

const roleMissing = (name: string): Error => noSuchEntity(`The role with name ${name} cannot be found.`);

/** The role as readers see it. */
export const seenRole = (call: IamCall): SandboxRole => {
  const name = requiredRoleName(call);
  const role = call.account.roles.seen(name);
  if (role === undefined) throw roleMissing(name);
  return role;
};

const isProtected = (role: SandboxRole): boolean =>
  role.path.startsWith('/aws-service-role/') || role.name.startsWith('AWSReservedSSO_');

/** The true role, for a write; AWS's own roles may not be changed by anyone else. */
export const roleToChange = (call: IamCall): SandboxRole => {
  const name = requiredRoleName(call);
  const role = call.account.roles.current(name);
  if (role === undefined) throw roleMissing(name);
  if (isProtected(role)) {
    throw unmodifiable(
      `Cannot perform the operation on the protected role '${role.name}' - this role is only modifiable by AWS`,
    );
  }
  return role;
};

/** Writes the new version of a role. */
export const putRole = (call: IamCall, role: SandboxRole): void => {
  call.account.roles.put(role);
  call.changed(role.name);
};
