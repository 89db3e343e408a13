/** The classes that LEARN-X knows, with their methods, events and defaults. */

export * from './ai.js'
export * from './batch.js'
export { CircuitBreaker, CircuitOpenError, type CircuitBreakerOptions, type CircuitState } from './breaker.js'
export * from './content.js'
export * from './embedding.js'
export * from './generation.js'
export {
  PythonOutlineService,
  pythonOutlineService,
  type OutlineEvent,
  type OutlineParams,
  type OutlineResult,
  type OutlineSection,
} from './outline.js'
export { type CallSettings, type PythonAIConfig } from './settings.js'
