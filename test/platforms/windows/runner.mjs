// Passes over the tests that are left out.
import { TestRunner } from 'vitest'
import { reasonToLeaveOut } from './left-out.mjs'

export default class extends TestRunner {
  async onBeforeRunTask(test) {
    await super.onBeforeRunTask(test)
    const reason = reasonToLeaveOut(test.file.name, test.fullTestName)
    if (reason === undefined) return
    test.mode = 'skip'
    test.result = { ...test.result, state: 'skip', note: reason }
  }
}
