import { chooseDisk } from '../../../../src/disk/choose-disk.js'
import { diskContract } from '../contract/contract.js'

diskContract('native', () => chooseDisk('native'))
