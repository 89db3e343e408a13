export { Breaker, BREAKER, type BreakerOptions, type BreakerState, type Outcome } from './breaker.js'
export { Banyan, type BanyanOptions, type Person } from './client.js'
export { TIMEOUTS, type Timeouts } from './deadlines.js'
export {
  AbortError,
  BanyanError,
  BreakerOpen,
  NetworkError,
  StreamCut,
  TimeoutError,
  type ErrorFacts,
  type Phase,
} from './errors.js'
export { type ServerEvent } from './sse.js'
export { RETRIES, type CallOptions, type Events, type Fetch, type Logger, type Retries } from './transport.js'
export type * from './types.js'
