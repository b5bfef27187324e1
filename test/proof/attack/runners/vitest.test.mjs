import { test, vi } from 'vitest'
import { suite } from './suite.mjs'

const loadPackage = async (name) => await import(name)
const mode = process.env.HOLDFAST_TIME

if (mode === 'loaded') {
  await loadPackage('holdfast')
  await loadPackage('holdfast/files')
}
if (mode !== 'real') vi.useFakeTimers()

suite({
  test,
  setTime: mode === 'real' ? undefined : (ms) => vi.setSystemTime(ms),
  load: loadPackage,
})
