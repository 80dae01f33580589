/** The demonstration, `npm run demo`: two practice devices at two sites, and the verbs at work between them. */
import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { generateKey } from '../core/device/keys.ts';
import type { Session } from '../core/device/session.ts';
import { addKeys, addNamespace, addUsers, operator, replicator } from '../practice/playground/furnish.ts';
import { MANIFEST_NAME, SHARED_NAMESPACE } from '../practice/playground/layout.ts';
import { openPlayground, type Playground } from '../practice/playground/open.ts';
import { compareSnapshots, sealedSnapshot, signAndVerify } from './demo/proof.ts';
import { tellOfRoles } from './demo/replication.ts';
import { makeStory, type Story } from './demo/story.ts';
import { playgroundFolder, withPlayground } from './playground/open.ts';
import { processSurroundings } from './terminal/streams.ts';
import { suggestions } from './verbs/practice.ts';

const stay = process.argv.includes('--stay');
const around = processSurroundings();
const stop = new AbortController();
around.onInterrupt(() => stop.abort());

const playground = await openPlayground(['oslo', 'bergen'], {}, await playgroundFolder(around.cwd, undefined));
process.chdir(playground.folder);
const { secrets } = playground;
const env = { ...around.env, NETHSM_BACKUP_PASSPHRASE: secrets['backup-passphrase'] };
const story = makeStory({ ...around, env, cwd: playground.folder }, join(playground.folder, 'state'), stop.signal);
/** Works on both devices as their sites would. */
const atSites = <T>(work: (oslo: Session, bergen: Session) => Promise<T>): Promise<T> =>
  withPlayground(story.run, playground, ([oslo, bergen]) => work(oslo as Session, bergen as Session));

async function tellOfCopies(
  { chapter, tell, show, prove, command, run }: Story,
  { places }: Playground,
): Promise<void> {
  const { style } = run;
  show(style.bold('NetHSM Replication: namespaces and keys, carried between two NetHSMs, sealed'));

  chapter('Two sites, two NetHSMs');
  tell('Practice devices on this machine: the real sealed store, the real restore behaviour, nothing of worth.');
  show(...places.map(({ name, nodes }) => `     ${name.padEnd(7)} ${nodes[0]?.url}`));
  tell('Each made a Domain Key of its own. What one device seals, the other can not open yet.');
  await atSites(async (oslo, bergen) => {
    await addUsers(oslo.node, secrets);
    await addUsers(bergen.node, secrets);
    await addNamespace(oslo.node, secrets);
    await addKeys(oslo.node, secrets, ['card-1', 'card-2']);
  });

  chapter('Pair them: bergen takes over the Domain Key of oslo, once');
  await command(`pair ${MANIFEST_NAME} --from oslo --to bergen`);

  chapter('Both sites go on working');
  tell(`oslo makes card-3, card-4 and card-5 in the namespace ${SHARED_NAMESPACE}.`);
  tell(
    `bergen makes night-1 in ${SHARED_NAMESPACE}, two keys in a namespace of its own (badges), and one key in root.`,
  );
  const before = await atSites(async (oslo, bergen) => {
    await addKeys(oslo.node, secrets, ['card-3', 'card-4', 'card-5']);
    await addKeys(bergen.node, secrets, ['night-1']);
    await addNamespace(bergen.node, secrets, 'badges');
    await addKeys(bergen.node, secrets, ['door-1', 'door-2'], 'badges');
    const facts = { id: 'bergen-tls', type: 'EC_P256', mechanisms: ['ECDSA_Signature'] };
    await generateKey(bergen.node, await bergen.administrator(), facts);
    return sealedSnapshot(bergen);
  });
  tell('Restoring a whole backup of oslo on bergen would now delete four keys and a namespace.');

  chapter('What is different?');
  await command(`diff ${MANIFEST_NAME} --namespace ${SHARED_NAMESPACE}`, 2);

  chapter('Carry the namespace: a sealed archive from oslo, restored on bergen');
  await command(`backup ${MANIFEST_NAME} --namespace ${SHARED_NAMESPACE} --out payments.nethsm-archive`);
  await command(
    `restore ${MANIFEST_NAME} --from payments.nethsm-archive --namespace ${SHARED_NAMESPACE} --device bergen`,
  );

  chapter('Carry one key the other way');
  await command(`copy-key ${MANIFEST_NAME} --namespace ${SHARED_NAMESPACE} --key night-1 --from bergen --to oslo`);
  await command(`diff ${MANIFEST_NAME} --namespace ${SHARED_NAMESPACE}`);

  chapter('Is it the same key? Sign at one site, verify with what the other says');
  prove(await signs('card-5', 'bergen'), 'card-5:  signed on bergen, verified with the public key from oslo');
  prove(await signs('night-1', 'oslo'), 'night-1: signed on oslo, verified with the public key from bergen');

  chapter('What was left untouched on bergen?');
  const { kept, before: all, added } = compareSnapshots(before, await atSites((_, bergen) => sealedSnapshot(bergen)));
  const untouched = `${kept} of ${all} sealed entries are byte for byte what they were: users, badges, root, night-1.`;
  prove(kept === all, untouched);
  tell('(A NetHSM seals a value afresh at every write, so equal bytes mean that nobody wrote it.)');
  show(`   New are only: ${added.map((path) => relative(`/key/.${SHARED_NAMESPACE}`, path)).join(', ')}.`);
}

/** Whether the application signs with a key on a device, verified with the public key that the other device tells. */
const signs = (key: string, device: 'oslo' | 'bergen'): Promise<boolean> =>
  atSites(async (oslo, bergen) => {
    const [signer, teller] = device === 'oslo' ? [oslo, bergen] : [bergen, oslo];
    const user = operator(SHARED_NAMESPACE, secrets);
    const owner = replicator(SHARED_NAMESPACE, secrets);
    return (await signAndVerify(key, { session: signer, user }, { session: teller, user: owner })).valid;
  });

function sumUp({ show, run }: Story): void {
  show(
    '',
    run.style.bold('In short'),
    '   Keys went both ways, each read back where it arrived; no key was removed or overwritten on either device.',
    '   No private key left a device other than sealed under the Domain Key that both devices have.',
    '   Nobody but us could change the replica; a key made in the last moment before the loss came back.',
  );
  if (!stay) show('', 'To play with the devices: npm run demo -- --stay');
}

async function keepUp({ show }: Story, place: Playground): Promise<void> {
  show('', `The devices stay up. Manifest: ${place.manifest}`, ...suggestions(place), '', 'Ctrl-C stops them.');
  await new Promise<void>((resolve) => {
    if (stop.signal.aborted) return resolve();
    stop.signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

try {
  await tellOfCopies(story, playground);
  await tellOfRoles(story, playground, signs);
  sumUp(story);
  if (stay) await keepUp(story, playground);
} finally {
  await playground.close();
  process.chdir(around.cwd);
  if (!stay) await rm(playground.folder, { recursive: true, force: true });
}
