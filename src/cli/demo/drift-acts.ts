// Things are not as the policies say: a trust policy edited by hand, and a task role that a pipeline puts back.

import { demoCluster, demoIds, demoSharedTaskRole } from '../../sandbox/demo-world.ts';
import { inDev, intruder, ownTaskRole, role, service, serviceName } from './cast.ts';
import type { Act, Stage } from './stage.ts';

const { accounts } = demoIds;

/** The trust policy with one more person among the members. */
const alsoAdmitting = (trustDocument: string, sub: string): string =>
  JSON.stringify(JSON.parse(trustDocument), (key, value: unknown) =>
    key === 'saml:sub' ? [value, sub].flat() : value,
  );

/** The metrics tell what the last sweep found, and one that follows the repair at once finds nothing: it is slow to read. */
const slowAfterRepair = ({ sandbox: { aws } }: Stage): (() => void) => {
  const undo: (() => void)[] = [];
  const account = { service: 'iam', accountId: accounts.dev } as const;
  undo.push(
    aws.onMutation(({ accountId, operation, resource }) => {
      if (accountId !== accounts.dev || operation !== 'UpdateAssumeRolePolicy' || resource !== role) return;
      const effect = { kind: 'delay', ms: 2_000 } as const;
      undo.push(aws.addFault({ ...account, operation: 'GetAccountAuthorizationDetails', effect }));
    }),
  );
  return () => {
    for (const one of undo.splice(0)) one();
  };
};

export const trustIsEditedByHand: Act = async (stage) => {
  const { sandbox, narrator, watch } = stage;
  // The last repair is verified, so that the drift to come is the one of this act.
  await watch.untilDrift(false);
  narrator.act(`Somebody adds ${intruder.name} to the trust policy of ${role} in dev, by hand`);
  const editedAtMs = Date.now();
  const atFullSpeed = slowAfterRepair(stage);
  sandbox.aws.editRole(accounts.dev, role, (edited) => {
    edited.trustDocument = alsoAdmitting(edited.trustDocument, intruder.id);
  });
  const sneaked = await watch.tryToEnter(intruder, inDev);
  narrator.result(
    !sneaked.admitted,
    `${intruder.name} ${sneaked.admitted ? 'may enter' : 'may not enter'}: that is drift`,
  );
  narrator.quote(await watch.untilDrift(true));
  atFullSpeed();
  await watch.until(intruder, inDev, false, editedAtMs);
  narrator.say(
    '    The trust policy is repaired; the change is in rolewarden_changes_total and in the journal.',
  );
};

/** Until the service runs as its binding says, and a shell in it would open. */
const untilBound = async ({ narrator, watch }: Stage): Promise<void> => {
  const startedAtMs = Date.now();
  const isOne = (lines: readonly string[]): boolean => lines.some((line) => line.endsWith(' 1'));
  const ready = { reason: 'Ready' };
  await watch.untilMetrics(
    'rolewarden_binding_ready',
    { ...ready, binding: service },
    isOne,
    'a binding in force',
  );
  await watch.untilMetrics('rolewarden_exec_ready', { ...ready, service }, isOne, 'shells that would open');
  narrator.result(
    true,
    `${service} runs with ${ownTaskRole} after ${watch.seconds(startedAtMs)}, and shells would open`,
  );
};

export const serviceIsBound: Act = async (stage) => {
  stage.narrator.act(
    `In dev, ${service} shared its task role with all of payments; its binding gives it one of its own`,
  );
  await untilBound(stage);
};

/** As a pipeline does: the newest task definition with a task role of its own choice, registered and deployed. */
const deployWith = ({ sandbox }: Stage, taskRole: string): void => {
  const taskRoleArn = `arn:aws:iam::${accounts.dev}:role/${taskRole}`;
  const place = { accountId: accounts.dev, region: demoCluster.region };
  sandbox.aws.ecs.updateService(place, demoCluster.cluster, service, {
    revision: (newest) => ({ ...newest, taskRoleArn }),
  });
};

export const pipelinePutsRoleBack: Act = async (stage) => {
  const { narrator, watch } = stage;
  narrator.act(`A pipeline deploys ${service} in dev, and puts the old, shared task role back`);
  deployWith(stage, demoSharedTaskRole);
  await watch.untilHeld('contested');
  narrator.quote(await watch.untilDrift(true, serviceName));
  narrator.say(
    '    That is drift, and nobody fights a pipeline: it is tried again in half an hour (contested).',
  );
  deployWith(stage, `rolewarden/${ownTaskRole}`);
  narrator.say('    The pipeline learns the name of the right role.');
  await watch.untilDrift(false, serviceName);
  await untilBound(stage);
};
