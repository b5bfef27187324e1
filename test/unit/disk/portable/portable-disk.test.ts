import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import { diskContract } from '../contract/contract.js'

diskContract('portable', () => portableDisk)
