// The command line: what there is, what it takes, and help that teaches. Each command is loaded when it is used, so that
// `validate` starts as fast in a pull request as it should.

import { Command, InvalidArgumentError, Option } from 'commander';

import { parseDuration } from '../domain/duration.ts';
import { version } from '../version.ts';
import type { Terminal } from './output.ts';
import { usualUrl } from './usual-url.ts';
import { sandboxPorts } from './sandbox-ports.ts';

const port = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('a port is a whole number from 0 to 65535.');
  return value;
};

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('give a whole number of at least 1.');
  return value;
};

const duration = (text: string): number => {
  const ms = parseDuration(text);
  if (ms === undefined || ms <= 0) throw new InvalidArgumentError('write a duration such as 24h or 30m.');
  return ms;
};

const roleName = (text: string): string => {
  if (!/^[\w+=,.@-]{1,64}$/.test(text))
    throw new InvalidArgumentError(
      'give the name of a role, not its ARN, of 1 to 64 letters, digits and +=,.@_-',
    );
  return text;
};

/** One name for it everywhere. */
const outputOption = (choices: readonly string[], about = 'how to print it'): Option =>
  new Option('-o, --output <how>', about).choices(choices).default(choices[0]);

const urlOption = (env: Terminal['env']): Option =>
  new Option(
    '-u, --url [url]',
    'ask the running controller at this api address, in the place of Entra and AWS themselves; without an address that of ROLEWARDEN_URL, or http://127.0.0.1:9465',
  ).preset(env['ROLEWARDEN_URL'] ?? usualUrl);

const configOption = (): Option =>
  new Option('-c, --config <file>', 'the file with the ControllerConfig')
    .env('ROLEWARDEN_CONFIG')
    .default('rolewarden.yaml');

