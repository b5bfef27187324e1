import type { NodeTrace, RunIds, RunStatus } from '../../dify/service/index.js'
import type { RunManifest, TestCase } from '../models/run-manifest.js'

/** What the run of one case came to. */
export interface CaseRun {
  /** The name of the run where it ran; '' if it has none. */
  readonly run_id: string
  readonly status: RunStatus
  readonly outputs: Readonly<Record<string, unknown>>
  readonly error?: string
  /** In seconds. */
  readonly seconds: number
  readonly tokens: number
  /** A decimal number in text, exact. */
  readonly cost: string
  readonly currency?: string
  /** False if nodes are missing in `traces`, as for a run that was looked up: then `cost` lacks theirs. */
  readonly is_cost_known: boolean
  /** The nodes that ran, with what their models were sent. */
  readonly traces: readonly NodeTrace[]
}

export interface CaseRunOptions {
  readonly signal?: AbortSignal | undefined
  /** How long the run may take, in ms; then it is stopped. */
  readonly timeoutMs: number
  /** Which of several equal runs of the case it is, from 0; 0 by default. */
  readonly repeat?: number | undefined
  /** Which attempt of this run it is, from 0; 0 by default. */
  readonly attempt?: number | undefined
  /** Is called and awaited as soon as the run has a name. */
  readonly onStarted?: ((ids: RunIds) => void | Promise<void>) | undefined
  /** Is called and awaited before the run is begun again after a temporary failure; with false, it is not. */
  readonly onRetry?: ((code: string) => Promise<boolean>) | undefined
}

/** A workflow that can be run. */
export interface PreparedWorkflow {
  /** The version that runs, where it has an id; '' for the current one. */
  readonly version_id: string
  /** @throws DifyError if it cannot be run; the signal's reason */
  run(testCase: TestCase, options: CaseRunOptions): Promise<CaseRun>
  /**
   * Waits for the end of a run that was begun earlier: nothing is run again. `undefined` if it cannot be found.
   * @throws DifyError; the signal's reason
   */
  lookUp?(
    ids: RunIds,
    options: Pick<CaseRunOptions, 'signal' | 'timeoutMs'>,
  ): Promise<CaseRun | undefined>
}

/** Where cases are run: `DifyRunner`, or another place. */
export interface CaseRunner {
  /** Makes the workflow of a manifest runnable. It is called once for each manifest. */
  prepare(manifest: RunManifest, options?: PrepareOptions): Promise<PreparedWorkflow>
}

export interface PrepareOptions {
  readonly signal?: AbortSignal | undefined
  /** The version that an earlier preparation of the same manifest made: nothing is published again. */
  readonly versionId?: string | undefined
}
