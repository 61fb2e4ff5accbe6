// Shells that are open already: whether they can be ended, and whether a deny ends them by itself. [aws.md §6]

import { DescribeSessionsCommand, TerminateSessionCommand } from '@aws-sdk/client-ssm';
import { allow, documentOf, trustUs } from '../../aws/documents.ts';
import { makeRole, putPolicy } from '../../aws/make.ts';
import { answerOf, isAccepted, isDenied } from '../../aws/refusal.ts';
import { runTask } from '../../aws/run-task.ts';
import { enterAsUs } from '../../aws/sessions.ts';
import {
  asExpected,
  type Channel,
  type Context,
  differs,
  type Experiment,
  type Observed,
  untold,
} from '../../experiment.ts';
import { secondsOf, until } from '../../patience.ts';
import { openShell } from './exec-tags.ts';

const revoked = 'rolewarden-revoked';

interface OpenShell {
  readonly id: string;
  readonly role: string;
  readonly channel: Channel;
  /** Another shell, as the same person. */
  readonly again: () => ReturnType<typeof openShell>;
}

const openOne = async (context: Context): Promise<OpenShell> => {
  const { aws, patience, undo, openChannel } = context;
  const task = await runTask(context, {});
  const policies = { exec: documentOf(allow('ecs:ExecuteCommand', '*')) };
  const role = await makeRole(context, 'visitor', { trust: trustUs(aws), policies, later: [revoked] });
  const clients = await enterAsUs(context, role.arn);
  const again = () => openShell(clients, task);
  const opened = await until(patience, again, isAccepted);
  const { sessionId = '', streamUrl = '', tokenValue = '' } = opened.last.value?.session ?? {};
  if (!opened.isDone) throw new Error(`no shell was opened: ${opened.last.word}: ${opened.last.message}`);
  const channel = await openChannel(streamUrl, tokenValue);
  undo.add({
    what: `the channel of ${sessionId}`,
    command: 'none: it ends with this process',
    run: async () => channel.close(),
  });
  return { id: sessionId, role: role.name, channel, again };
};

const isActive = async ({ aws }: Context, id: string): Promise<boolean> => {
  const filters = [{ key: 'SessionId' as const, value: id }];
  const { Sessions = [] } = await aws.ssm.send(
    new DescribeSessionsCommand({ State: 'Active', Filters: filters }),
  );
  return Sessions.some(({ SessionId, Status }) => SessionId === id && Status !== 'Terminated');
};

const terminate = async (context: Context): Promise<Observed> => {
  const { aws, patience } = context;
  const shell = await openOne(context);
  const seen = await until(patience, () => isActive(context, shell.id), Boolean, { limitMs: 60_000 });
  if (!seen.isDone) return untold(`${shell.id} is not among the active sessions`);
  const answer = await answerOf(aws.ssm.send(new TerminateSessionCommand({ SessionId: shell.id })));
  if (!isAccepted(answer)) return differs(`${answer.word}: ${answer.message}`);
  const isOver = async (): Promise<boolean> =>
    !shell.channel.isOpen() && !(await isActive(context, shell.id));
  const { isDone, tookMs } = await until(patience, isOver, Boolean, { limitMs: 120_000 });
  const channel = shell.channel.isOpen() ? 'open' : 'closed';
  const what = `${shell.id.replace(/-[^-]*$/, '-…')}: after ${secondsOf(tookMs)} the channel was ${channel}, the session ${isDone ? 'over' : 'perhaps not over'}`;
  return isDone ? asExpected(what) : differs(what);
};

/** Longer than a deny takes to be heard of, as the refusal of a second shell shows. */
const watchMs = 180_000;

const denyWhileOpen = async (context: Context): Promise<Observed> => {
  const { patience } = context;
  const shell = await openOne(context);
  const isClosed = async (): Promise<boolean> => !shell.channel.isOpen();
  // As long without a deny, as it is watched with one: what closes by itself says nothing.
  const alone = await until(patience, isClosed, Boolean, { limitMs: watchMs, everyMs: 5_000 });
  if (alone.isDone) return untold(`the channel closed by itself after ${secondsOf(alone.tookMs)}`);
  const denyAll = documentOf({ Effect: 'Deny', Action: '*', Resource: '*' });
  await putPolicy(context, shell.role, revoked, denyAll);
  const refused = await until(patience, shell.again, isDenied);
  if (!refused.isDone) return untold(`the deny was not heard of in ${secondsOf(refused.tookMs)}`);
  const { isDone, tookMs } = await until(patience, isClosed, Boolean, {
    limitMs: watchMs,
    everyMs: 5_000,
  });
  const what = isDone
    ? `the open channel was closed ${secondsOf(tookMs)} after a second shell had been denied`
    : `the channel was still open ${secondsOf(tookMs)} after a second shell had been denied`;
  return isDone ? differs(what) : asExpected(what);
};

const makes =
  'an ECS cluster with a service of one Fargate task for some minutes (less than a cent), a task role, a role and an open shell';

export const openShells: readonly Experiment[] = [
  {
    name: 'terminate-ends-exec-session',
    claim: 'ssm:TerminateSession ends a session of ECS Exec',
    source: 'aws.md §11.3',
    matters: {
      file: 'src/aws/shells/end-shell.ts',
      how: 'shells of leavers are ended by it, and looked at again; if that fails, the task is stopped',
    },
    needs: ['aws', 'subnet'],
    expected: 'the channel is closed and the session over',
    makes,
    run: terminate,
  },
  {
    name: 'deny-leaves-shell-open',
    claim: 'a deny on the role does not end a shell that is open already',
    source: 'aws.md §11.3',
    matters: { file: 'src/reconcile/end-shells.ts', how: 'the shells of leavers are ended one by one' },
    needs: ['aws', 'subnet'],
    expected: 'it stays open',
    makes,
    run: denyWhileOpen,
  },
];
