import type { Scenario } from '../run.ts';

/** A newcomer opens the workspace and looks around. */
export const looking: Scenario = {
  name: 'looking',
  steps: [
    [
      'the views show the manifest',
      async ({ open, showViews, node, shot }) => {
        await open();
        await showViews();
        await node(/payments/).waitFor();
        await shot('views');
      },
    ],
  ],
};
