// People come and go: a newcomer, a shell, somebody who leaves, and somebody who is disabled while she has a shell open.

import { demoCluster, demoIds } from '../../sandbox/demo-world.ts';
import { engineer, inDev, inProd, leaver, newcomer, type Person, service } from './cast.ts';
import type { Act, Stage } from './stage.ts';

const { groups } = demoIds;

export const someoneJoins: Act = async ({ sandbox, narrator, watch }) => {
  narrator.act(`${newcomer.name} is not in "Payments On-call" and asks for ${inDev.role} in dev`);
  await watch.until(newcomer, inDev, false);
  await watch.pause();

  narrator.act(`She joins the group. Nobody touches AWS.`);
  sandbox.entra.addMember(groups.paymentsOnCall, newcomer.id);
  await watch.until(newcomer, inDev, true);
  await watch.until(newcomer, inProd, true);
};

/** She enters dev, and asks ECS for a shell. */
const tryShell = async (
  { narrator, watch }: Stage,
  person: Person,
  place: { readonly service: string; readonly container: string },
  expected: boolean,
): Promise<void> => {
  const shell = await watch.openShell(await watch.signIn(person, inDev), place.service, place.container);
  const outcome = shell.opened ? 'gets a shell' : 'is refused a shell';
  const reason = shell.opened ? '' : ` (${shell.code})`;
  narrator.result(
    shell.opened === expected,
    `${person.name} ${outcome} in the container ${place.container} of ${place.service}${reason}`,
  );
};

export const engineerOpensShell: Act = async (stage) => {
  stage.narrator.act(
    `${engineer.name} is on call; the policy gives a shell in the container api of ${service}`,
  );
  await tryShell(stage, engineer, { service, container: 'api' }, true);
  await tryShell(stage, engineer, { service, container: 'envoy' }, false);
  await tryShell(stage, engineer, { service: 'payments-ledger', container: 'api' }, false);
};

export const someoneLeaves: Act = async ({ sandbox, narrator, watch }) => {
  narrator.act(`${leaver.name} leaves the group`);
  const before = await watch.tryToEnter(leaver, inProd);
  narrator.result(before.admitted, `until now she ${before.admitted ? 'could' : 'could not'} enter prod`);
  sandbox.entra.removeMember(groups.paymentsOnCall, leaver.id);
  await watch.until(leaver, inProd, false);
};

const sumOf = (lines: readonly string[]): number =>
  lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);

/** What the metrics tell of people who were put out. */
interface Figures {
  /** How often somebody was put out, and how many seconds that took together. */
  readonly times: number;
  readonly seconds: number;
  readonly shellsEnded: number;
}

const readFigures = async ({ watch }: Stage): Promise<Figures> => {
  const sum = async (beginning: string): Promise<number> => sumOf(await watch.readMetrics(beginning));
  return {
    times: await sum('rolewarden_revocation_seconds_count'),
    seconds: await sum('rolewarden_revocation_seconds_sum'),
    shellsEnded: await sum('rolewarden_sessions_ended_total{account="dev",result="done"}'),
  };
};

/** She is put out of a role in dev and of one in prod; it is in the metrics once both sweeps have ended. */
const tellFigures = async (stage: Stage, before: Figures): Promise<void> => {
  const after = await stage.watch.untilKnown('/metrics should show that somebody was put out', async () => {
    const found = await readFigures(stage);
    return found.times >= before.times + 2 && found.shellsEnded > before.shellsEnded ? found : undefined;
  });
  const times = after.times - before.times;
  const average = ((after.seconds - before.seconds) / times).toFixed(2);
  stage.narrator.quote([
    `rolewarden_revocation_seconds: ${average} s on average, ${times} times, from the poll of Entra on`,
    `rolewarden_sessions_ended_total: ${after.shellsEnded - before.shellsEnded} more`,
  ]);
};

export const someoneIsDisabled: Act = async (stage) => {
  const { sandbox, narrator, watch } = stage;
  const session = await watch.signIn(newcomer, inDev);
  const colleagueSession = await watch.signIn(engineer, inDev);
  const shell = await watch.openShell(session, service, 'api');
  const before = await readFigures(stage);
  narrator.act(
    `${newcomer.name} is disabled in Entra, still a member: a proven leaver, with a session for an hour and a shell open`,
  );
  narrator.result(
    shell.opened && watch.shellsOf(newcomer).length === 1,
    `the Session Manager lists her shell, and one of ${engineer.name}`,
  );
  sandbox.entra.updateUser(newcomer.id, { accountEnabled: false });
  const disabledAtMs = Date.now();
  const answer = await watch.tryToEnter(newcomer, inDev);
  narrator.result(!answer.admitted, `Entra itself refuses her at once (${answer.code})`);
  await watch.untilSession(newcomer, session, false, disabledAtMs);
  await watch.untilUnnamed(newcomer, [inDev, inProd], disabledAtMs);
  await watch.untilKnown(
    `the shell of ${newcomer.name} should be ended`,
    () => (watch.shellsOf(newcomer).length === 0 ? true : undefined),
    disabledAtMs,
  );
  narrator.result(true, `her shell is ended after ${watch.seconds(disabledAtMs)}`);
  await watch.untilSession(engineer, colleagueSession, true);
  const kept = watch.shellsOf(engineer);
  narrator.result(kept.length > 0, `the shell of ${engineer.name} stays open`);
  await tellFigures(stage, before);
  const place = { accountId: inDev.accountId, region: demoCluster.region };
  for (const id of kept) sandbox.aws.shells.close(place, id);
};
