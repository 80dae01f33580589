import { empty, refuse } from '../answer.ts';
import { punish, refuseIfPunished } from '../auth.ts';
import { type Call, readObject, textField } from '../call.ts';
import { lock, provision, unlock } from '../life.ts';
import { readPassphrase } from '../passphrases.ts';
import { ADMINISTRATOR, OPERATIONAL, type Route } from '../route.ts';
import { readTimestamp } from '../time.ts';

const PROVISION = 'Json.provision_req';

async function runProvision(call: Call) {
  const body = await readObject(call, PROVISION);
  const unlockPassphrase = readPassphrase(body, 'unlockPassphrase', 'unlockPassphrase', PROVISION);
  const adminPassphrase = readPassphrase(body, 'adminPassphrase', 'adminPassphrase', PROVISION);
  const systemTime = readTimestamp(textField(body, 'systemTime', PROVISION));
  await provision(call.node, { unlockPassphrase, adminPassphrase, systemTime });
  return empty(204);
}

async function runUnlock(call: Call) {
  const body = await readObject(call, 'Json.passphrase_req');
  const passphrase = textField(body, 'passphrase', 'Json.passphrase_req');
  refuseIfPunished(call.node, 'unlock', call.address);
  const result = await unlock(call.node, passphrase);
  if (result === 'wrong') {
    punish(call.node, 'unlock', call.address);
    return refuse(403, 'not authenticated');
  }
  if (result === 'broken') refuse(500, 'Could not connect to database. Check logs.');
  return empty(204);
}

export const LIFE: readonly Route[] = [
  { path: /^\/provision$/, states: ['Unprovisioned'], methods: { POST: { run: runProvision } } },
  { path: /^\/unlock$/, states: ['Locked'], methods: { POST: { run: runUnlock } } },
  {
    path: /^\/lock$/,
    states: OPERATIONAL,
    methods: {
      POST: {
        roles: ADMINISTRATOR,
        rootOnly: true,
        run: ({ node }) => {
          lock(node);
          return empty(204);
        },
      },
    },
  },
];
