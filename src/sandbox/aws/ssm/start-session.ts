// `StartSession` on a container of an ECS task: the way in beside ECS Exec, which nothing logs. [aws.md §4.3]

import { randomBytes } from 'node:crypto';

import { isAgentConnected } from '../ecs/task-state.ts';
import { optionalText } from '../json-protocol.ts';
import { type SsmOperation, refusal } from './call.ts';
import { taskAt } from './target.ts';

const notConnected = refusal('TargetNotConnected');

/** Without a task there is no ARN to ask about, so nobody but who may do everything gets further. */
export const startSession: SsmOperation = (call) => {
  const target = optionalText(call.input, 'Target') ?? '';
  const found = taskAt(call.ecs, target);
  call.authorize({
    action: 'ssm:StartSession',
    resource: found?.task.key ?? '*',
    tags: found?.task.tags,
  });
  if (found === undefined || !isAgentConnected(found.task, call.nowMs))
    throw notConnected(`${target} is not connected.`);
  const { id } = call.region.open(call.caller.arn.split('/').at(-1) ?? '', {
    target,
    ownerArn: call.caller.arn,
    startedAtMs: call.nowMs,
    documentName: optionalText(call.input, 'DocumentName') ?? 'SSM-SessionManagerRunShell',
    task: found.task,
  });
  const host = `ssmmessages.${call.regionName}.amazonaws.com`;
  return {
    SessionId: id,
    StreamUrl: `wss://${host}/v1/data-channel/${id}?role=publish_subscribe`,
    TokenValue: randomBytes(96).toString('base64'),
  };
};
