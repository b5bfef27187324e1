import { portableDisk } from '../../src/disk/portable-disk.js'
import { diskContract } from './contract.js'

diskContract('portable', () => portableDisk)
