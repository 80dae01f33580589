/**
 * The negative controls: at least one for each invariant and each rule of a transfer that a simulation can see. Flat memory
 * (invariant 8), more than 512 entries in a body and time limits are tested elsewhere.
 */
import type { Break } from './break.ts';

const one = (name: string, rule: string, file: string, find: string, put: string, plot?: Break['plot']): Break => ({
  name,
  rule,
  changes: [{ file, find, put }],
  ...(plot && { plot }),
});

export const BREAKS: readonly Break[] = [
  // 1. No acknowledged key is lost or overwritten.
  one(
    'append-over-keys',
    '1, create by append only',
    'core/transfer/deliver.ts',
    "if (!(entry.kind === 'key' ? target.keys.has(entry.id) :",
    "if (!(entry.kind === 'key' ? false :",
  ),
  one(
    'other-key-replaced',
    '1, the same id with other material is a conflict',
    'core/replication/plan/decide-both.ts',
    "if (relation.kind === 'other-key') {\n    return {\n      kind: 'conflict',",
    "if (relation.kind === 'other-key') {\n    return {\n      kind: 'replace', from: 'left',",
    'restored',
  ),
  one(
    'no-reservation',
    'shared ids are reserved first',
    'core/replication/apply/reserve.ts',
    'return !sites.sites.some((site) => site.device === from && site.owns(id));',
    'return false;',
  ),
  one(
    'stand-in-is-a-key',
    'stand-ins never count as keys',
    'core/inventory/stand-in.ts',
    "type === 'Generic' &&",
    "type === 'None' &&",
  ),
  // 2. Absence is never a deletion.
  one(
    'absence-deletes',
    '2, evidence of a deletion',
    'core/replication/plan/deletions.ts',
    '  return why;\n',
    '  return [];\n',
    'exchanged',
  ),
  {
    name: 'policy-ignored',
    rule: '2, only where the manifest says propagate',
    changes: [
      {
        file: 'core/replication/plan/plan-link.ts',
        find: "propagate: policy.deletions === 'propagate',",
        put: 'propagate: true,',
      },
      {
        file: 'core/replication/plan/deletions.ts',
        find: "if (policy.deletions !== 'propagate') why.push",
        put: "if (policy.deletions === ('never' as string)) why.push",
      },
    ],
  },
  {
    name: 'marks-believed',
    rule: '2, a restored device, another controller',
    // A mark that is not ours, one that is gone, and bases that are younger than it.
    plot: 'restored',
    changes: [
      {
        file: 'core/replication/roles/mark.ts',
        find: "return last !== undefined && mark.generation < last.generation ? 'restored' : 'other';",
        put: "return 'continuous';",
      },
      {
        file: 'core/replication/roles/mark.ts',
        find: "return last === undefined ? 'first' : 'restored';",
        put: "return last === undefined ? 'first' : 'continuous';",
      },
      {
        file: 'core/replication/plan/link-rules.ts',
        find: 'return base.leftGeneration <= left && base.rightGeneration <= right ? base : undefined;',
        put: 'return left + right < 0 ? undefined : base;',
      },
    ],
  },
  {
    name: 'empty-listing-believed',
    rule: '2, a listing that is empty',
    plot: 'emptied',
    // A namespace that was made anew is known as such, too.
    changes: [
      {
        file: 'core/replication/plan/deletions.ts',
        find: 'else if (source.keys === 0)',
        put: 'else if (source.keys < 0)',
      },
      {
        file: 'core/replication/roles/life.ts',
        find: "return judgement === 'continuous' && isAnother ?",
        put: "return judgement === 'first' && isAnother ?",
      },
    ],
  },
  one(
    'remade-believed',
    '2, a namespace that was made anew',
    'core/replication/roles/life.ts',
    "return judgement === 'continuous' && isAnother ?",
    "return judgement === 'first' && isAnother ?",
    'emptied',
  ),
  one(
    'no-limit',
    '2, maxDeletions',
    'core/replication/plan/deletions.ts',
    'Math.min(maxDeletions.keys, Math.ceil((maxDeletions.percent / 100) * keys));',
    '(maxDeletions.keys + keys) * 100;',
  ),
  one(
    'not-archived',
    '2, archived first',
    'core/replication/apply/remove.ts',
    '  ctx.journal.archiveValue({',
    '  if (ctx.clock.now() < 0) ctx.journal.archiveValue({',
  ),
  one(
    'delete-without-match',
    'deletions on a condition',
    'core/replication/apply/remove.ts',
    'await session.namespaceAdministrator(namespace), id, { ifMatch: etag });',
    'await session.namespaceAdministrator(namespace), id);',
  ),
  one(
    'label-without-match',
    'create by append, change by API: on a condition',
    'core/transfer/metadata.ts',
    'putLabel(session.node, credential, id, label, { ifMatch: etag }),',
    'putLabel(session.node, credential, id, label, etag === undefined ? {} : {}),',
  ),
  {
    name: 'filter-ignored',
    rule: 'a key outside the filter is left alone',
    // Both the observation and the plan leave it out.
    changes: [
      {
        file: 'core/replication/plan/plan-link.ts',
        find: 'return decided.filter(({ id }) => policy.includes(id as KeyId));',
        put: 'return decided;',
      },
      {
        file: 'core/replication/observe/walk.ts',
        find: 'if (policy.includes(met.id as KeyId)) sort(met, found);',
        put: 'sort(met, found);',
      },
    ],
  },
  // 3. One epoch, one primary.
  {
    name: 'split-brain-ignored',
    rule: '3, equal epochs stop everything',
    // Reading and planning both look.
    plot: 'two heads',
    changes: [
      {
        file: 'core/replication/roles/read-roles.ts',
        find: 'const splitBrain = nonces.size > 1;',
        put: 'const splitBrain = nonces.size > 9;',
      },
      {
        file: 'core/replication/plan/roles.ts',
        find: 'new Set(ruling.map(({ record }) => record?.nonce)).size > 1)',
        put: 'new Set(ruling.map(({ record }) => record?.nonce)).size > 9)',
      },
    ],
  },
  one(
    'older-epoch-copied',
    '3, nothing is copied from an older epoch',
    'core/replication/plan/roles.ts',
    "if (policy.sites.kind === 'one-way' && role.record?.primaries.includes(device)) {",
    "if (policy.sites.kind === 'one-way' && device === '') {",
    'two heads',
  ),
  one(
    'switchover-without-lock',
    '3, nothing is lost by a switchover',
    'core/replication/promote/switchover.ts',
    'const { removed, archives } = await lockReplica(ctx, ctx.session(primary), policy);',
    'const { removed, archives } = { removed: [] as never[], archives: [] as string[] };',
    'busy switchover',
  ),
  one(
    'no-settling',
    "3, the nodes' caches are waited out",
    'core/replication/roles/settle.ts',
    'await ctx.clock.sleep(Math.max(0, ...devices.map(settleTime)), ctx.signal);',
    'await ctx.clock.sleep(0, ctx.signal);',
    'busy switchover',
  ),
  one(
    'claim-not-read-back',
    '3, a claim is read back',
    'core/replication/roles/claim-user.ts',
    'if (await holdsClaim(ctx, session, claim)) return true;',
    'return true;',
    'liars',
  ),
  one(
    'records-not-kept',
    '3, the highest record stays',
    'core/replication/roles/retire.ts',
    '(epochOfUser(name) ?? epoch) < epoch)',
    '(epochOfUser(name) ?? epoch + 1) <= epoch)',
  ),
  // 4. Every step can be run again.
  one(
    'deletion-not-read-back',
    '4, an answer that never came is looked for',
    'core/replication/apply/remove.ts',
    "if ((await readKey(session, namespace, id)) !== undefined) return 'it is still there';",
    '',
    'liars',
  ),
  one(
    'creation-not-read-back',
    '4, read back after every request',
    'core/transfer/read-back.ts',
    "if (key === undefined) return 'the device does not have it';\n    if",
    'if (key === undefined) return undefined;\n    if',
    'liars',
  ),
  // 5. "Partly done" is never "done".
  one(
    'stand-in-verifies',
    '5, a stand-in is no key',
    'core/transfer/read-back.ts',
    "    if (isStandIn(key.facts)) return 'the stand-in that held its id is there still';\n",
    '',
    'liars',
  ),
  one(
    'all-is-verified',
    '5, three figures',
    'core/replication/apply/create.ts',
    '    verified: report.verified,\n    ...(problem !== undefined && { problem }),\n    ...(report',
    '    verified: ids.length,\n    ...(report',
    'liars',
  ),
  one(
    'blocked-not-told',
    '9, a device that takes no writes is told',
    'core/transfer/deliver.ts',
    'return blocked ? writeBlocked(session.name, problem) : problem;',
    'return problem;',
    'reset',
  ),
  one(
    'blocked-goes-on',
    '9, nothing more is sent to a device that takes no writes',
    'core/replication/apply/apply-plan.ts',
    "if (stops) report.stopped = rest.problem ?? 'it ended early';",
    '',
    'reset',
  ),
  // 6. No secret where people or files could show it.
  one(
    'secret-in-an-error',
    '6, no secret in an error',
    'core/device/exchange.ts',
    '  return statusProblem({\n    place: line.place,',
    '  return statusProblem({\n    place: `$' + '{line.place} $' + '{call.credential?.passphrase}`,',
  ),
  one(
    'secret-in-the-journal',
    '6, no secret in a journal',
    'core/replication/roles/mark.ts',
    'journal.putSeen(namespace, session.name, { ...seen, mark: last, pendingMark: next });',
    'journal.putSeen(namespace, session.name, { ...seen, mark: last, pendingMark: next, domain: credential.passphrase });',
  ),
  // 7. A wrong passphrase is tried once.
  one(
    'passphrase-guessed',
    '7, a refused passphrase is not sent again',
    'core/device/passphrase-guard.ts',
    "    if (verdict === 'wrong') throw refused(use.user, use.place);\n",
    "    if (verdict === 'wrong') return prove(key);\n",
  ),
  // 9. No device is worse off.
  one(
    'right-end-mark',
    'hazard 4',
    'core/transfer/append-body.ts',
    "Buffer.from('_NETHSM_APPEND_END_')",
    "Buffer.from('_NETHSM_BACKUP_END_')",
  ),
  one(
    'header-without-salt',
    'hazard 1, header and salt are a pair',
    'core/transfer/append-body.ts',
    'const all = [...entries, pair.unlockSalt]',
    'const all = [...entries]',
  ),
  one(
    'another-node',
    'hazard 2, header and body go to one node',
    'core/transfer/append.ts',
    'postRestore(session.node, credential, body)',
    'postRestore(session.device.nodes[1] ?? session.node, credential, body)',
  ),
  {
    name: 'with-a-passphrase',
    rule: 'the arguments are {}',
    // Whoever sends it looks once more.
    changes: [
      {
        file: 'core/transfer/append-body.ts',
        find: "arguments: '{}', file",
        put: 'arguments: \'{"systemTime":"2026-11-24T12:00:00Z"}\', file',
      },
      {
        file: 'core/device/restore.ts',
        find: "if (body.arguments !== '{}') throw",
        put: "if (body.arguments === '') throw",
      },
    ],
  },
  one(
    'path-of-another-place',
    'hazard 3',
    'core/transfer/sealed-entry.ts',
    'path: userPath(namespace, name),',
    "path: ('/authentication/' + name) as EntryPath,",
  ),
  one(
    'equal-is-written',
    'write nothing that is equal already',
    'core/transfer/deliver.ts',
    'return mayGo !== true || sealed.holds(entry.path, entry.value);',
    "return entry.kind === 'user' && mayGo !== true;",
    'two runs',
  ),
  one(
    'no-backup-first',
    'a whole backup first',
    'core/transfer/prepare-target.ts',
    'const deviceBackup = await ensureDeviceBackup(session, options.deviceBackups, device, options);',
    'const deviceBackup = device.deviceId;',
  ),
  // 10. Nobody is locked out for good.
  one(
    'lock-without-archive',
    '10, archived before removed',
    'core/replication/roles/lock.ts',
    'const { files, keepers: archived } = await ensureKeepersArchive(ctx, session, policy, who);',
    "const { files, keepers: archived } = { files: ['', ''], keepers: await presentKeepers(ctx, session, policy) };",
  ),
  one(
    'one-place',
    '10, two places',
    'core/replication/roles/keepers-places.ts',
    'return [join(ctx.archives, FOLDER), join(backups.directory, FOLDER)];',
    "return [join(ctx.archives, FOLDER), join(ctx.archives, 'copy')];",
  ),
  one(
    'keepers-stay-away',
    '10, keepers come back at promotion',
    'core/replication/promote/take-over.ts',
    'const { keepers, file, warning } = await bringKeepersBack(ctx, ctx.session(primary), policy, archive);',
    'const { keepers, file, warning } = { keepers: [] as never[], file: String(archive), warning: undefined };',
  ),
  // A replica that nobody else can write.
  one(
    'replica-left-open',
    'a replica is locked',
    'core/replication/apply/role-steps.ts',
    "const { removed } = await lockReplica(ctx, ctx.session(device), policy, hadLeft ? 'returned' : 'all');",
    'const removed: string[] = users as never;',
  ),
  // Two controllers.
  {
    name: 'no-lease',
    rule: 'two controllers: a lease',
    // It is not taken, and nobody misses it later.
    plot: 'two runs',
    changes: [
      {
        file: 'core/replication/roles/take-lease.ts',
        find: '      await putLease(ctx, session, claim);\n',
        put: '',
      },
      {
        file: 'core/replication/roles/take-lease.ts',
        find: 'if (!(await holdsClaim(ctx, session, claim)))\n',
        put: 'if (session.name === undefined)\n',
      },
      {
        file: 'core/replication/roles/lease.ts',
        find: 'if (!(await isHeld(options, session, claim))) return false;',
        put: 'if (claim.realName.length > 0) return true;',
      },
      {
        file: 'core/replication/roles/lease.ts',
        find: 'return there?.realName === claim.realName;',
        put: 'return claim.realName.length > 0;',
      },
    ],
  },
  // A stream, between two comparisons.
  one(
    'stream-over-keys',
    '1, a stream only makes keys anew',
    'core/replication/stream/send.ts',
    'if (!target.keys.has(key.id)) keys.push(key);',
    'if (target.namespace !== undefined) keys.push(key);',
    'streamed',
  ),
  one(
    'stream-any-id',
    'a stream carries no id that another site makes',
    'core/replication/stream/stretch.ts',
    "return sites.kind === 'one-way' || sites.sites.some((site) => site.device === source && site.owns(id));",
    "return sites.kind === 'one-way' || sites.sites.some((site) => site.device === source && id !== undefined);",
    'streamed',
  ),
  one(
    'stream-same-id-is-same',
    '1, what is there already is compared by its bytes',
    'core/replication/stream/send.ts',
    '(target.sealed.holds(key.path, key.value) ? sent.verified : sent.left)',
    '(target.keys.has(key.id) ? sent.verified : sent.left)',
    'streamed',
  ),
  one(
    'stream-listing-is-all',
    '5, in sync is said of what was counted',
    'core/replication/stream/quick-sync.ts',
    'const wholeAt = isWhole && look.why === undefined ? ledger.explainedAt() : undefined;',
    'const wholeAt = isWhole && look.why === undefined ? begunAt : undefined;',
    'streamed',
  ),
  // A primary that went back in time, and is exchanged.
  one(
    'not-compared-is-drained',
    '3, nothing is lost by a switchover from a device that went back',
    'core/replication/promote/drain.ts',
    'if (bar !== undefined) throw',
    'if (bar === null) throw',
    'exchanged',
  ),
  one(
    'bases-of-before-kept',
    '2, a state that a person takes as it is',
    'core/replication/promote/switchover.ts',
    'for (const link of journal.links(namespace, device)) journal.forgetBases(link);',
    '',
    'exchanged',
  ),
];

export function findBreak(name: string): Break {
  const found = BREAKS.find((each) => each.name === name);
  if (found === undefined)
    throw new Error(`no break is called ${name}; there are ${BREAKS.map((each) => each.name).join(', ')}`);
  return found;
}
