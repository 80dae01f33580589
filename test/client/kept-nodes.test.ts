import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKeptNodes } from '../../client/views/kept-nodes.ts';
import type { TreeNode } from '../../client/views/node.ts';

/** What a view would show, as the test sets it: ids with a description and what is below. */
interface Shape {
  [id: string]: { text?: string; expanded?: boolean; below?: Shape };
}

const nodesOf = (shape: Shape): TreeNode[] =>
  Object.entries(shape).map(([id, { text, expanded, below }]) => ({
    id,
    label: id,
    ...(text !== undefined && { description: text }),
    ...(expanded !== undefined && { expanded }),
    ...(below !== undefined && { children: () => nodesOf(below) }),
  }));

function makeView(first: Shape) {
  const world = { shape: first };
  const changes: (string | undefined)[] = [];
  const kept = createKeptNodes(
    async () => nodesOf(world.shape),
    (node) => changes.push(node?.id),
  );
  /** Draws the view as a person sees it: open nodes with what is below. */
  const draw = async (parent?: TreeNode): Promise<TreeNode[]> => {
    const nodes = await kept.children(parent);
    for (const node of nodes) if (node.children !== undefined && node.expanded) await draw(node);
    return nodes;
  };
  return { world, changes, kept, draw };
}

test('what is the same is the same object, and nothing is drawn anew', async () => {
  const { changes, kept, draw } = makeView({ a: { text: 'one' }, b: {} });
  const [a] = await draw();
  await kept.compare();
  assert.deepEqual(changes, []);
  assert.equal((await kept.children())[0], a);
});

test('a node that looks different is drawn anew, as the same object', async () => {
  const { world, changes, kept, draw } = makeView({ a: { text: 'one' }, b: {} });
  const [a] = await draw();
  world.shape = { a: { text: 'two' }, b: {} };
  await kept.compare();
  assert.deepEqual(changes, ['a']);
  assert.equal(a?.description, 'two');
  world.shape = { a: {}, b: {} };
  await kept.compare();
  assert.equal(a !== undefined && 'description' in a, false);
});

test('another order or number of nodes draws what they stand below', async () => {
  const { world, changes, kept, draw } = makeView({ top: { expanded: true, below: { a: {}, b: {} } } });
  await draw();
  world.shape = { top: { expanded: true, below: { b: {}, a: {} } } };
  await kept.compare();
  assert.deepEqual(changes, ['top']);
  world.shape = { top: { expanded: true, below: { b: {}, a: {} } }, more: {} };
  await kept.compare();
  assert.deepEqual(changes, ['top', undefined]);
});

test('only what is open is compared; what was closed is asked for when it is opened again', async () => {
  const { world, changes, kept, draw } = makeView({ top: { expanded: true, below: { a: {} } } });
  const [top] = await draw();
  assert.ok(top);
  kept.turned(top, false);
  world.shape = { top: { expanded: true, below: { a: { text: 'new' } } } };
  await kept.compare();
  assert.deepEqual(changes, ['top']);
  await kept.compare();
  assert.deepEqual(changes, ['top'], 'nobody has opened it since');
  kept.turned(top, true);
  const [a] = await kept.children(top);
  assert.equal(a?.description, 'new');
});

test('what nobody opened yet is not asked for', async () => {
  let asked = 0;
  const below = () => {
    asked += 1;
    return [];
  };
  const kept = createKeptNodes(
    async () => [{ id: 'a', label: 'a', children: below }],
    () => {},
  );
  await kept.children();
  await kept.compare();
  assert.equal(asked, 0);
});

test('a node that is gone is forgotten with all below it', async () => {
  const { world, kept, draw } = makeView({ top: { expanded: true, below: { a: {} } } });
  const [top] = await draw();
  const [a] = await kept.children(top);
  world.shape = {};
  await kept.compare();
  world.shape = { top: { expanded: true, below: { a: {} } } };
  const [again] = await kept.children();
  assert.notEqual(again, top);
  assert.notEqual((await kept.children(again))[0], a);
});

test('comparisons that are asked for meanwhile become one more', async () => {
  let asked = 0;
  const kept = createKeptNodes(
    async () => {
      asked += 1;
      return [];
    },
    () => {},
  );
  await kept.children();
  await Promise.all([kept.compare(), kept.compare(), kept.compare()]);
  assert.equal(asked, 3, 'the drawing, a comparison, and one for all that came during it');
});
