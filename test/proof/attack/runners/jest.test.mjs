import { jest, test } from '@jest/globals'
import { suite } from './suite.mjs'

const loadPackage = async (name) => await import(name)
const mode = process.env.HOLDFAST_TIME

if (mode === 'loaded') {
  await loadPackage('holdfast')
  await loadPackage('holdfast/files')
}
if (mode === 'loaded' || mode === 'faked') jest.useFakeTimers()

suite({
  test,
  setTime: mode === 'real' ? undefined : (ms) => jest.setSystemTime(ms),
  load: loadPackage,
})
