import { resolve } from 'node:path';
import type { Policy } from '../../core/replication/policy.ts';
import { breakGlass } from '../../core/replication/promote/break-glass.ts';
import { chooseScope, loadManifest } from '../manifest.ts';
import { SCOPE_OPTIONS } from '../options.ts';
import { tellPromotion } from '../replication/tell.ts';
import { withReplication } from '../replication.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: [
    'Brings the keepers (N-Administrators) of a namespace back onto a device from a sealed archive, whoever is primary, with the passphrases that they had. For the night in which promote can not be used. Needs the R-Administrator, and the passphrase of the archive.',
    'Who is primary does not change. On a replica the next sync raises an alarm and locks it again.',
  ],
  positionals: [{ name: 'MANIFEST', help: 'The manifest.' }],
  options: {
    ...SCOPE_OPTIONS,
    device: { value: 'D', help: 'The device that the keepers come back to.', required: true },
    from: { value: 'F', help: 'The archive. Default: the newest at the two places where keepers are kept.' },
  },
  examples: [
    ['break-glass site.nethsm.yaml --namespace payments --device bergen', 'keepers can write on bergen again'],
  ],
  async run(run, values, [file = '']) {
    const loaded = await loadManifest(run, file);
    const { namespace } = chooseScope(loaded, values);
    const archive = values.from === undefined ? undefined : resolve(run.around.cwd, values.from);
    return withReplication(run, loaded, [namespace], async (ctx, [policy]) =>
      tellPromotion(run, await breakGlass(ctx, policy as Policy, values.device, archive)),
    );
  },
});
