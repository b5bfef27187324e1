import { chooseDisk } from '../../src/disk/choose-disk.js'
import { diskContract } from './contract.js'

diskContract('native', () => chooseDisk('native'))
