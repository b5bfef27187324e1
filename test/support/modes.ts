/** The mode that `stat` tells where `mode` was asked for: Windows has none but for files that may not be written. */
export function modeHere(mode: number): number {
  if (process.platform !== 'win32') return mode
  return (mode & 0o200) === 0 ? 0o444 : 0o666
}
