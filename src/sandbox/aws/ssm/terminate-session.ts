// `TerminateSession`: succeeds whether or not there is such a session. [aws.md §6]

import { optionalText } from '../json-protocol.ts';
import { type SsmOperation, validationException } from './call.ts';

export const terminateSession: SsmOperation = (call) => {
  const id = optionalText(call.input, 'SessionId') ?? '';
  const { account, regionName, nowMs, termination } = call;
  const resource = `arn:aws:ssm:${regionName}:${account.accountId}:session/${id}`;
  call.authorize({ action: 'ssm:TerminateSession', resource });
  if (id.length === 0 || id.length > 96)
    throw validationException("Member at 'sessionId' must have a length between 1 and 96");
  const session = call.region.sessions.get(id);
  if (session !== undefined && !termination.isIgnored) session.endsAtMs ??= nowMs + termination.takesMs;
  return { SessionId: id };
};
