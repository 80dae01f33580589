/** The second half of the demonstration: roles that hold, a planned change of them, a lost primary and its return. */
import { MANIFEST_NAME, SHARED_NAMESPACE } from '../../practice/playground/layout.ts';
import type { Playground } from '../../practice/playground/open.ts';
import { keysOf, makesKey } from './outside.ts';
import type { Story } from './story.ts';

const SCOPE = `${MANIFEST_NAME} --namespace ${SHARED_NAMESPACE}`;

/** Tells it on devices whose namespace is in sync. `signs` says whether the application can sign with a key on a device. */
export async function tellOfRoles(
  { chapter, tell, show, prove, command }: Story,
  { devices, places, secrets }: Playground,
  signs: (key: string, device: 'oslo' | 'bergen') => Promise<boolean>,
): Promise<void> {
  const at = (device: string): string => places.find(({ name }) => name === device)?.nodes[0]?.url ?? '';
  /** What the person who keeps the namespace gets when a key is to be made: 201, or 401 where the keeper is none. */
  const keeperMakes = (key: string, device: string): Promise<number> =>
    makesKey(at(device), SHARED_NAMESPACE, secrets.keeper, key);
  const holds = async (device: string, key: string): Promise<boolean> =>
    (await keysOf(at(device), SHARED_NAMESPACE, secrets.replicator)).includes(key);
  const lose = (device: string): void => {
    for (const node of devices[places.findIndex(({ name }) => name === device)]?.nodes ?? [])
      node.inject({ kind: 'cut-before', times: Number.POSITIVE_INFINITY });
  };
  const find = (device: string): void => {
    for (const node of devices[places.findIndex(({ name }) => name === device)]?.nodes ?? []) node.clearFaults();
  };

  chapter('From copies to roles: oslo leads, bergen follows and can be changed by nobody else');
  tell('The passphrase of sealed archives: before its keepers are removed, they are archived at two places.');
  show('', '   export NETHSM_BACKUP_PASSPHRASE=$(cat secrets/backup-passphrase)');
  await command(`sync ${SCOPE}`);
  prove((await keeperMakes('card-6', 'oslo')) === 201, 'the keeper makes card-6 on oslo');
  prove((await keeperMakes('card-7', 'bergen')) === 401, 'the keeper is refused on bergen, the replica');
  prove(await signs('card-5', 'bergen'), 'the application still signs on bergen');
  await command(`sync ${SCOPE}`);
  prove(await holds('bergen', 'card-6'), 'card-6 is on bergen');

  chapter('Switchover: maintenance at oslo, bergen takes over, nothing is lost');
  await command(`promote ${SCOPE} --device bergen`);
  prove((await keeperMakes('night-2', 'bergen')) === 201, 'the keeper makes night-2 on bergen');
  prove((await keeperMakes('night-3', 'oslo')) === 401, 'the keeper is refused on oslo, the replica now');
  await command(`sync ${SCOPE}`);
  prove(await holds('oslo', 'night-2'), 'night-2 is on oslo');

  chapter('Failover: bergen is lost, just after it made a key that nobody else has');
  prove(
    (await keeperMakes('night-4', 'bergen')) === 201,
    'the keeper makes night-4 on bergen, then the site is cut off',
  );
  lose('bergen');
  await command(`promote ${SCOPE} --device oslo --failover`);
  prove((await keeperMakes('card-8', 'oslo')) === 201, 'the keeper works on oslo again');

  chapter('bergen is back');
  find('bergen');
  tell('Its record is older, so nothing is copied from it or onto it until it is re-joined.');
  await command(`sync ${SCOPE}`, 4);
  await command(`rejoin ${SCOPE} --device bergen`);
  prove(await holds('oslo', 'night-4'), 'night-4, made by bergen alone, is on oslo');
  prove((await keeperMakes('night-5', 'bergen')) === 401, 'the keeper is refused on bergen, a replica again');
  await command(`sync ${SCOPE}`);
  await command(`diff ${SCOPE}`);
  prove(await signs('night-4', 'oslo'), 'the application signs with night-4 on oslo');
}
