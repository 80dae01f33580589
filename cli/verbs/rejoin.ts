import type { Policy } from '../../core/replication/policy.ts';
import { rejoin } from '../../core/replication/promote/rejoin.ts';
import { chooseScope, loadManifest } from '../manifest.ts';
import { SCOPE_OPTIONS } from '../options.ts';
import { tellPromotion } from '../replication/tell.ts';
import { withReplication } from '../replication.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: [
    'Brings a device back as a replica that was primary before. It is locked first. What it made or changed alone goes to the new primary where ids do not clash; what clashes stays on both and waits for conflicts --resolve; nothing is deleted on either side. Last it learns who is primary now.',
    'Exit code 5 when there are clashes. It may be run again.',
  ],
  positionals: [{ name: 'MANIFEST', help: 'The manifest.' }],
  options: { ...SCOPE_OPTIONS, device: { value: 'D', help: 'The device that returns.', required: true } },
  examples: [['rejoin site.nethsm.yaml --namespace payments --device oslo', 'oslo is back']],
  async run(run, values, [file = '']) {
    const loaded = await loadManifest(run, file);
    const { namespace } = chooseScope(loaded, values);
    return withReplication(run, loaded, [namespace], async (ctx, [policy]) =>
      tellPromotion(run, await rejoin(ctx, policy as Policy, values.device)),
    );
  },
});
