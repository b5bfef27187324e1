import { describe, expect, it } from 'vitest'
import { reportsIn } from './judge.mjs'

const OWN = '/somewhere/build/Release/holdfast.node+0x5018df'
const NODE = process.execPath

describe('what counts as a report', () => {
  it.each([
    ['an overflow', `==12==ERROR: AddressSanitizer: heap-buffer-overflow\n  #0 0x1 (${NODE}+0x1)`],
    ['undefined behaviour', '../native/core/frame.cc:3:1: runtime error: signed integer overflow'],
    ['a race', 'WARNING: ThreadSanitizer: data race (pid=1)\n  #0 holdfast::Pool::Park()'],
    ['our leak', `Direct leak of 8 byte(s)\n  #0 0x1 operator new\n  #1 0x2 (${OWN})`],
    ['an invalid write', '==7== Invalid write of size 1\n==7==    at 0x1: holdfast::F() (a.cc:1)'],
    ['two locks', '==7== Thread #2: lock order violated\n==7==    at 0x1: holdfast::F() (a.cc:1)'],
  ])('%s does', (_, report) => {
    expect(reportsIn(`said before\n\n${report}\n\nsaid after`)).toEqual([report])
  })

  it.each([
    ['what the program says', 'core: 1 calls, 2 commits'],
    ['a leak of Node', `Direct leak of 8 byte(s)\n  #0 0x1 new\n  #1 0x2 (${NODE}+0x1)`],
    [
      'a leak of Node on our behalf',
      `Direct leak of 8 byte(s)\n  #0 0x1 new\n  #1 0x2 napi (${NODE}+0x1)\n  #2 0x3 (${OWN})`,
    ],
    ['the collector', `==7== Conditional jump\n==7==    at 0x1: v8::Mark() (in ${NODE})`],
    ['an atomic', '==7== Possible data race during read\n==7==    at 0x1: holdfast::F() (a.cc:1)'],
  ])('%s does not', (_, text) => {
    expect(reportsIn(`said before\n\n${text}\n\nsaid after`)).toEqual([])
  })
})