/** Each command says how it ended through `end`. */
export const buildProgram = (terminal: Terminal, end: (code: number) => void): Command => {
  const program = new Command('rolewarden')
    .description(
      'Keeps AWS access in step with Entra ID: who is in the group gets in, who leaves is out, and every difference is visible.',
    )
    .version(version)
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .exitOverride();

  program
    .command('run')
    .description('run the controller: watch policies and groups, and keep the accounts in step until stopped')
    .addOption(configOption())
    .option(
      '--once',
      'one sweep of every account, then end; exit code 1 if anything could not be read or written',
    )
    .addOption(
      new Option('--log-level <level>', 'how much to log on stderr')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info'),
    )
    .addOption(
      new Option('--log-format <format>', 'pretty on a terminal, JSON lines elsewhere')
        .choices(['auto', 'json', 'pretty'])
        .default('auto'),
    )
    .addOption(
      outputOption(
        ['journal', 'json'],
        'what goes to stdout: the journal, or with --once the result of each account',
      ),
    )
    .option('--no-journal', 'do not write the journal (one JSON line per decision and write) to stdout')
    .addHelpText(
      'after',
      `
Credentials come from the environment, never from files of ours:
  Entra  AZURE_TENANT_ID, AZURE_CLIENT_ID and, as spec.entra.credential says, AZURE_CLIENT_SECRET,
         AZURE_CLIENT_CERTIFICATE_PATH, AZURE_FEDERATED_TOKEN_FILE, or with awsRole nothing but AWS_REGION
  AWS    whatever the AWS SDK finds: a task role, AWS_PROFILE, AWS_ACCESS_KEY_ID …
  Page   ROLEWARDEN_API_TOKEN, which whoever looks at the status page or asks the API has to give; required where
         spec.api.address is not on loopback

--once --output json: { whole, policyProblems, entraProblem, accounts: [{ account, accountId, result: ok | incomplete |
unreadable, message, writes: { done, failed, dropped }, held: { REASON: count }, unread }] }

Start with mode: observe. Nothing is written, and the drift metric shows what would be.
SIGTERM and Ctrl-C finish the write in flight and end within 10 seconds.`,
    )
    .action(async (options) => end(await (await import('./run-command.ts')).runCommand(options, terminal)));

  program
    .command('plan')
    .description('show what run would do now: who gains, who loses, then the documents; changes nothing')
    .addOption(configOption())
    .addOption(outputOption(['text', 'json', 'markdown']))
    .addOption(urlOption(terminal.env))
    .option('-a, --account <name...>', 'only these accounts')
    .option('-v, --verbose', 'whole documents, and roles that are in sync')
    .addOption(
      new Option(
        '--people <how>',
        'counts names nobody: for where more may read the plan than may know who is in which group',
      )
        .choices(['names', 'counts'])
        .default('names'),
    )
    .addOption(
      new Option(
        '--spoke-role <name>',
        'enter accounts by the role of this name in the place of their spoke role: one that may only read',
      )
        .env('ROLEWARDEN_SPOKE_ROLE')
        .argParser(roleName),
    )
    .addHelpText(
      'after',
      `
With --url nothing is read anew: it is what the last sweeps of the controller left to be done, and why it waits. Where the
controller asks for its token, ROLEWARDEN_API_TOKEN has it. --output json then has \`sweptAt\` for each account, and \`controller\`.

Exit code: 0 nothing to change, 2 there are changes (held ones too), 1 something could not be read or was not swept yet.`,
    )
    .action(async (options) => end(await (await import('./plan-command.ts')).planCommand(options, terminal)));

  program
    .command('ack')
    .description('print what to commit so that a large change that waits for a word goes on; changes nothing')
    .argument('[scope...]', 'only these, as the plan names them, such as policy:prod/payments-debug')
    .addOption(configOption())
    .addOption(
      new Option('--for <duration>', 'how long it is valid').default(86_400_000, '24h').argParser(duration),
    )
    .addOption(outputOption(['text', 'json'], 'how to print it: text is the YAML to commit'))
    .addHelpText(
      'after',
      `
Held removals (breaker) and held newcomers (newcomersMany) wait until somebody says in Git that they are meant.
The acknowledgement names the people, so it is good for them alone, and it ends. Review it like any other change.
--output json: [{ scope, effect: loseAccess | gainAccess, annotation, value, until, count, people: [{ sub, name }] }]
Exit code: 0 printed, or nothing waits; 1 something could not be read, so more may wait.`,
    )
    .action(async (scopes, options) =>
      end(await (await import('./ack-command.ts')).ackCommand(scopes, options, terminal)),
    );

  program
    .command('validate')
    .description('check policy files, offline')
    .argument('<path...>', 'files, or folders with .yaml and .yml files')
    .addOption(
      outputOption(
        ['text', 'json', 'github', 'sarif'],
        'how to print it: github makes annotations, sarif is for code scanning',
      ),
    )
    .option('--strict', 'fail on warnings too')
    .addHelpText(
      'after',
      `
Exit code: 0 valid, 1 not. All problems of all files are listed together, each with file:line:column and what to do.

In an editor, put this on the first line of a policy file for completion and explanations:
  # yaml-language-server: $schema=<path to>/schemas/access-policy.schema.json`,
    )
    .action(async (paths, options) =>
      end(await (await import('./validate-command.ts')).validateCommand(paths, options, terminal)),
    );

  program
    .command('get')
    .description('show the status of a running controller')
    .argument('[name]', 'only this policy or binding')
    .addOption(
      new Option('-u, --url <url>', 'the api address of the controller')
        .env('ROLEWARDEN_URL')
        .default(usualUrl),
    )
    .addOption(outputOption(['text', 'json']))
    .option('-w, --wide', 'app-role values for Entra and people, too')
    .addHelpText('after', '\nWhere the controller asks for its token, ROLEWARDEN_API_TOKEN has it.')
    .action(async (name, options) =>
      end(await (await import('./get-command.ts')).getCommand(name, options, terminal)),
    );

  program
    .command('explain')
    .description(
      'why somebody can or cannot enter the role of a policy, now or at a time to come; changes nothing',
    )
    .requiredOption('-w, --who <person>', 'her user principal name, in any case, or her Entra object id')
    .requiredOption('-p, --policy <name>', 'the AccessPolicy')
    .option('-a, --account <name>', 'only this account; without it, each account of the policy')
    .option('-t, --at <time>', 'then instead of now: 2026-01-31T18:00:00Z; told by what is known now')
    .addOption(configOption())
    .addOption(urlOption(terminal.env))
    .addOption(outputOption(['text', 'json']))
    .addHelpText(
      'after',
      `
Walks the chain from Git to the shell, link by link, and ends with the one thing to do:
  ✓ is as it should be   ✗ stops her   ? could not be read, which is never no   · is to be known

  rolewarden explain --who oncall-1@contoso.com --policy payments-debug
  rolewarden explain --who oncall-1@contoso.com --policy payments-debug --account prod --at 2026-01-31T18:00:00Z
  rolewarden explain --who oncall-1@contoso.com --policy payments-debug --url     # of the controller on this machine,
                                                                # with ROLEWARDEN_API_TOKEN where that asks for it

Exit code: 0 she may enter, 2 she may not, 1 it cannot be told (or the question makes no sense). Of several accounts, 1
goes before 2 and 2 before 0. A shell that would not open is told, and changes nothing about that.`,
    )
    .action(async (options) =>
      end(await (await import('./explain-command.ts')).explainCommand(options, terminal)),
    );

  program
    .command('doctor')
    .description(
      'look whether everything is there that the config needs, in Entra and in AWS; or, with --assertion, whether Entra sends what a Federation says',
    )
    .addOption(configOption())
    .option('-a, --account <name...>', 'only these accounts')
    .addOption(outputOption(['text', 'json']))
    .option('--strict', 'fail on warnings too')
    .option(
      '--assertion <file>',
      'hold a saved SAML response (as the browser sent it, or as XML), or an access token of a workload, against the Federation; offline',
    )
    .option('--federation <name>', 'with --assertion: the Federation that it is of, where several would fit')
    .addHelpText(
      'after',
      `
Tries every read that the controller makes, and reads every setting that it leans on:
  ✓ is as it should be   ✗ is missing: something will not work   ! works, and should not be so   ? could not be looked at
Under each stands what mends it: a permission by its name, a statement to paste, a command, or the place in the portal.

What a role may write is told from its own policies and its boundary, as IAM shows them, for what the modes of the policies
need: where all are in mode: observe, it is nothing. One write is tried as well, a role with a trust policy that IAM has to
refuse, because service control policies show in no other way. Nothing is ever made or changed.

  rolewarden doctor                                       # before mode: enforce, and after every change of permissions
  rolewarden doctor --account prod --strict               # in a pipeline: warnings fail too
  rolewarden doctor --output json | jq '.checks[] | select(.state != "ok")'

Exit code: 0 everything is there, 2 something is missing (with --strict: or a warning), 1 something could not be looked at.
2 goes before 1. Credentials come from the environment, as for run.

A NameID other than the Federation says would lock everyone out, so enforce is held for a Federation until somebody has
looked, and again once it is changed. To look:
  1. open https://myapps.microsoft.com with the network panel of the browser open, and choose the application
  2. of the request to the sign-in endpoint, save the form field SAMLResponse to a file (AWS may well refuse it)
  3. rolewarden doctor --assertion FILE, and commit the line that it prints
For workloads, save the access token with which they come to AWS instead.

Exit code with --assertion: 0 it is as the Federation says, 2 something is not, 1 it could not be read.`,
    )
    .action(async (options) =>
      end(await (await import('./doctor-command.ts')).doctorCommand(options, terminal)),
    );

  program
    .command('sandbox')
    .description(
      'an embedded cloud on loopback (Entra, Graph, IAM, STS, ECS, lease tables in DynamoDB), for trying things out',
    )
    .option('--aws-port <port>', 'for IAM, STS, ECS and DynamoDB; 0 takes a free one', port, sandboxPorts.aws)
    .option('--entra-port <port>', 'for the token endpoint and Graph', port, sandboxPorts.entra)
    .option('--control-port <port>', 'for the control API', port, sandboxPorts.control)
    .addOption(
      outputOption(['text', 'json'], 'how to print the environment for clients: export lines, or one object'),
    )
    .addHelpText(
      'after',
      `
The environment for clients goes to stdout:
  rolewarden sandbox > sandbox.env &   then, in any shell:   . ./sandbox.env\nmanifests/example/config.yaml expects it on the default ports.`,
    )
    .action(async (options) =>
      end(await (await import('./sandbox-command.ts')).sandboxCommand(options, terminal)),
    );

  program
    .command('demo')
    .description('the sandbox, the controller in enforce, and a short story that repeats (npm start)')
    .option('--rounds <count>', 'end after so many rounds of the story', count)
    .option('--show-logs', "print the controller's log between the lines of the story")
    .option('--replicas', 'run two controllers that share their work by leases, and kill each in turn')
    .addHelpText(
      'after',
      `
With --replicas a table in the sandbox's DynamoDB holds the leases, of 5 seconds. In every round the replica that works is
killed while somebody leaves, and one is told to stop; the other takes over, and it says after how many seconds. Replica A
has its metrics on 9464 and its page on 9465, replica B on 9466 and 9467: "rolewarden get --url http://127.0.0.1:9467".
From a checkout: npm start -- --replicas`,
    )
    .action(async (options) => end(await (await import('./demo-command.ts')).demoCommand(options, terminal)));

  // Whoever got it wrong is told where to look, by the very command.
  for (const command of program.commands)
    command.showHelpAfterError(`(rolewarden ${command.name()} --help tells more)`);
  program.showHelpAfterError('(rolewarden --help tells more)');
  return program;
};
