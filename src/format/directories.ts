/** The directories above a path, the deepest first, the root `''` last. */
export function directoriesAbove(path: string): string[] {
  const directories: string[] = []
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
    directories.push(path.slice(0, end))
  return [...directories, '']
}
