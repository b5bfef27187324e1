import { expect, it } from 'vitest'
import * as port from '../../../src/engine/disk-port.js'
import * as loading from '../../../src/disk/native/load-binding.js'

it('lets stores see nothing of the disk that acts: only types, and the facts about the addon', () => {
  expect({ ...port }).toEqual({ nativeInfo: loading.nativeInfo })
})
