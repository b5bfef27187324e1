import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { devNull } from 'node:os'
import { dirname, join } from 'node:path'
import { tempDirectory } from '../../../support/temp.js'

/** What a commit says about itself. */
export interface CommitFacts {
  readonly name?: string
  readonly email?: string
  /** As git takes it: `1700000000 +0200`. */
  readonly time?: string
  readonly committer?: string
}

/** A repository of a test, made by the real git. */
export class Repository {
  readonly path: string
  #seconds = 1_700_000_000

  static async create(): Promise<Repository> {
    const repository = new Repository(join(await tempDirectory(), 'repository'))
    mkdirSync(repository.path)
    repository.git('init', '--quiet', '--initial-branch=main')
    return repository
  }

  constructor(path: string) {
    this.path = path
  }

  git(...args: readonly string[]): string {
    return this.gitWith({}, ...args)
  }

  gitWith(variables: Readonly<Record<string, string>>, ...args: readonly string[]): string {
    return this.#run(variables, '', args)
  }

  #run(
    variables: Readonly<Record<string, string>>,
    input: string,
    args: readonly string[],
  ): string {
    return execFileSync('git', ['-C', this.path, ...args], {
      encoding: 'utf8',
      input,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        GIT_CONFIG_GLOBAL: devNull,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_AUTHOR_NAME: 'Ada',
        GIT_AUTHOR_EMAIL: 'ada@example.com',
        GIT_COMMITTER_NAME: 'Ada',
        GIT_COMMITTER_EMAIL: 'ada@example.com',
        ...variables,
      },
    })
  }

  write(path: string, text: string | Uint8Array): void {
    mkdirSync(dirname(join(this.path, path)), { recursive: true })
    writeFileSync(join(this.path, path), text)
  }

  remove(path: string): void {
    rmSync(join(this.path, path))
  }

  /**
   * Commits all that has changed, a minute after the commit before, with the message as it is. Returns the commit's id.
   */
  commit(message: string, facts: CommitFacts = {}): string {
    this.#seconds += 60
    const { name = 'Ada', email = 'ada@example.com', time = `${this.#seconds} +0000` } = facts
    this.git('add', '--all')
    const variables = {
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_AUTHOR_DATE: `@${time}`,
      GIT_COMMITTER_NAME: facts.committer ?? name,
      GIT_COMMITTER_EMAIL: email,
      GIT_COMMITTER_DATE: `@${time}`,
    }
    const allowed = ['--allow-empty', '--allow-empty-message', '--cleanup=verbatim']
    this.#run(variables, message, ['commit', '--quiet', ...allowed, '--file=-'])
    return this.git('rev-parse', 'HEAD').trim()
  }

  /** Commits one file after the other, fast. */
  import(files: readonly (readonly [path: string, text: string])[]): void {
    const commits = files.map(([path, text], at) => {
      const ident = `Ada <ada@example.com> ${this.#seconds + at * 60} +0000`
      const head = `commit refs/heads/main\nauthor ${ident}\ncommitter ${ident}\ndata 4\nOne\n\n`
      return `${head}M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`
    })
    this.#run({}, commits.join(''), ['fast-import', '--quiet'])
  }

  /** Each commit as author, committer, both with their times, message, and the contents of its files by path. */
  history(revision = 'main'): unknown[] {
    const commits = this.git('rev-list', '--reverse', '--topo-order', revision).trim().split('\n')
    return commits.map((commit) => {
      const raw = this.git('cat-file', 'commit', commit)
      const end = raw.indexOf('\n\n')
      const fields = raw
        .slice(0, end)
        .split('\n')
        .filter((line) => /^(author|committer) /.test(line))
      const names = this.git('ls-tree', '-r', '-z', '--name-only', commit)
        .split('\0')
        .filter(Boolean)
      const files = Object.fromEntries(
        names.map((name) => [name, this.git('cat-file', 'blob', `${commit}:${name}`)]),
      )
      return { fields, message: raw.slice(end + 2), files }
    })
  }
}
