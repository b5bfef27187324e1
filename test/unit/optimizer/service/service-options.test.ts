import { describe, expect, it } from 'vitest'
import { WorkflowCatalog } from '../../../../src/optimizer/models/workflow-catalog.js'
import { checkServiceOptions } from '../../../../src/optimizer/service/service-options.js'

const catalog = new WorkflowCatalog({ workflows: [] })

describe('the options of the service', () => {
  it.each<readonly [string, object]>([
    ['"catalog"', { catalog: undefined }],
    ['"storage"', { storage: {} }],
    ['"analyzer"', { analyzer: 'upstream-1' }],
    ['"reader"', { reader: {} }],
    ['"logger"', { logger: console.log }],
    ['"onEvent"', { onEvent: {} }],
    ['did you mean "storage"', { storag: {} }],
  ])('are refused where they do not fit: %s', (named, wrong) => {
    expect(() => checkServiceOptions({ catalog, ...wrong })).toThrow(named)
  })

  it('may be the catalog alone', () => {
    expect(checkServiceOptions({ catalog })).toEqual({ catalog })
    expect(() => checkServiceOptions(undefined as never)).toThrow('must be an object')
  })
})
