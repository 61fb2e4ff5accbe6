// Connections to AWS, shared by the clients of all accounts: a request is signed by itself, so it is no matter on which
// connection it goes. Each account with sockets of its own would hold a thousand open for two hundred accounts.

import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

/**
 * To one host. An account has some five requests under way, so that a few dozen accounts can be swept at once; the others wait
 * for a connection, as they would for a CPU.
 */
const maxSockets = 192;
/** Kept open while nothing is asked. */
const maxFreeSockets = 16;

export interface Sockets {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
  /** Requests that are under way break off. */
  readonly close: () => void;
}

/** Opened when they are needed. They are their opener's: a client that is destroyed would close them for all others. */
export const sharedSockets = (): Sockets => {
  const options = { keepAlive: true, maxSockets, maxFreeSockets };
  const [http, https] = [new HttpAgent(options), new HttpsAgent(options)];
  return {
    http,
    https,
    close: () => {
      http.destroy();
      https.destroy();
    },
  };
};
