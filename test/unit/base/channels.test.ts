import { subscribe as subscribeToNode, unsubscribe } from 'node:diagnostics_channel'
import { describe, expect, it } from 'vitest'
import {
  CHANNEL_NAMES,
  publish,
  subscribe,
  type WarningMessage,
} from '../../../src/base/channels.js'

const warning: WarningMessage = {
  directory: '/d',
  code: 'disk-space',
  message: 'little space is left',
}

describe('channels', () => {
  it('do not even make a message without subscribers', () => {
    publish('warning', () => {
      throw new Error('it was not asked for')
    })
  })

  it('hand every message to every subscriber until it leaves', () => {
    const seen: WarningMessage[] = []
    const leave = subscribe('warning', (message) => seen.push(message))
    publish('warning', () => warning)
    leave()
    publish('warning', () => warning)
    expect(seen).toEqual([warning])
  })

  it('are those of node:diagnostics_channel under their full names', () => {
    const seen: unknown[] = []
    const receive = (message: unknown): void => void seen.push(message)
    subscribeToNode(CHANNEL_NAMES.warning, receive)
    publish('warning', () => warning)
    unsubscribe(CHANNEL_NAMES.warning, receive)
    expect(seen).toEqual([warning])
  })

  it('keep apart what is published under different names', () => {
    const seen: unknown[] = []
    const leave = subscribe('corrupt', (message) => seen.push(message))
    publish('warning', () => warning)
    leave()
    expect(seen).toEqual([])
  })

  it('are all named holdfast:<name>', () => {
    for (const [name, full] of Object.entries(CHANNEL_NAMES)) expect(full).toBe(`holdfast:${name}`)
  })
})
