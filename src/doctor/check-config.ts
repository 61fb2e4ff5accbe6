// What a process is given before it asks anybody: the config, the environment, the policies.

import type { Check } from '../domain/check.ts';
import type { ControllerConfig, EntraCredential, PolicySet, Problem } from '../domain/policy.ts';
import type { Reading } from '../domain/reading.ts';
import { type Checks, checksOf } from './check.ts';

const area = 'Config';

type Environment = Readonly<Record<string, string | undefined>>;

const placeOf = ({ file, line, column, message }: Problem): string => `${file}:${line}:${column} ${message}`;

/** Of many problems the first. */
const worst = (problems: readonly Problem[]): string => {
  const [first] = problems;
  if (first === undefined) return '';
  return problems.length === 1 ? placeOf(first) : `${placeOf(first)} (the first of ${problems.length})`;
};

/** Of a config that is not valid, so that nothing else can be looked at. */
export const brokenConfig = (file: string, problems: readonly Problem[]): Check =>
  checksOf(area).missing(
    'config',
    worst(problems.filter(({ severity }) => severity === 'error')),
    `rolewarden validate ${file}`,
  );

const isSet = (env: Environment, variable: string): boolean => (env[variable]?.trim() ?? '') !== '';

/** Besides AZURE_CLIENT_ID. */
const variablesOf: Readonly<Record<EntraCredential, readonly (readonly [string, string])[]>> = {
  clientSecret: [['AZURE_CLIENT_SECRET', 'the value of a client secret of the application']],
  certificate: [['AZURE_CLIENT_CERTIFICATE_PATH', 'a PEM file with certificate and private key']],
  tokenFile: [['AZURE_FEDERATED_TOKEN_FILE', 'the file that holds the workload identity token']],
  awsRole: [['AWS_REGION', 'the region whose STS is asked for a token']],
};

const credentialCheck = (checks: Checks, { entra }: ControllerConfig, env: Environment): Check => {
  const what = 'environment for Entra';
  const wanted = [
    ['AZURE_CLIENT_ID', 'the client id of the registered application'] as const,
    ...variablesOf[entra.credential],
  ];
  const lacking = wanted.filter(
    ([name]) => !isSet(env, name) && !(name === 'AWS_REGION' && isSet(env, 'AWS_DEFAULT_REGION')),
  );
  if (lacking.length > 0)
    return checks.missing(
      what,
      `spec.entra.credential is ${entra.credential}, and ${lacking.map(([name]) => name).join(' and ')} ${lacking.length === 1 ? 'is' : 'are'} not set`,
      lacking.map(([name, value]) => `set ${name} to ${value}`).join('; '),
    );
  const tenant = env['AZURE_TENANT_ID']?.trim() ?? '';
  return tenant !== '' && tenant.toLowerCase() !== entra.tenantId.toLowerCase()
    ? checks.missing(
        what,
        `AZURE_TENANT_ID is ${tenant}, and the config says tenant ${entra.tenantId}`,
        'set both to the same tenant',
      )
    : checks.ok(what, wanted.map(([name]) => name).join(', '));
};

const policiesCheck = (
  checks: Checks,
  config: ControllerConfig,
  { policies, source }: Pick<ConfigReadings, 'policies' | 'source'>,
): readonly Check[] => {
  const what = 'policies';
  if (policies.state === 'unreadable') return [checks.failed(what, policies.problem)];
  if (policies.state === 'absent')
    return [checks.missing(what, `there is nothing at ${source}`, 'correct spec.policies of the config')];
  const { value } = policies;
  const errors = value.problems.filter(({ severity }) => severity === 'error');
  const warnings = value.problems.filter(({ severity }) => severity === 'warning');
  const howToSee =
    config.policyOrigin.kind === 'git'
      ? 'rolewarden validate in a checkout of it'
      : `rolewarden validate ${source}`;
  const of = `${value.policies.length} policies, ${value.bindings.length} bindings, ${value.accounts.length} accounts`;
  return [
    ...(errors.length > 0
      ? [
          checks.missing(
            what,
            `${worst(errors)}; while there are errors, nothing counts as deleted`,
            howToSee,
          ),
        ]
      : []),
    ...(warnings.length > 0 ? [checks.warning(what, worst(warnings), howToSee)] : []),
    ...(errors.length + warnings.length === 0 ? [checks.ok(what, `${of} from ${source}`)] : []),
  ];
};

export interface ConfigReadings {
  readonly file: string;
  readonly config: ControllerConfig;
  /** Warnings of the config. */
  readonly problems: readonly Problem[];
  readonly env: Environment;
  /** Where policies come from, for people. */
  readonly source: string;
  /** Why the listener of the API would not start; undefined: it would. */
  readonly apiProblem: string | undefined;
  readonly policies: Reading<PolicySet>;
}

const apiCheck = (checks: Checks, config: ControllerConfig, problem: string | undefined): Check => {
  const what = 'API token';
  const { address } = config.apiListener;
  if (problem === undefined) return checks.ok(what, `right for spec.api.address ${address}`);
  const at = problem.indexOf(': ');
  return checks.missing(
    what,
    at < 0 ? problem : problem.slice(0, at),
    at < 0 ? undefined : problem.slice(at + 2),
  );
};

export const configChecks = (readings: ConfigReadings): readonly Check[] => {
  const checks = checksOf(area);
  const { file, config, problems, env } = readings;
  return [
    problems.length > 0
      ? checks.warning('config', worst(problems), `rolewarden validate ${file}`)
      : checks.ok('config', `${file}: instance ${config.instance}, default mode ${config.defaultMode}`),
    credentialCheck(checks, config, env),
    apiCheck(checks, config, readings.apiProblem),
    ...policiesCheck(checks, config, readings),
  ];
};
