/** Keepers at three sites: they do what they like and know nothing of replication. */
import type { Policy } from '../../core/replication/policy.ts';
import { KEY_FOLDER } from '../simulation/judge/content.ts';
import { keeper, NAMESPACE } from '../simulation/people.ts';
import type { Random } from '../simulation/world/random.ts';
import { note } from '../simulation/world/world.ts';
import { app } from '../support/sites.ts';
import { during, type Site } from './devices.ts';
import { keysOn } from './laws.ts';
import type { Story } from './story.ts';

const DEEDS = {
  make: 6,
  remake: 3,
  delete: 7,
  takeBack: 4,
  label: 3,
  tag: 1,
  use: 1,
  move: 1,
  secret: 0.5,
  purge: 1,
  /** To the store, and to no key. */
  write: 1,
} as const;

export type Deed = keyof typeof DEEDS;

/** What keepers have at home of each id: what they last imported, and what they last deleted, sealed as in an archive. */
export type Vault = Map<string, { body?: Record<string, unknown>; sealed?: Buffer }>;

const ED = { mechanisms: ['EdDSA_Signature'], type: 'Curve25519' };
const SECRET = { mechanisms: ['AES_Encryption_CBC', 'AES_Decryption_CBC'], type: 'Generic' };

/** Few, so that sites get in each other's way. */
function idFor({ kind }: Story, { name }: Site, chance: Random): string {
  if (chance.chance(0.03)) return 'scratch-1';
  return kind === 'owned' && chance.chance(0.9) ? `${name}-${chance.below(4)}` : `k${chance.below(6)}`;
}

/** One deed at a site; a locked replica refuses it. */
export async function act(
  { story, chance, vault }: { story: Story; chance: Random; vault: Vault },
  site: Site,
  deed: Deed = chance.weighted(DEEDS),
): Promise<void> {
  const held = keysOn(site);
  const there = [...held.keys()];
  const key = there.length === 0 ? undefined : chance.pick(there);
  const ask = async (method: string, path: string, body?: Record<string, unknown>, as = keeper): Promise<void> => {
    note(`  ${site.name}: ${method} ${path}`);
    await during(site.ask(method, path, as, body, {}, 0, as === keeper ? 'keeper' : 'application'));
  };
  // Of few, so that a key comes back that was deleted before.
  const fresh = () => ({ data: Buffer.alloc(32, 1 + chance.below(chance.chance(0.3) ? 4 : 250)).toString('base64') });
  const put = (id: string, body: Record<string, unknown>): Promise<void> => {
    vault.set(id, { ...vault.get(id), body });
    return ask('PUT', `/keys/${id}`, body);
  };
  const remove = (id: string): Promise<void> => {
    const known = { ...vault.get(id), sealed: held.get(id)?.sealed as Buffer };
    // The last deleted at the end.
    vault.delete(id);
    vault.set(id, known);
    return ask('DELETE', `/keys/${id}`);
  };
  const make = (id: string, as = ED): Promise<void> => put(id, { ...as, private: fresh() });
  if (deed === 'make' && story.kind === 'drawn') return ask('POST', '/keys/generate', ED);
  if (deed === 'make') return make(idFor(story, site, chance));
  if (deed === 'secret') return make(idFor(story, site, chance), SECRET);
  if (deed === 'write') return ask('PUT', `/users/${NAMESPACE}~app/tags/w${chance.below(1_000)}`);
  if (deed === 'takeBack') {
    const missing = [...vault].filter(([id]) => !there.includes(id));
    const [id, known] = chance.chance(0.3) && missing.length > 0 ? chance.pick(missing) : (missing.at(-1) ?? []);
    if (id === undefined) return;
    const { body, sealed } = known ?? {};
    if (sealed === undefined || story.kind === 'one-way' || (body !== undefined && chance.chance(0.4)))
      return body && put(id, body);
    note(`  ${site.name}: ${id} comes out of an archive`);
    site.machine.store.set(`${KEY_FOLDER}${id}`, sealed);
    return;
  }
  if (key === undefined) return;
  if (deed === 'delete') return remove(key);
  if (deed === 'purge') {
    for (const id of there.slice(0, 1 + chance.below(3))) await remove(id);
    return;
  }
  if (deed === 'remake') {
    await remove(key);
    return make(key);
  }
  if (deed === 'label') return ask('PUT', `/keys/${key}/label`, { label: `l${chance.below(5)}` });
  if (deed === 'tag') return ask('PUT', `/keys/${key}/restrictions/tags/t${chance.below(2)}`);
  if (deed === 'move') return ask('POST', `/keys/${key}/move`, { newId: idFor(story, site, chance) });
  const message = Buffer.alloc(16, 7).toString('base64');
  return ask('POST', `/keys/${key}/sign`, { mode: 'EdDSA', message }, app(NAMESPACE));
}

/** Where a keeper works: in a calm story of one primary there alone. */
export function placeOfWork(story: Story, { sites }: Policy, all: readonly Site[], chance: Random): Site {
  const isHome = sites.kind === 'one-way' && (story.calm || chance.chance(0.7));
  return all.find(({ name }) => isHome && name === sites.primary) ?? chance.pick(all);
}
