// The record of `node bench/registry.mjs` as sections of the documents.
import { machineLine, table } from '../record.mjs'

const SECOND_MS = 1000

/** @param record what registry.mjs has written */
export function registrySection({ store, peers }) {
  return [...storeTables(store), ...peerTables(peers)].join('\n\n')
}

export function shardingSection({ sharding }) {
  if (sharding === undefined) return 'Not measured.'
  const kinds = { save_ms: 'save', list_ms: 'list', open_ms: 'open', rebuild_ms: 'rebuild' }
  const titles = Object.values(kinds).flatMap((kind) => [kind, `${kind}, sharded`])
  const rows = sharding.rows.map(({ prompts, plain, sharded }) => [
    prompts.toLocaleString('en'),
    ...Object.keys(kinds).flatMap((kind) => [time(plain[kind]), time(sharded[kind])]),
  ])
  return [machineLine(sharding), table(['prompts', ...titles], rows)].join('\n\n')
}

function storeTables(store) {
  if (store === undefined) return []
  const { versions, prompts, first, second, backup, resharding } = store
  const shown = (ms) => (ms === undefined ? '' : time(ms))
  const row = (what, value, p99, cpu) => [what, value, shown(cpu), shown(p99)]
  const perSecond = (value) => `${value.toLocaleString('en')} versions/s`
  return [
    `${versions.toLocaleString('en')} versions of ${prompts.toLocaleString('en')} prompts. ${machineLine(store)}`,
    table(
      ['', 'time', 'processor time', 'event-loop delay p99'],
      [
        row('summaries of one prompt, hot: median', time(second.summaries_hot_p50_ms)),
        row('summaries of one prompt, hot: p99', time(second.summaries_hot_p99_ms)),
        row('retention plan, first process', time(first.plan_ms), first.plan_loop_p99_ms),
        row('retention plan, later processes', time(second.plan_ms), second.plan_loop_p99_ms),
        row('retention plan, again', time(second.plan_again_ms), second.plan_again_loop_p99_ms),
        row('full backup', time(backup.full_ms), backup.full_loop_p99_ms, backup.full_cpu_ms),
        row(
          `incremental backup after ${backup.added_versions} new versions`,
          time(backup.incremental_ms),
          backup.incremental_loop_p99_ms,
          backup.incremental_cpu_ms,
        ),
        row(
          'resharding, to two digits',
          perSecond(resharding.there_versions_per_second),
          resharding.there_loop_p99_ms,
        ),
        row(
          'resharding, back',
          perSecond(resharding.back_versions_per_second),
          resharding.back_loop_p99_ms,
        ),
      ],
    ),
  ]
}

function peerTables(peers) {
  if (peers === undefined) return []
  const { history, backup } = peers
  return [
    `The same with neighbours that have the feature. ${machineLine(peers)}`,
    table(
      ['', 'commit of 100 new versions', 'log of one prompt', 'log of one file'],
      Object.entries(history).map(([name, { commit_ms, log_ms, file_log_ms }]) => [
        name,
        time(commit_ms),
        time(log_ms),
        file_log_ms === undefined ? '-' : time(file_log_ms),
      ]),
    ),
    table(
      ['', 'full backup', 'after 100 new versions'],
      Object.entries(backup).map(([name, { full_ms, incremental_ms }]) => [
        name,
        time(full_ms),
        time(incremental_ms),
      ]),
    ),
  ]
}

function time(ms) {
  if (ms >= SECOND_MS) return `${(ms / SECOND_MS).toFixed(2)} s`
  return `${ms.toPrecision(ms < 1 ? 2 : 3)} ms`
}
