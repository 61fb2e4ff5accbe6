// The story of the demo, act by act. Every sentence that claims something was asked of the sandbox's STS, ECS and Session
// Manager, or read in the controller's metrics, first.

import { demoIds } from '../sandbox/demo-world.ts';
import {
  inDev,
  inProd,
  leaver,
  newcomer,
  platformInDev,
  platformLeaver,
  supportInDev,
  supportWhoGo,
  suspect,
} from './demo/cast.ts';
import { pipelinePutsRoleBack, serviceIsBound, trustIsEditedByHand } from './demo/drift-acts.ts';
import { engineerOpensShell, someoneIsDisabled, someoneJoins, someoneLeaves } from './demo/people-acts.ts';
import type { Pair } from './demo/pair.ts';
import { replicasTakeOver } from './demo/pair-acts.ts';
import { groupIsHalved, someoneIsLockedOut } from './demo/safety-acts.ts';
import type { Act, Stage } from './demo/stage.ts';
import { activationEnds } from './demo/time-acts.ts';

const { groups } = demoIds;

/** Those who come back at the end of a round leave early in it: they are kept out for a while. */
const actsOf = (pair: Pair | undefined): readonly Act[] => [
  someoneJoins,
  serviceIsBound,
  engineerOpensShell,
  someoneIsDisabled,
  someoneLeaves,
  ...(pair === undefined ? [] : [replicasTakeOver(pair)]),
  someoneIsLockedOut,
  groupIsHalved,
  trustIsEditedByHand,
  pipelinePutsRoleBack,
  activationEnds,
];

const putBack: Act = async ({ sandbox, narrator, policies, pair, watch }) => {
  narrator.say('\nThe world is put back as it was, and the story begins again. Ctrl-C ends it.');
  await policies.restore();
  sandbox.entra.updateUser(newcomer.id, { accountEnabled: true });
  sandbox.entra.removeMember(groups.paymentsOnCall, newcomer.id);
  sandbox.entra.addMember(groups.paymentsOnCall, leaver.id);
  for (const { id } of supportWhoGo) sandbox.entra.addMember(groups.support, id);
  if (pair !== undefined) sandbox.entra.addMember(groups.platformEngineers, platformLeaver.id);
  await watch.until(leaver, inProd, true);
  await watch.until(suspect, inDev, true);
  await watch.untilAll(supportWhoGo, 'the four of "Support"', supportInDev, true);
  if (pair !== undefined) await watch.until(platformLeaver, platformInDev, true);
  await watch.until(newcomer, inDev, false);
};

export const tellStory = async (stage: Stage, rounds: number): Promise<void> => {
  const acts = actsOf(stage.pair);
  for (let number = 1; number <= rounds; number += 1) {
    stage.narrator.title(`Round ${number}`);
    for (const act of acts) {
      await act(stage);
      await stage.watch.pause();
    }
    await putBack(stage);
  }
};
