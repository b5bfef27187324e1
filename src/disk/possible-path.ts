import { platform } from 'node:process'

/** What Windows does not allow in a name, or treats as a stream: for NTFS `notes:2` is a second content of `notes`. */
const FORBIDDEN = new Set('<>:"|?*')
/** A trailing dot or space, which Windows cuts off. */
const CUT_OFF = /[. ]$/
/** Devices, in upper or lower case, whatever comes after a dot. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3]) *(?:\.|$)/i
/** Short names, which Windows gives to files with long ones: `HOLDFA~1.JSO` is `.holdfast.json`. */
const SHORT = /^[^.]{1,6}~[0-9]{1,6}(?:\.[^.]{0,3})?$/

/**
 * False on Windows for a path with a part that it treats as something else: a device, a stream, the short name of
 * another file, the same name without its last dot. `native/os/windows_rules.cc` has the same rule.
 */
export function isPossiblePath(path: string, system: string = platform): boolean {
  return system !== 'win32' || path.split('/').every(isWindowsName)
}

function isWindowsName(name: string): boolean {
  if (Array.from(name).some((each) => each < ' ' || FORBIDDEN.has(each))) return false
  return !CUT_OFF.test(name) && !DEVICE.test(name) && !SHORT.test(name)
}

const NAME_UNITS_MAX = 255

/** True on Windows for a path with a part too long for any file system there; Windows itself says ENOENT or EINVAL. */
export function hasLongName(path: string, system: string = platform): boolean {
  return system === 'win32' && path.split('/').some(({ length }) => length > NAME_UNITS_MAX)
}
