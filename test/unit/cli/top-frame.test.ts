import { describe, expect, it } from 'vitest'
import { topFrame, topLine } from '../../../src/cli/top-frame.js'
import type { TopSample } from '../../../src/cli/top-samples.js'

const SAMPLE: TopSample = {
  time: '2026-01-02T03:04:05.678Z',
  storage_dir: '/data/prompts',
  state: 'read-only',
  prompts: 3,
  versions: 12,
  processes: 2,
  commits_per_second: 4.5,
  versions_per_second: 5,
  read_p50_ms: 0.123,
  read_p99_ms: 1.5,
  hit_rate: 0.875,
  journal_bytes: 8 * 1024 * 1024,
  free_mb: 5000,
  used_percent: 40,
  problems: 1,
}

describe('a frame', () => {
  it('has throughput, latency, hit rate, journal, space and problems', () => {
    const text = topFrame([SAMPLE]).join('\n')
    for (const part of [
      '3 prompts, 12 versions',
      '2 processes',
      '4.5 per second',
      'p50 0.12 ms, p99 1.50 ms',
      '87.5 %',
      '8.0 MiB',
      '5000 MB free, 40 % used',
      '1: holdfast doctor explains them',
    ])
      expect(text).toContain(part)
  })

  it('has a curve of the throughput, and 80 columns at most', () => {
    const samples = Array.from({ length: 100 }, (_, at) => ({
      ...SAMPLE,
      storage_dir: `/${'x'.repeat(200)}`,
      commits_per_second: at,
    }))
    const lines = topFrame(samples)
    expect(lines.find((line) => line.endsWith('█'))).toMatch(/▄.*▆.*█$/)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
  })

  it('says what is not known yet', () => {
    const unknown = {
      commits_per_second: null,
      read_p50_ms: null,
      read_p99_ms: null,
      hit_rate: null,
    }
    const text = topFrame([{ ...SAMPLE, ...unknown }]).join('\n')
    expect(text).toContain('measuring')
    expect(text).toContain('no reads yet')
    expect(topFrame([])).toEqual([])
  })

  it('is one line of names and values elsewhere', () => {
    expect(topLine({ ...SAMPLE, hit_rate: null })).toBe(
      '2026-01-02T03:04:05.678Z versions=12 commits_per_second=4.5 read_p50_ms=0.123 read_p99_ms=1.5 hit_rate=- journal_bytes=8388608 free_mb=5000 problems=1',
    )
  })
})
