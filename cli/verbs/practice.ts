import { join } from 'node:path';
import { RELEASES, type ReleaseName } from '../../practice/index.ts';
import { SHARED_NAMESPACE } from '../../practice/playground/layout.ts';
import { openPlayground, type Playground } from '../../practice/playground/open.ts';
import { EXIT } from '../exit.ts';
import { usageProblem } from '../options.ts';
import { furnish, playgroundFolder } from '../playground/open.ts';
import type { Run } from '../run.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: [
    'Starts practice devices on this machine: NetHSMs in this process, with the real sealed store and the real restore behaviour, but with nothing that protects a key. Writes a manifest for them with all secrets, and keeps them up until Ctrl-C.',
    'The first device is the primary of the namespace payments and holds three keys, a keeper (payments~keeper) and an application (payments~app); the others share its Domain Key. Passphrases lie in the folder secrets beside the manifest. Nothing of it is kept when they stop, but the folder.',
  ],
  positionals: [],
  options: {
    devices: { value: 'A,B', help: 'Names of the devices. Default: oslo,bergen.' },
    keys: { value: 'N', help: 'So many more keys in payments on the first device.' },
    nodes: { value: 'N', help: 'So many nodes a device, on one store. Default: 1.' },
    release: { value: 'R', help: `What the devices are: ${Object.keys(RELEASES).join(', ')}. Default: 5.0.` },
    https: { help: 'HTTPS with self-signed certificates, pinned in the manifest.' },
    fresh: { help: 'Leave the devices as they are after provisioning: no pair, no namespace, no key.' },
    folder: { value: 'DIR', help: 'Folder for manifest, secrets and state. Default: a new temporary one.' },
  },
  examples: [
    ['practice', 'oslo and bergen, paired'],
    ['practice --devices a,b,c --https --keys 1000', 'three devices over HTTPS, and some keys to copy'],
    ['practice --fresh', 'two devices that do not share a Domain Key yet: try pair'],
  ],
  stopNote: 'Stopping the practice devices.',
  async run(run, values) {
    const names = (values.devices ?? 'oslo,bergen').split(',').map((name) => name.trim());
    if (names.some((name) => !/^[a-z][a-z0-9-]*$/.test(name)) || new Set(names).size < names.length) {
      throw usageProblem('practice', '--devices is no list of different names, like oslo,bergen');
    }
    const keys = wholeNumber('keys', values.keys ?? '0');
    const nodes = wholeNumber('nodes', values.nodes ?? '1');
    if (keys > 0 && values.fresh) throw usageProblem('practice', '--keys and --fresh exclude each other');
    const kind = { nodes: Math.max(1, nodes), release: releaseOf(values.release ?? '5.0'), tls: values.https };
    const playground = await openPlayground(names, kind, await playgroundFolder(run.around.cwd, values.folder));
    try {
      await furnish(run, playground, { paired: !values.fresh });
      const [first] = playground.devices;
      if (first !== undefined && keys > 0) await first.seedKeys(SHARED_NAMESPACE, keys);
      tell(run, playground, values.fresh);
      await stopped(run.signal);
      return EXIT.done;
    } finally {
      await playground.close();
    }
  },
});

function wholeNumber(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw usageProblem('practice', `--${option} is no whole number`);
}

function releaseOf(text: string): ReleaseName {
  if (Object.hasOwn(RELEASES, text)) return text as ReleaseName;
  throw usageProblem('practice', `--release is none of ${Object.keys(RELEASES).join(', ')}`);
}

function tell(run: Run, playground: Playground, fresh: boolean): void {
  const { style } = run;
  const [first, second] = playground.places;
  run.say(
    style.bold('Practice devices are up:'),
    ...playground.places.flatMap(({ name, nodes }) =>
      nodes.map(({ url, pin }) => `  ${name.padEnd(10)} ${url}${pin === undefined ? '' : `  ${pin}`}`),
    ),
    '',
    `${style.bold('Manifest:')} ${playground.manifest}`,
    ...suggestions(
      playground,
      fresh && second !== undefined ? `pair M --from ${first?.name} --to ${second.name}` : undefined,
    ),
    '',
    'Ctrl-C stops them; then all they held is gone.',
  );
  const devices = Object.fromEntries(playground.places.map(({ name, nodes }) => [name, { ...nodes[0], nodes }]));
  run.answer({ devices, manifest: playground.manifest, state: join(playground.folder, 'state') });
}

/** Commands to try, ready to paste; `M` stands for the manifest. */
export function suggestions({ manifest, folder, places }: Playground, first?: string): string[] {
  const [one, other] = places.map(({ name }) => name);
  const scope = `--namespace ${SHARED_NAMESPACE}`;
  const between = [
    `diff M ${scope}`,
    `plan M ${scope}`,
    `sync M ${scope}`,
    'status M',
    `promote M ${scope} --device ${other}`,
    `copy-key M ${scope} --key card-1 --from ${one} --to ${other}`,
  ];
  const lines =
    first === undefined
      ? [`inventory M ${scope}`, ...(other === undefined ? [] : between), 'doctor M']
      : [first, 'doctor M'];
  return [
    '',
    'Try, in another terminal:',
    `  M=${manifest}; S=${join(folder, 'state')}`,
    `  export NETHSM_BACKUP_PASSPHRASE=$(cat ${join(folder, 'secrets', 'backup-passphrase')})   # of sealed archives`,
    ...lines.map((line) => `  nethsm-replication ${line.replace(' M', ' $M')} --state $S`),
  ];
}

const stopped = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
