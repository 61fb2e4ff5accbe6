// The sentence for a permission that is missing: which one, on what, who forbids it, and what to grant.

import type { CallContext, Sentence } from './error-rule.ts';

/** AWS names the kind of policy that decided: "with an explicit deny in a service control policy". */
const whoForbids = (text: string): string | undefined => {
  const explicit =
    /explicit deny in (an? (?:(?:service control|resource control|session|identity-based|resource-based) policy|permissions boundary))/i.exec(
      text,
    );
  if (explicit?.[1] !== undefined) return `an explicit deny in ${explicit[1].toLowerCase()}`;
  const missing = /because no ([a-z-][a-z -]{2,40}) allows/i.exec(text);
  return missing?.[1] === undefined ? undefined : `no ${missing[1].toLowerCase()} allows it`;
};

interface Denied {
  readonly permission: string;
  readonly resource: string;
  /** What to grant. */
  readonly statement: string;
}

/** The permission of the call, or one that it takes besides: ECS asks for `iam:PassRole` on each role that it is handed. */
const whatIsDenied = (call: CallContext, text: string): Denied => {
  const [, permission = call.action] = /not authorized to perform: ([\w-]+:\w+)/i.exec(text) ?? [];
  const [, role] = /on resource: (arn:[\w-]+:iam::\d*:role\/[\w+=,.@/-]+)/i.exec(text) ?? [];
  if (permission.toLowerCase() !== 'iam:passrole' || role === undefined)
    return { permission, resource: call.resource, statement: permission };
  const statement = `iam:PassRole on ${role}, on the condition that iam:PassedToService is ecs-tasks.amazonaws.com,`;
  return { permission, resource: `role ${role}`, statement };
};

export const denied: Sentence = (call, facts) => {
  const { permission, resource, statement } = whatIsDenied(call, facts.text);
  const why = whoForbids(facts.text);
  const refusal = `${permission} on ${resource} is denied`;
  if (why?.includes('control policy') === true) {
    return `${refusal} by the AWS organization (${why}): ask its administrators to exempt the role that rolewarden uses`;
  }
  if (why?.startsWith('an explicit') === true)
    return `${refusal} by ${why}: remove that deny for the role that rolewarden uses`;
  const detail = why === undefined ? '' : ` (${why})`;
  return `${refusal}${detail}: grant ${statement} to the role that rolewarden uses in this account`;
};
