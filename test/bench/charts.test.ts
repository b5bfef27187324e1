import { describe, expect, it } from 'vitest'
import { allCharts } from '../../bench/src/charts/all-charts.js'
import { ticks } from '../../bench/src/charts/ticks.js'
import { SUBJECT_PLANS } from '../../bench/src/plan/subjects.js'
import { cell, quantiles, recordOf } from './samples.js'

describe('charts', () => {
  const record = recordOf([
    cell('save-1', 'storage-native', [2000], { latencyUs: quantiles(400) }),
    cell('save-1', 'storage-portable', [500], { latencyUs: quantiles(1900) }),
    cell('save-1', 'lmdb', [1000], { latencyUs: quantiles(900) }),
    cell('save-16', 'lmdb', [4000]),
    cell('save-64', 'lmdb', [9000]),
    cell('save-64', 'storage-native', [9000]),
    cell('get-hot', 'lmdb', [200_000]),
  ])

  it('are drawn of what was measured only', () => {
    expect(allCharts(record).map(({ id }) => id)).toEqual([
      'native',
      'saves',
      'latency',
      'concurrency',
      'processes',
      'reads',
    ])
    expect(allCharts(recordOf([]))).toEqual([])
  })

  it('show a line over callers only of who was measured at more than the two points that all have', () => {
    const [curve] = allCharts(record).filter(({ id }) => id === 'concurrency')
    const text = JSON.stringify(curve?.spec)
    expect(text).toContain('"label":"lmdb","at":"16","value":4000')
    expect(text).not.toContain('"label":"Holdfast, native"')
  })

  it('give a subject the same colour in all of them', () => {
    const { colour } = SUBJECT_PLANS.lmdb
    for (const { id, spec } of allCharts(record).filter((chart) => chart.id !== 'native')) {
      const scales = [
        ...JSON.stringify(spec).matchAll(/"domain":(\["[^\]]*\]),"range":(\[[^\]]*\])/g),
      ]
      expect(scales.length, id).toBeGreaterThan(0)
      for (const [, domain = '[]', range = '[]'] of scales) {
        const at = (JSON.parse(domain) as string[]).indexOf('lmdb')
        if (at >= 0) expect((JSON.parse(range) as string[])[at]).toBe(colour)
      }
    }
  })

  it('have numbers at round places of logarithmic axes', () => {
    expect(ticks([3, 40_000])).toEqual([1, 10, 100, 1000, 10_000, 100_000])
    expect(ticks([0.02, 0.3])).toEqual([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5])
  })
})
