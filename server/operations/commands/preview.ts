import { createHash } from 'node:crypto';
import { asProblem } from '../../../core/as-problem.ts';
import type { WorkOptions } from '../../../core/progress.ts';
import { asErrand } from '../engine/asking.ts';
import type { Engine } from '../engine/engine.ts';
import { untrustedWorkspace } from '../engine/sessions.ts';
import { problemData } from '../look/problem-data.ts';
import type { Preview, PreviewParams } from '../protocol.ts';
import type { Effect } from './effects/effect.ts';
import { ofBreakGlass, ofFailover, ofRejoin, ofResolve, ofSwitchover, ofSync } from './effects/replication.ts';
import { ofCopy, ofPair, ofRestore } from './effects/transfers.ts';

/** What a command would change and what may be lost; a Problem that stands in its way is in it. */
export async function preview(engine: Engine, params: PreviewParams, options: WorkOptions): Promise<Preview> {
  try {
    if (!engine.options.trusted) throw untrustedWorkspace();
    const { signal } = options;
    const errand = { ask: true, reason: 'to see what it would change', ...(signal && { signal }) };
    const effect = await asErrand(errand, () => effectOf(engine, params, options));
    const { changes, losses } = effect;
    const premise = createHash('sha256')
      .update(JSON.stringify([changes, losses]))
      .digest('hex')
      .slice(0, 32);
    return { mustAccept: false, hasPlan: false, ...effect, premise };
  } catch (error) {
    const problem = asProblem(error);
    if (problem.kind === 'cancelled') throw problem;
    return { changes: [], losses: [], mustAccept: false, hasPlan: false, premise: '', problem: problemData(problem) };
  }
}

function effectOf(engine: Engine, { command, params }: PreviewParams, options: WorkOptions): Promise<Effect> {
  switch (command) {
    case 'synchronise':
      return ofSync(engine, params, options);
    case 'resolve':
      return ofResolve(params);
    case 'copyKeys':
      return ofCopy(engine, params, options);
    case 'restoreNamespace':
      return ofRestore(engine, params, options);
    case 'restoreKey':
      return ofRestore(engine, { ...params, users: false }, options);
    case 'pair':
      return ofPair(engine, params, options);
    case 'switchover':
      return ofSwitchover(engine, params, options);
    case 'failover':
      return ofFailover(engine, params, options);
    case 'rejoin':
      return ofRejoin(engine, params, options);
    case 'breakGlass':
      return ofBreakGlass(params);
  }
}
