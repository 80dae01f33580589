import type { Session } from '../../core/device/session.ts';
import { type KeyId, parseKeyId } from '../../core/names.ts';
import { copyKeys } from '../../core/transfer/copy-keys.ts';
import { importKeys } from '../../core/transfer/import.ts';
import { readMethodSide } from '../../core/transfer/method-side.ts';
import type { TransferReport } from '../../core/transfer/report.ts';
import { chooseScope, loadManifest, type Scope } from '../manifest.ts';
import { announceMethod, MERGE_OPTIONS, mergeChoice } from '../method.ts';
import { SCOPE_OPTIONS, usageProblem } from '../options.ts';
import type { Run } from '../run.ts';
import { deviceBackupsFolder, withSessions } from '../sessions.ts';
import { tellTransfer } from '../transfer-report.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: [
    'Copies one key to another device of the same domain, sealed, and reads it back there. Nothing else on the device is touched. If the key is there already, its tags, label and certificate are brought in line; another key of the same id is a conflict, and both stay.',
    'Before the first change to a device and release a whole backup of it is taken into the state folder.',
    'What sealed keys can not do (another Domain Key, an older release, another id or namespace) goes by import, if the manifest says "transfer: import" for the namespace: the private key is then in plaintext in the memory of this computer for a moment. Which way is taken is said before it happens.',
  ],
  positionals: [{ name: 'MANIFEST', help: 'The manifest that names both devices.' }],
  options: {
    ...SCOPE_OPTIONS,
    key: { value: 'K', help: 'The key.', required: true },
    from: { value: 'D', help: 'The device that has it.', required: true },
    to: { value: 'D', help: 'The device that is to have it too.', required: true },
    as: { value: 'K', help: 'Under another id; by import only.' },
    into: { value: 'N', help: 'Into another namespace of the manifest; by import only.' },
    ...MERGE_OPTIONS,
  },
  examples: [
    ['copy-key site.nethsm.yaml --namespace payments --key card-7 --from oslo --to bergen', 'one key'],
    ['copy-key site.nethsm.yaml --root --key tls --from oslo --to rome --as tls-oslo', 'under another id, by import'],
  ],
  async run(run, values, [file = '']) {
    const key = parseKeyId(values.key, '--key');
    if (values.from === values.to) throw usageProblem('copy-key', '--from and --to name the same device');
    const merge = mergeChoice('copy-key', values);
    const loaded = await loadManifest(run, file);
    const scope = chooseScope(loaded, values);
    const as = {
      ...(values.as !== undefined && { id: parseKeyId(values.as, '--as') }),
      ...(values.into !== undefined && {
        namespace: chooseScope(loaded, { namespace: values.into, root: false }).namespace,
      }),
    };
    return withSessions(run, loaded, [values.from, values.to], async (from, to) => {
      const report = await copyOne(run, { from, to, scope, key, as, ...merge });
      return tellTransfer(run, report, { key, from: from.name, to: to.name });
    });
  },
});

interface Copy {
  from: Session;
  to: Session;
  scope: Scope;
  key: KeyId;
  as: NonNullable<Parameters<typeof importKeys>[0]['as']>;
  merge?: { acceptTotalLoss: boolean };
}

async function copyOne(run: Run, { from, to, scope, key, as, merge }: Copy): Promise<TransferReport> {
  const { namespace, entry } = scope;
  const transfer = entry.transfer ?? 'sealed';
  const renamed = Object.keys(as).length > 0;
  const options = { ...run.work, deviceBackups: deviceBackupsFolder(run) };
  const request = { from, to, namespace, ids: [key] };
  // The usual way needs no choice, and a choice costs both devices a pass over their stores.
  if (transfer === 'sealed' && !renamed && merge === undefined) return copyKeys(request, options);
  const method = announceMethod(run, {
    from: { ...(await readMethodSide(from, run.work)), kind: 'device' },
    to: await readMethodSide(to, run.work),
    transfer,
    renamed,
    merge: merge !== undefined,
    acceptTotalLoss: merge?.acceptTotalLoss === true,
  });
  if (method === 'import') return importKeys({ ...request, as, allowed: transfer === 'import' }, run.work);
  return copyKeys({ ...request, ...(method === 'merge' && merge !== undefined && { merge }) }, options);
}
