// Systems Manager, of which there is the Session Manager: which operation answers a request.

import { settle } from '../ecs/deployments.ts';
import { jsonContentType, optionalText } from '../json-protocol.ts';
import type { JsonService } from '../json-service.ts';
import type { SsmOperation } from './call.ts';
import { describeSessions } from './describe-sessions.ts';
import { startSession } from './start-session.ts';
import { terminateSession } from './terminate-session.ts';

const operations: Readonly<Record<string, SsmOperation>> = {
  DescribeSessions: describeSessions,
  StartSession: startSession,
  TerminateSession: terminateSession,
};

export const ssmService: JsonService = {
  name: 'ssm',
  targetPrefix: 'AmazonSSM.',
  contentType: jsonContentType,
  failure: 'InternalServerError',
  perform(services, call) {
    const ecs = services.ecs.region(call.account.accountId, call.region);
    settle({ region: ecs, timing: services.ecs.timing, nowMs: call.nowMs });
    const region = services.sessions.region(call.account.accountId, call.region);
    const { termination } = services.sessions;
    return operations[call.operation]?.({ ...call, region, regionName: call.region, ecs, termination });
  },
  resourceOf: (input) => optionalText(input, 'SessionId') ?? optionalText(input, 'Target'),
  isWrite: (operation) => operation === 'TerminateSession',
};
