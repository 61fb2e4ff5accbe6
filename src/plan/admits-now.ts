// Who may enter by the document as it is: asked of the evaluator, one grant at a time. A grant for somebody who can
// already enter that way is the same access in another form, and widens nothing.

import type { Verdict } from '../domain/condition-evaluator.ts';
import { mayEnter } from '../domain/trust-evaluator.ts';
import { type TrustGrant, ecsTasksService } from '../domain/trust-grants.ts';
import { type TrustPolicy } from '../domain/trust-policy.ts';

/** The verdict of a trust policy on the sign-in that a grant stands for; claims other than the grant's own are not known. */
export const admitsNow = (policy: TrustPolicy, grant: TrustGrant, atMs: number): Verdict['decision'] => {
  const ask = (
    action: string,
    provider: string,
    context: readonly (readonly [string, string])[],
  ): Verdict['decision'] =>
    mayEnter(policy, {
      action,
      principal: { type: provider === ecsTasksService ? 'Service' : 'Federated', id: provider },
      context: new Map(context.map(([key, value]) => [key.toLowerCase(), [value]])),
      atMs,
      openWorld: true,
    }).decision;
  switch (grant.kind) {
    case 'person':
      return ask('sts:AssumeRoleWithSAML', grant.provider, [
        ['saml:aud', grant.audience],
        ['saml:sub', grant.sub],
      ]);
    case 'servicePrincipal': {
      const issuer = grant.provider.slice(
        grant.provider.indexOf(':oidc-provider/') + ':oidc-provider/'.length,
      );
      return ask('sts:AssumeRoleWithWebIdentity', grant.provider, [
        [`${issuer}:aud`, grant.aud],
        [`${issuer}:sub`, grant.sub],
        ...(grant.oaud === undefined ? [] : [[`${issuer}:oaud`, grant.oaud] as const]),
      ]);
    }
    case 'ecsTasks':
      return ask('sts:AssumeRole', grant.provider, [
        ['aws:SourceAccount', grant.accountId],
        ['aws:SourceArn', grant.sourceArn],
      ]);
    case 'anyone':
    case 'sessionTags':
    case 'sourceIdentity':
    case 'foreign':
      return 'denied';
  }
};
