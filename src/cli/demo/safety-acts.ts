// What protects from mistakes, and what passes all of it: the breaker with its acknowledgement, and a Lockout.

import { policyScope } from '../../domain/acknowledgement.ts';
import { demoIds } from '../../sandbox/demo-world.ts';
import { inDev, inProd, supportInDev, supportWhoGo, supportWhoStay, suspect } from './cast.ts';
import type { Act } from './stage.ts';

const { groups } = demoIds;

const scope = policyScope('dev', supportInDev.role);

/** Long lines shortened, as only people read them here. */
const shortened = (text: string): readonly string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => (line.length > 110 ? `${line.slice(0, 109)}…` : line));

export const groupIsHalved: Act = async ({ sandbox, narrator, controller, policies, watch }) => {
  narrator.act(`Somebody takes four of the eight people of "Support" out at once. A mistake?`);
  for (const { id } of supportWhoGo) sandbox.entra.removeMember(groups.support, id);
  narrator.quote(await watch.untilHeld('breaker'));
  await watch.untilAll(supportWhoGo, 'the four', supportInDev, true);

  narrator.act('What `rolewarden plan` says of it');
  const plan = await controller.print(['plan', '--account', 'dev']);
  narrator.quote(
    plan
      .split('\n')
      .filter((line) => line.includes('Held: breaker'))
      .map((line) => line.trim()),
  );

  narrator.act(`It is meant. \`rolewarden ack ${scope}\` prints what to commit`);
  const printed = await controller.print(['ack', scope]);
  narrator.quote(shortened(printed));
  await policies.commit('support.yaml', printed);
  narrator.say('    It is committed into support.yaml.');
  await watch.untilAll(supportWhoGo, 'the four', supportInDev, false);
  await watch.untilAll(supportWhoStay, 'the other four', supportInDev, true);
};

const lockout = (untilMs: number): string => `apiVersion: rolewarden/v1alpha1
kind: Lockout
metadata:
  name: oncall-2
spec:
  person: ${suspect.id}
  until: ${new Date(untilMs).toISOString().slice(0, 19)}Z
  reason: Her laptop was stolen
`;

const dayMs = 86_400_000;

export const someoneIsLockedOut: Act = async ({ sandbox, narrator, policies, watch }) => {
  const [bystander] = supportWhoStay;
  if (bystander === undefined) return;
  const session = await watch.signIn(suspect, inDev);
  narrator.act(`Changes are frozen: every policy says suspend: true, and ${bystander.name} leaves "Support"`);
  await policies.suspendAll(true);
  // Policies and groups are read each in their own time. In prod, audit-prod always has something to be held.
  await watch.untilHeld('suspended', 'prod');
  sandbox.entra.removeMember(groups.support, bystander.id);
  narrator.quote(await watch.untilHeld('suspended'));

  narrator.act(`A Lockout of ${suspect.name}, who is signed in to dev, is committed all the same`);
  const text = lockout(Date.now() + dayMs);
  narrator.quote(text.trimEnd().split('\n'));
  await policies.add('lockouts.yaml', text);
  const committedAtMs = Date.now();
  await watch.until(suspect, inDev, false, committedAtMs);
  await watch.until(suspect, inProd, false, committedAtMs);
  await watch.untilSession(suspect, session, false, committedAtMs);
  await watch.until(bystander, supportInDev, true);
  narrator.say('    That is the freeze: her removal waits. She joins again, and the freeze ends.');
  sandbox.entra.addMember(groups.support, bystander.id);
  await policies.suspendAll(false);
};
