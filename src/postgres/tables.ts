/**
 * The tables of a store, each migration a list of statements. They are plain SQL: no extension, no function, no trigger.
 * A later program adds migrations at the end and changes none that was released.
 */
export const MIGRATIONS: readonly ((schema: string) => readonly string[])[] = [
  (schema) => [
    // One row. `pruned`: commits of transactions before this one may be missing from `commits`.
    `CREATE TABLE ${schema}.meta (
      one boolean PRIMARY KEY DEFAULT true CHECK (one),
      version integer NOT NULL,
      pruned xid8 NOT NULL DEFAULT '0',
      known_since text COLLATE "C",
      known_reason text COLLATE "C"
    )`,
    // A row for each prompt that ever had a version: what transactions lock. `changed_at`: of the last transaction.
    `CREATE TABLE ${schema}.prompts (
      prompt_id text COLLATE "C" PRIMARY KEY,
      head text COLLATE "C",
      entries integer NOT NULL DEFAULT 0,
      changed_at text COLLATE "C" NOT NULL DEFAULT ''
    )`,
    // Text, byte for byte: documents are UTF-8 without NUL. A foreign key would lock the prompt after the row was
    // inserted, which is too late for the numbers that transactions give: the statements lock it before.
    `CREATE TABLE ${schema}.versions (
      prompt_id text COLLATE "C" NOT NULL,
      version text COLLATE "C" NOT NULL,
      saved_at text COLLATE "C",
      document text COLLATE "C" NOT NULL,
      PRIMARY KEY (prompt_id, version)
    )`,
    `CREATE TABLE ${schema}.history (
      prompt_id text COLLATE "C" NOT NULL,
      n integer NOT NULL,
      entry text COLLATE "C" NOT NULL,
      PRIMARY KEY (prompt_id, n)
    )`,
    // A row for each commit. `mark` is made by the client: whether it is there says whether the transaction was
    // committed. `seq` orders commits that depend on each other; `txid` tells which a snapshot shows.
    `CREATE TABLE ${schema}.commits (
      mark uuid PRIMARY KEY,
      txid xid8 NOT NULL,
      seq bigint GENERATED ALWAYS AS IDENTITY,
      events text COLLATE "C"
    )`,
    `CREATE INDEX commits_txid ON ${schema}.commits (txid)`,
    `INSERT INTO ${schema}.meta (version) VALUES (1)`,
  ],
]
