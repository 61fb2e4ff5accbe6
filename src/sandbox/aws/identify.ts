// Who sends a signed request; that it is sent is a use of the role she is in.

import type { Caller } from './credentials.ts';
import type { Services } from './service.ts';
import { type IncomingRequest, signedRegion } from './sigv4.ts';

/** Throws the `ServiceError` that AWS answers when nobody acceptable signed it. */
export const identify = (services: Services, request: IncomingRequest): Caller => {
  const caller = services.credentials.authenticate(request, services.clock());
  const [roleId = ''] = caller.userId.split(':');
  if (caller.roleArn !== undefined)
    services.accounts.get(caller.accountId)?.roleUses.note(roleId, signedRegion(request));
  return caller;
};
