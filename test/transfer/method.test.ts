import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainMethod, type Method, type MethodFacts } from '../../core/transfer/method.ts';

interface Case {
  name: string;
  /** What differs from an append between two devices of one domain and of a tested release. */
  over?: Omit<Partial<MethodFacts>, 'from' | 'to'> & {
    from?: Partial<MethodFacts['from']>;
    to?: Partial<MethodFacts['to']>;
  };
  method: Method['method'];
  says: RegExp;
  remedy?: RegExp;
}

const archive = { name: 'f.archive', kind: 'archive' } as const;
const other = { domain: 'sha256:2' };
const old = { release: '3.1' };

const CASES: Case[] = [
  { name: 'one domain, tested release', method: 'append', says: /sealed \(append\).*nothing on bergen is removed/ },
  { name: 'sealed although import is allowed', over: { transfer: 'import' }, method: 'append', says: /sealed/ },
  { name: 'from an archive', over: { from: archive }, method: 'append', says: /from f\.archive/ },
  { name: 'up in release', over: { from: { release: '4.0' } }, method: 'append', says: /append/ },
  {
    name: 'a merge that was asked for',
    over: { merge: true },
    method: 'merge',
    says: /restoring ALL of bergen.*is lost.*kept/,
  },
  {
    name: 'another domain',
    over: { to: other },
    method: 'refuse',
    says: /another Domain Key.*Nothing is sent/,
    remedy: /pair.*transfer: import/,
  },
  {
    name: 'another domain, import allowed',
    over: { to: other, transfer: 'import' },
    method: 'import',
    says: /Domain Key.*PLAINTEXT/,
  },
  {
    name: 'another domain, an archive, import allowed',
    over: { to: other, transfer: 'import', from: archive },
    method: 'refuse',
    says: /another Domain Key/,
    remedy: /archive can not be opened/,
  },
  { name: 'another domain, a merge', over: { to: other, merge: true }, method: 'refuse', says: /another Domain Key/ },
  { name: 'another id', over: { renamed: true }, method: 'refuse', says: /under the id/, remedy: /transfer: import/ },
  {
    name: 'another id, import allowed',
    over: { renamed: true, transfer: 'import' },
    method: 'import',
    says: /PLAINTEXT/,
  },
  { name: 'another id, a merge', over: { renamed: true, merge: true }, method: 'refuse', says: /under the id/ },
  {
    name: 'down in release',
    over: { to: { release: '4.0' } },
    method: 'refuse',
    says: /may not be able/,
    remedy: /Update bergen/,
  },
  {
    name: 'down in release, a merge',
    over: { to: { release: '4.0' }, merge: true },
    method: 'refuse',
    says: /may not be able/,
  },
  {
    name: 'down in release, import allowed',
    over: { to: old, transfer: 'import' },
    method: 'import',
    says: /release 3\.1.*PLAINTEXT/,
  },
  {
    name: 'a release that was not tested',
    over: { to: { release: '5.1' } },
    method: 'refuse',
    says: /5\.1, and append works on 5\.0 only/,
    remedy: /--merge/,
  },
  {
    name: 'a release that was not tested, import allowed',
    over: { to: { release: '5.1' }, transfer: 'import' },
    method: 'import',
    says: /append works/,
  },
  {
    name: 'a release that was not tested, a merge',
    over: { to: { release: '5.1' }, merge: true },
    method: 'merge',
    says: /ALL/,
  },
  {
    name: 'the old format, a merge',
    over: { from: old, to: old, merge: true },
    method: 'refuse',
    says: /no end mark.*deletes every key that comes later/,
    remedy: /--accept-total-loss/,
  },
  {
    name: 'the old format, a merge, total loss accepted',
    over: { from: old, to: old, merge: true, acceptTotalLoss: true },
    method: 'merge',
    says: /all of it may be lost/,
  },
  {
    name: 'the old format, total loss accepted without a merge',
    over: { from: old, to: old, acceptTotalLoss: true },
    method: 'refuse',
    says: /append works/,
  },
];

for (const { name, over = {}, method, says, remedy } of CASES) {
  test(`${name}: ${method}`, () => {
    const decided = explainMethod({
      transfer: 'sealed',
      renamed: false,
      merge: false,
      acceptTotalLoss: false,
      ...over,
      from: { name: 'oslo', kind: 'device', domain: 'sha256:1', release: '5.0', ...over.from },
      to: { name: 'bergen', domain: 'sha256:1', release: '5.0', ...over.to },
    });
    assert.equal(decided.method, method);
    assert.match(decided.explanation, says);
    assert.match(decided.explanation, /\.$/);
    if (remedy !== undefined) assert.match((decided as { remedy: string }).remedy, remedy);
    assert.equal('remedy' in decided, method === 'refuse');
  });
}
