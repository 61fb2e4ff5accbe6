// The control API: plain HTTP and JSON on loopback, for people and tests that change the sandbox from outside.

import { type ServerType, serve } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { AppError } from '../domain/errors.ts';
import type { AwsCloud } from './aws/aws-cloud.ts';
import { accountRoutes } from './control/account-routes.ts';
import { faultRoutes } from './control/fault-routes.ts';
import { bodyCheck, type ControlRoute } from './control/route.ts';
import { shellRoutes } from './control/shell-routes.ts';
import { tenantRoutes } from './control/tenant-routes.ts';
import { watchRoutes } from './control/watch-routes.ts';
import type { PeopleDoors } from './enter.ts';
import type { EntraCloud } from './entra/entra-cloud.ts';
import type { SandboxWorld } from './world.ts';

export interface ControlOptions {
  readonly world: SandboxWorld;
  readonly aws: AwsCloud;
  readonly entra: EntraCloud;
  readonly doors: PeopleDoors;
  /** 0: any free port. */
  readonly port: number;
}

export interface Control {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

const statusOf = (error: unknown): 400 | 404 | 409 | 500 => {
  if (!(error instanceof AppError)) return 500;
  if (error.code === 'notFound') return 404;
  return error.kind === 'conflict' ? 409 : 400;
};

const readJson = async (context: Context): Promise<unknown> => {
  const text = await context.req.text();
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch (cause) {
    throw new AppError('invalid', 'the body is no JSON', { cause });
  }
};

const addRoute = (app: Hono, route: ControlRoute): void => {
  const check = bodyCheck(route);
  app.on(route.method, route.path, async (context) => {
    const body = route.schema === undefined ? undefined : await readJson(context);
    check(body);
    const parameter = (name: string): string => context.req.param(name) ?? '';
    const result = await route.run({ parameter, query: (name) => context.req.query(name), body });
    return context.json(result ?? { ok: true });
  });
};

/** What `GET /` says of a route; the example is a command to paste. */
const describe = (route: ControlRoute, origin: string) => {
  const { path, body } = route.example;
  const method = route.method === 'GET' ? '' : ` -X ${route.method}`;
  const data = body === undefined ? '' : ` -d '${JSON.stringify(body)}'`;
  return {
    route: `${route.method} ${route.path}`,
    does: route.does,
    example: `curl -s${method} '${origin}${path}'${data}`,
  };
};

const makeApp = (routes: readonly ControlRoute[]): Hono => {
  const app = new Hono();
  for (const route of routes) addRoute(app, route);
  app.get('/', (context) => {
    const { origin } = new URL(context.req.url);
    return context.json({
      what: 'the control API of the Rolewarden sandbox',
      routes: routes.map((route) => describe(route, origin)),
    });
  });
  app.notFound((context) =>
    context.json(
      { error: `there is no ${context.req.method} ${context.req.path} here; GET / lists every route` },
      404,
    ),
  );
  app.onError((error, context) => context.json({ error: error.message }, statusOf(error)));
  return app;
};

const listen = (app: Hono, port: number): Promise<{ readonly server: ServerType; readonly port: number }> =>
  new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port }, (info) =>
      resolve({ server, port: info.port }),
    );
    server.once('error', reject);
  });

/** Every route of the control API, for the server and for tests that run the examples. */
export const controlRoutes = (options: Omit<ControlOptions, 'port'>): readonly ControlRoute[] => [
  ...watchRoutes(options),
  ...tenantRoutes(options.entra),
  ...accountRoutes(options.world, options.aws),
  ...shellRoutes(options.world, options.aws),
  ...faultRoutes(options.aws, options.entra),
];

export const startControl = async (options: ControlOptions): Promise<Control> => {
  const { server, port } = await listen(makeApp(controlRoutes(options)), options.port);
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
};
