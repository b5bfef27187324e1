/** The part of the disk's port that stores see: its types, and the facts about the addon. */
export type { Capabilities, DirectoryEntry, DiskSpace, Lock, OpenFile } from '../disk/disk.js'
export { nativeInfo, type NativeInfo } from '../disk/native/load-binding.js'
