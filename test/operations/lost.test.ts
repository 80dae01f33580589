import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Stage, startStage } from './stage.ts';

const MANY = 2_000;

let stage: Stage;
before(async () => {
  stage = await startStage();
  await stage.oslo.seedKeys('payments', MANY, 'many-');
});
after(() => stage.close());

const inPayments = () => ({ manifest: stage.uri, namespace: 'payments' });
const missing = () => ({ ...inPayments(), keys: 'missing' as const, from: 'oslo', to: 'bergen' });

/** Calls back once when the first keys of a copy are on the other device. */
async function whenSending(act: () => void): Promise<void> {
  const { editor } = stage;
  while (!editor.progress.some(({ phase }) => phase === 'copying to bergen')) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  act();
}

test('a cancel in the middle ends at a safe point, with what was done in figures', async () => {
  const { editor } = stage;
  const stop = new AbortController();
  const running = editor.run('copyKeys', missing(), stop.signal);
  await whenSending(() => stop.abort());
  const { ended, asked, done, verified, summary } = await running;
  assert.equal(ended, 'cancelled', summary);
  assert.ok(done > 0 && done < asked && verified === done, summary);
});

test('two changes of a namespace do not run at once', async () => {
  const { editor } = stage;
  const first = editor.run('copyKeys', { ...missing(), keys: ['card-1'] });
  const second = await editor.run('copyKeys', { ...missing(), keys: ['card-2'] });
  assert.equal(second.ended, 'refused');
  assert.match(second.summary, /copy 1 key/);
  assert.equal((await first).ended, 'done');
});

test('a large namespace opens in groups, and its text tells only what differs', async () => {
  const { editor } = stage;
  const where = { ...inPayments(), device: 'oslo' };
  const page = await editor.read('nethsm/keys', { ...where, grouped: true, limit: 100, maxAge: 0 });
  assert.equal(page.total, MANY + 3);
  assert.ok((page.groups?.length ?? 0) > 1);
  const text = (device: string, against: string) =>
    editor.read('nethsm/text', { kind: 'inventory', ...inPayments(), device, against });
  const [ours, theirs] = [await text('oslo', 'bergen'), await text('bergen', 'oslo')];
  assert.match(ours.text, /keys are the same on both and left out/);
  assert.ok(ours.text.length > theirs.text.length);
  assert.doesNotMatch(ours.text, /^card-1:/m);
  assert.doesNotMatch(theirs.text, /can not be read/);
});

test('a device that is lost in the middle is told, with what was done', async () => {
  const { editor, bergen } = stage;
  editor.progress.splice(0);
  const running = editor.run('copyKeys', missing());
  await whenSending(() => void bergen.close());
  const { ended, done, verified, summary } = await running;
  assert.equal(ended, 'partly', summary);
  assert.ok(done > 0 && verified < MANY, summary);
});
