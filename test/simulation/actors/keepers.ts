/** Keepers and applications at both sites: they do what they like, when they like, and know nothing of replication. */
import type { Credential } from '../../../core/device/node.ts';
import type { DeviceName, Site } from '../devices.ts';
import { keysIn, peopleIn } from '../judge/content.ts';
import type { Answered } from '../network/call-node.ts';
import { keeper, NAMESPACE, operator, SECOND_KEEPER } from '../people.ts';
import type { Story } from '../story.ts';
import { hit, note, world } from '../world/world.ts';

/** What a keeper may do, and how often. */
const DEEDS = {
  make: 10,
  generate: 3,
  secret: 2,
  tag: 4,
  untag: 2,
  label: 3,
  unlabel: 1,
  certify: 3,
  uncertify: 1,
  delete: 4,
  purge: 2,
  remake: 2,
  move: 2,
  use: 5,
  person: 2,
} as const;

type Deed = keyof typeof DEEDS;

/** Ids are few, so that people get in each other's way; a spiteful one takes an id that the other site has alone. */
function idFor(story: Story, site: DeviceName, missing: readonly string[]): string {
  const { actors } = world().chance;
  if (story.spite && missing.length > 0 && actors.chance(0.6)) return actors.pick(missing);
  if (actors.chance(0.05)) return `scratch-${actors.below(3)}`;
  if (story.kind === 'owned') return `${site}-${actors.below(story.ids)}`;
  return `k${actors.below(story.ids)}`;
}

const TAGS = ['red', 'blue'] as const;

/** One deed of somebody at a site; it may be refused, as by a locked replica. */
export function act(story: Story, site: Site, other: Site): undefined {
  const { actors } = world().chance;
  const deed = actors.weighted(DEEDS);
  const who = actors.pick([keeper, SECOND_KEEPER]);
  const node = actors.below(site.nodes.length);
  const ask = (
    method: string,
    path: string,
    body?: Record<string, unknown> | Buffer,
    as: Credential = who,
  ): undefined => {
    note(`  ${as.user} at ${site.name}: ${method} ${path}`);
    site
      .ask(method, path, as, body, {}, node, as === who ? 'keeper' : 'application')
      .then((answered) => tell(deed, answered));
  };
  const there = [...keysIn(site.machine.store, site.beginning.domainKey).values()].filter(({ standIn }) => !standIn);
  const key = there.length === 0 ? undefined : actors.pick(there).id;
  const missing = [...keysIn(other.machine.store, other.beginning.domainKey).keys()].filter(
    (id) => !there.some((each) => each.id === id),
  );
  if (deed === 'purge') {
    for (const { id } of there.slice(0, 1 + actors.below(there.length))) ask('DELETE', `/keys/${id}`);
    return;
  }
  doDeed(site, deed, key, idFor(story, site.name, missing), ask);
}

/** A keeper makes some keys at once: one who finds the namespace empty, say. */
export function makeSome(story: Story, site: Site, count = 2): void {
  const { actors } = world().chance;
  for (let i = 0; i < count; i++) {
    const body = { ...ED, private: { data: actors.bytes(32).toString('base64') } };
    site
      .ask('PUT', `/keys/${idFor(story, site.name, [])}`, keeper, body, {}, 0, 'keeper')
      .then((answered) => tell('make', answered));
  }
}

function tell(deed: Deed, { status }: Answered): undefined {
  if (status >= 200 && status < 300) hit(`deed: ${deed}`);
  else if (status === 401 || status === 403 || status === 429) hit('deed refused');
}

type AskNow = (method: string, path: string, body?: Record<string, unknown> | Buffer, as?: Credential) => undefined;

const ED = { mechanisms: ['EdDSA_Signature'], type: 'Curve25519' };
const GENERIC = { mechanisms: ['AES_Encryption_CBC', 'AES_Decryption_CBC'], type: 'Generic' };

function doDeed(site: Site, deed: Deed, key: string | undefined, fresh: string, ask: AskNow): undefined {
  const { actors } = world().chance;
  const secret = (): Record<string, string> => ({ data: actors.bytes(32).toString('base64') });
  if (deed === 'make') return ask('PUT', `/keys/${fresh}`, { ...ED, private: secret() });
  if (deed === 'generate') return ask('POST', '/keys/generate', { ...ED, id: fresh });
  if (deed === 'secret') return ask('PUT', `/keys/${fresh}`, { ...GENERIC, private: secret() });
  if (deed === 'person') return person(site, ask);
  if (key === undefined) return;
  const tag = actors.pick(TAGS);
  if (deed === 'tag') return ask('PUT', `/keys/${key}/restrictions/tags/${tag}`);
  if (deed === 'untag') return ask('DELETE', `/keys/${key}/restrictions/tags/${tag}`);
  if (deed === 'label') return ask('PUT', `/keys/${key}/label`, { label: `l${actors.below(9)}` });
  if (deed === 'unlabel') return ask('DELETE', `/keys/${key}/label`);
  if (deed === 'certify') return ask('PUT', `/keys/${key}/cert`, actors.bytes(20));
  if (deed === 'uncertify') return ask('DELETE', `/keys/${key}/cert`);
  if (deed === 'delete') return ask('DELETE', `/keys/${key}`);
  if (deed === 'remake') {
    ask('DELETE', `/keys/${key}`);
    return ask('PUT', `/keys/${key}`, { ...ED, private: secret() });
  }
  if (deed === 'move') return ask('POST', `/keys/${key}/move`, { newId: fresh });
  const message = Buffer.alloc(16, 7).toString('base64');
  ask('POST', `/keys/${key}/sign`, { mode: 'EdDSA', message }, operator('app'));
}

/** Operators come, go and change their passphrases. */
function person(site: Site, ask: AskNow): undefined {
  const { actors } = world().chance;
  const name = `${NAMESPACE}~${actors.pick(['app', 'batch', 'temp'])}`;
  const passphrase = `appPassphrase${1 + actors.below(2)}`;
  const isThere = peopleIn(site.machine.store, site.beginning.domainKey).has(name.split('~')[1] as string);
  if (!isThere) return ask('PUT', `/users/${name}`, { realName: 'App', role: 'Operator', passphrase });
  const what = actors.below(4);
  if (what === 0) return ask('DELETE', `/users/${name}`);
  if (what === 1) return ask('POST', `/users/${name}/passphrase`, { passphrase });
  ask(what === 2 ? 'PUT' : 'DELETE', `/users/${name}/tags/${actors.pick(TAGS)}`);
}
