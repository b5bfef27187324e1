import { describe } from 'vitest'
import type { Disk } from '../../../../src/disk/disk.js'
import { capabilityContract } from './capabilities.js'
import { commitContract } from './commit.js'
import { commitFailureContract } from './commit-failures.js'
import { fileContract } from './files.js'
import { hostileContract } from './hostile.js'
import { journalContract } from './journal.js'
import { lockContract } from './locks.js'

/** What every disk must do. `kind` names it for the processes that the suite starts. */
export function diskContract(kind: 'native' | 'portable', makeDisk: () => Disk): void {
  describe(`the ${kind} disk`, () => {
    describe('files', () => fileContract(makeDisk))
    describe('hostile surroundings', () => hostileContract(kind, makeDisk))
    describe('locks', () => lockContract(makeDisk))
    describe('journal segments', () => journalContract(makeDisk))
    describe('commit', () => commitContract(makeDisk))
    describe('commit failures', () => commitFailureContract(kind, makeDisk))
    describe('capabilities', () => capabilityContract(makeDisk))
  })
}
