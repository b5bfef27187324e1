import type { Session } from './session.js'

/** A person who gave no file sees a command that does nothing, and cannot know that it waits for them. */
export async function tellOfWaiting(session: Session, file: string, what: string): Promise<void> {
  if (file !== '-' || !session.environment.stdin.isTTY) return
  await session.output.talk(`Reading ${what} from standard input; end it with Ctrl-D`)
}
