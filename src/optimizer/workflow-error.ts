export { WorkflowError, type WorkflowErrorCode } from '../dify/workflow-error.js'
