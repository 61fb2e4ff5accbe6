// Middleware around each attempt at one request: within the retries, and before the signature.

/** A command of the SDK. */
export interface Command {
  readonly middlewareStack: unknown;
}

export type Next = (args: object) => Promise<unknown>;

/** The stacks of all clients are the same but for the types of their operations. */
interface Stack {
  addRelativeTo(
    middleware: (next: Next) => Next,
    where: { readonly relation: 'before'; readonly toMiddleware: string; readonly name: string },
  ): void;
}

/** `name` is unique in a command. */
export const aroundAttempts = (command: Command, name: string, middleware: (next: Next) => Next): void => {
  const where = { relation: 'before', toMiddleware: 'httpSigningMiddleware', name } as const;
  (command.middlewareStack as Stack).addRelativeTo(middleware, where);
};
