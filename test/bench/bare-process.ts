// The yardstick: the official SDK reads the pages that a sweep needs, side by side as a sweep does, and nothing is done
// with them.

import { GetAccountAuthorizationDetailsCommand, IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { rolePath } from '../../src/domain/role.ts';
import { measured } from './measured.ts';
import { answerPeer } from './messages.ts';

// Endpoint, region and credentials come from the environment.
const client = new IAMClient({});

interface Page {
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
}

const readAll = async (read: (marker: string | undefined) => Promise<Page>): Promise<void> => {
  let page = await read(undefined);
  while (page.IsTruncated === true) page = await read(page.Marker);
};

const readAccount = async (): Promise<void> => {
  await Promise.all([
    readAll((Marker) =>
      client.send(new GetAccountAuthorizationDetailsCommand({ Filter: ['Role'], MaxItems: 1_000, Marker })),
    ),
    readAll((Marker) => client.send(new ListRolesCommand({ PathPrefix: rolePath, MaxItems: 1_000, Marker }))),
  ]);
};

answerPeer(async () => await measured(readAccount));
