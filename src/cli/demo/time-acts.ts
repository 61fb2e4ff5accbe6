// Access for a time, which ends by itself: nothing of Rolewarden runs when it does.

import { demoIds } from '../../sandbox/demo-world.ts';
import { engineer, incident, inProd, responder } from './cast.ts';
import type { Act, Stage } from './stage.ts';

const { groups } = demoIds;

const minuteMs = 60_000;

/** When the trust policy of the role stops admitting the people of a time-boxed statement. */
const endIn = ({ sandbox }: Stage): string => {
  const role = sandbox.aws.roles(incident.accountId).find(({ name }) => name === incident.role);
  return /"DateLessThan":\{"aws:CurrentTime":"([^"]+)"\}/.exec(role?.trustDocument ?? '')?.[1] ?? '';
};

const minuteOf = (moment: string): string => `${moment.slice(11, 16)} UTC`;

export const activationEnds: Act = async (stage) => {
  const { sandbox, narrator, controller, pair, watch } = stage;
  narrator.act(
    `"Payments Incident" is under Privileged Identity Management, and the policy says standing: forbidden`,
  );
  narrator.say(`    ${engineer.name} is a permanent member of it.`);
  await watch.until(engineer, incident, false);
  await watch.pause();

  narrator.act(`${responder.name} activates her membership for 10 minutes: "payments are stuck", INC-42`);
  sandbox.entra.activate(responder.id, groups.paymentsIncident, {
    durationMs: 10 * minuteMs,
    justification: 'payments are stuck',
    ticket: 'INC-42',
  });
  await watch.until(responder, incident, true);
  const session = await watch.signIn(responder, incident);
  await watch.untilSession(responder, session, true);
  const end = endIn(stage);
  narrator.say(
    `    The trust policy admits her while aws:CurrentTime is before ${end}: ends are rounded down to 5 minutes.`,
  );

  const killed = pair === undefined ? 'The controller is' : 'Both replicas are';
  narrator.act(`${killed} killed (kill -9). Nothing is left that could put anybody out.`);
  await controller.kill();
  sandbox.aws.setClockSkew(Date.parse(end) + 1_000 - Date.now());
  narrator.say(`    So as not to wait, the clock of the sandbox's AWS is moved to ${minuteOf(end)}.`);
  await watch.until(responder, incident, false);
  await watch.untilSession(responder, session, false);
  await watch.until(engineer, inProd, true);
  await watch.pause();

  const starting = pair === undefined ? 'the controller starts' : 'the replicas start';
  narrator.act(`The clock is set back, she ends her activation, and ${starting} again`);
  sandbox.aws.setClockSkew(0);
  sandbox.entra.endAssignment(responder.id, groups.paymentsIncident);
  const startedAtMs = Date.now();
  await controller.start();
  await watch.untilUnnamed(responder, [incident], startedAtMs);
};
