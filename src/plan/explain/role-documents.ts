// Of a role, the documents on which entry hangs; and what they are after writes.

import type { ObservedRole } from '../../domain/role.ts';
import type { RoleWrite } from '../../domain/write.ts';

export type RoleDocuments = Pick<ObservedRole, 'trustDocument' | 'inlinePolicies' | 'attachedPolicyArns'>;

const withInline = (
  role: RoleDocuments | undefined,
  name: string,
  document: string | undefined,
): RoleDocuments | undefined => {
  if (role === undefined) return undefined;
  const others = role.inlinePolicies.filter((one) => one.name !== name);
  return { ...role, inlinePolicies: document === undefined ? others : [...others, { name, document }] };
};

const afterWrite = (role: RoleDocuments | undefined, write: RoleWrite): RoleDocuments | undefined => {
  switch (write.op) {
    case 'createRole':
      return { trustDocument: write.role.trustDocument, inlinePolicies: [], attachedPolicyArns: [] };
    case 'deleteRole':
      return undefined;
    case 'updateTrust':
      return role === undefined ? undefined : { ...role, trustDocument: write.after };
    case 'putInlinePolicy':
    case 'putDenies':
      return withInline(role, write.policyName, write.after);
    case 'deleteInlinePolicy':
      return withInline(role, write.policyName, undefined);
    case 'detachPolicy':
      return role === undefined
        ? undefined
        : {
            ...role,
            attachedPolicyArns: role.attachedPolicyArns.filter((arn) => arn !== write.policyArn),
          };
    case 'putBoundary':
    case 'updateSettings':
    case 'tagRole':
      return role;
  }
};

/** undefined: there is no such role. */
export const afterWrites = (
  role: RoleDocuments | undefined,
  writes: readonly RoleWrite[],
): RoleDocuments | undefined => writes.reduce(afterWrite, role);
