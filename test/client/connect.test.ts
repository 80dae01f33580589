/** The command Connect, in an editor that is none. */
import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import { test } from 'node:test';
import { createFacts } from '../../client/state/facts.ts';
import { createRefresher } from '../../client/state/refresher.ts';

const EDITOR = `data:text/javascript,${encodeURIComponent(`
  export class Uri {}
  export const l10n = { t: (text) => text }, workspace = {}, commands = {};
  export class EventEmitter {}
  export const window = { withProgress: (_where, work) => work() };
`)}`;

test('connecting to the devices of one manifest asks for no other', async () => {
  registerHooks({
    resolve: (name, context, next) =>
      name === 'vscode' ? { url: EDITOR, format: 'module', shortCircuit: true } : next(name, context),
  });
  const { connect } = await import('../../client/commands/connect.ts');
  const asked: { manifest?: string; ask?: boolean; askFor?: string }[] = [];
  const ask = async (_method: string, params: object) => {
    asked.push(params);
    return { manifests: [{ manifest: 'a' }, { manifest: 'b' }] } as never;
  };
  const facts = createFacts(ask, assert.fail as never);
  const refresher = createRefresher(facts, { interval: () => 0, quiet: 0 });
  for (const manifest of ['a', 'b']) await facts.read('nethsm/devices', { manifest });
  await connect({ engine: { ask }, facts, refresher } as never, { target: { manifest: 'a' } });
  const asking = asked.filter(({ ask }) => ask);
  assert.deepEqual(
    asking.map(({ manifest, askFor }) => manifest ?? askFor),
    ['a', 'a', 'a'],
  );
});
