// Which binary this Node loads; fails when it is none, or not one that is shipped.
import { nativeInfo } from '../../dist/index.js'

const { available, path, reason } = nativeInfo()
console.log(path ?? reason)
if (!available || !/[/\\]prebuilds[/\\]/.test(path)) process.exitCode = 1
